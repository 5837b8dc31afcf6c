"""Labels and preferences of a release computed again from what was said, without a model, and held against those published."""

import json
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Self

import duckdb
import pyarrow as pa

from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.preferences.published import published_prompts
from winnow.pipelines.recomputing import recompute
from winnow.pipelines.rounds import RoundSettings
from winnow.pipelines.steps import AggregateStep, AssembleStep, KeepStep, RoundsStep, Step
from winnow.pipelines.steps.aggregate import AggregateSettings
from winnow.pipelines.steps.assemble import AssembleSettings
from winnow.pipelines.steps.keep import FilterSettings
from winnow.pipelines.steps.rounds import TurnSettings
from winnow.pipelines.stored import stored_aside, stored_tables
from winnow.schemas.base import Value
from winnow.schemas.heard import Heard
from winnow.schemas.labels import Label
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.preferences import Preference
from winnow.schemas.rejects import Reject
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release, run_of
from winnow.warehouse.staging import Staging

SAME_WITHIN = 1e-6
"""Difference of a probability up to which two labels are the same: the last bits differ between machines."""

_DIFFERENCES = """
select
    comparison_id,
    was.p_a is null as is_new,
    now.p_a is null as is_gone,
    [was.p_a, was.p_b, was.p_tie] as published,
    [now.p_a, now.p_b, now.p_tie] as recomputed
from was full join now using (comparison_id)
where is_new or is_gone
    or greatest(abs(was.p_a - now.p_a), abs(was.p_b - now.p_b), abs(was.p_tie - now.p_tie)) > $within
order by comparison_id
"""


_CHANGES = """
select
    case
        when was.comparison_id is null then 'added'
        when now.comparison_id is null then 'dropped'
        when (was.chosen_id, was.is_tied) is distinct from (now.chosen_id, now.is_tied) then 'flipped'
        else 'same'
    end as change,
    case when change = 'dropped' then coalesce(rejects.reason, 'no reason') end as reason,
    count(*) as n
from was full join now using (comparison_id)
left join (select record_id, min(reason) as reason from rejects group by record_id) as rejects
    on rejects.record_id = was.comparison_id
group by change, reason
order by n desc, reason
"""


class LabelSide(Value):
    """What a run does once everything is judged."""

    aggregate: AggregateSettings = AggregateSettings()
    """How judgments become labels."""

    keep: tuple[FilterSettings, ...] = ()
    """What a label must fulfil."""

    assemble: AssembleSettings = AssembleSettings()
    """Splits, and what becomes of ties."""

    rounds: RoundSettings | None = None
    """Of rounds of people and models; None for a run without."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Read it from the settings of a run as plain data: of steps that stand several times the last one holds."""
        listed = [settings, *settings.get("steps", ())]
        said = {name: one[name] for one in listed for name in cls.model_fields if name in one}
        if rounds := said.get("rounds"):
            known = RoundSettings.model_fields
            said["rounds"] = {name: value for name, value in rounds.items() if name in known}
        return cls.model_validate(said)

    @property
    def steps(self) -> list[Step]:
        """The steps that do it; people have said what they will."""
        rounds = self.rounds and TurnSettings(**self.rounds.model_dump())
        return [
            *([RoundsStep(settings=rounds)] if rounds else []),
            AggregateStep(settings=self.aggregate),
            KeepStep(filters=self.keep),
            AssembleStep(settings=self.assemble),
        ]


class Recomputed(NamedTuple):
    """What came of computing labels and preferences again."""

    release: str
    """The release, with its number."""

    n_judgments: int
    """Judgments that they were computed from."""

    n_labels: int
    """Labels that were published."""

    differences: pa.Table
    """comparison_id, is_new, is_gone, published and recomputed (p_a, p_b, p_tie) of the labels that differ."""

    changes: pa.Table
    """change (same, added, dropped, flipped), reason of what is dropped, and n, of the preferences."""

    preferences: pa.Table
    """The preferences as they come out now."""

    made_by: str
    """Version of Winnow that made the release."""

    n_aside: int
    """Prompts that were set aside as near-duplicates, so that nobody was asked about them."""

    @property
    def is_same(self) -> bool:
        """Whether all labels and preferences come out as they were published."""
        return not self.differences.num_rows and set(self.changes["change"].to_pylist()) <= {"same"}

    @property
    def lines(self) -> list[str]:
        """Say what came of it, in a sentence or two."""
        lines = [self._labels, self._preferences]
        if not self.is_same and self.made_by != version("winnow"):
            lines.append(
                f"the release was made by winnow {self.made_by}, this is {version('winnow')}"
            )
        if self.n_aside:
            lines.append(never_asked(self.n_aside))
        return lines

    @property
    def _labels(self) -> str:
        n = self.differences.num_rows
        start = f"{self.release}: from {counted(self.n_judgments, 'judgment')}, without a model"
        if not n:
            return f"{start}, all {counted(self.n_labels, 'label')} {_as_published(self.n_labels)}"
        n_moved = n - sum(self._count(name) for name in ("is_new", "is_gone"))
        first = self.differences.slice(0, 1).to_pylist()[0]
        return (
            f"{start}, {n_moved:,} of {counted(self.n_labels, 'label')} come out otherwise, {self._count('is_gone'):,} do not come "
            f"out and {self._count('is_new'):,} are new; the first is comparison {first['comparison_id']}: "
            f"published {_told(first['published'])}, now {_told(first['recomputed'])}"
        )

    @property
    def _preferences(self) -> str:
        n: Counter[str] = Counter()
        dropped = []
        for row in self.changes.to_pylist():
            n[row["change"]] += row["n"]
            if row["change"] == "dropped":
                dropped.append(f"{row['n']:,} {row['reason']}")
        n_published = n["same"] + n["flipped"] + n["dropped"]
        if n["same"] == n.total():
            return f"all {counted(n_published, 'preference')} {_as_published(n_published)}"
        why = f" ({', '.join(dropped)})" if dropped else ""
        return (
            f"of {counted(n_published, 'preference')}, {n['same']:,} come out as published, {n['flipped']:,} with another side chosen, "
            f"{n['dropped']:,} not{why}; {n['added']:,} are new"
        )

    def _count(self, name: str) -> int:
        return sum(self.differences[name].to_pylist())


def recompute_release(
    warehouse: Warehouse, name: str, settings: CurationSettings | None = None
) -> Recomputed:
    """Label the comparisons of a release again from the judgments and the gold that its run had, filter, assemble, compare.

    Args:
        warehouse: Where the release lies; it is only read.
        name: Release such as "preferences@3"; without a number, the newest.
        settings: Whose keys `aggregate`, `keep`, `assemble` and `rounds` hold in place of those of the release's run.

    Raises:
        UnknownName: There is no such release.
    """
    found, run = release(warehouse, name), run_of(warehouse, name)
    said = json.loads(run.settings) if settings is None else settings.effective()
    aside = stored_aside(warehouse, name)
    with TemporaryDirectory(prefix="winnow-recompute-") as folder:
        staging = Staging(Path(folder))
        recompute(
            stored_tables(warehouse, name),
            staging,
            run.run_id,
            LabelSide.of(said).steps,
            release=found.name,
            published=published_prompts(warehouse, before=found.release),
            aside=aside,
        )
        now = {record: staging.read(record) for record in (Label, Preference, Reject)}
        n_judgments = staging.n_rows(Heard)
    was = {
        Label: warehouse.query(
            "select * from labels where run_id = $run", found.release, {"run": run.run_id}
        ),
        Preference: warehouse.query(
            "select * from preferences where release = $release",
            found.release,
            {"release": found.release},
        ),
    }
    return Recomputed(
        release=found.release,
        n_judgments=n_judgments,
        n_labels=was[Label].num_rows,
        differences=_differences(was[Label], now[Label]),
        changes=_changes(was[Preference], now[Preference], now[Reject]),
        preferences=now[Preference],
        made_by=run.code_version,
        n_aside=aside.num_rows,
    )


def never_asked(n: int) -> str:
    """Say of prompts that were set aside what is not known of them."""
    return (
        f"{counted(n, 'prompt')} that nearly {agreeing(n, 'repeats', 'repeat')} another {agreeing(n, 'was', 'were')} never asked "
        f"about: what rules that keep {agreeing(n, 'it', 'them')} would publish shows in a run alone"
    )


def _differences(was: pa.Table, now: pa.Table) -> pa.Table:
    with duckdb.connect() as con:
        con.register("was", was)
        con.register("now", now)
        return con.execute(_DIFFERENCES, {"within": SAME_WITHIN}).to_arrow_table()


def _changes(was: pa.Table, now: pa.Table, rejects: pa.Table) -> pa.Table:
    with duckdb.connect() as con:
        for name, table in (("was", was), ("now", now), ("rejects", rejects)):
            con.register(name, table)
        return con.execute(_CHANGES).to_arrow_table()


def _as_published(n: int) -> str:
    return agreeing(n, "comes out as it was published", "come out as they were published")


def _told(probabilities: list[float | None]) -> str:
    if probabilities[0] is None:
        return "nothing"
    named = zip(("a", "b", "tie"), probabilities, strict=True)
    return ", ".join(f"{name} {p:.3f}" for name, p in named)
