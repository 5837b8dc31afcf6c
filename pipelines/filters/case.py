"""What a filter decides on: a comparison with its label and where each annotator stands."""

from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

import duckdb

from winnow.pipelines.labels.combining import heard
from winnow.pipelines.labels.cycles import CycleLink, cycle_links
from winnow.pipelines.near.leaders import NearTo
from winnow.pipelines.pairing.contents import content_keys
from winnow.schemas.comparisons import Comparison
from winnow.schemas.cycles import Cycle
from winnow.schemas.judgments import Judgment, Kind, Verdict
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.registry import Registry
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

EVEN = 1e-5
"""Difference up to which two probabilities are one: an aggregation that knows nothing may put them a hair apart."""

_CASES = Path(__file__).with_name("cases.sql")


class Stand(NamedTuple):
    """Where one annotator stands on one comparison, unreadable replies left out."""

    annotator_id: str
    """Who."""

    weight: float
    """Log-odds, in nats, that a decisive verdict of this annotator adds to a label, given what the others say."""

    is_flipped: bool
    """Whether it judged in both orders and did not say the same."""

    judgment_ids: tuple[str, ...] = ()
    """Its readable judgments, by id."""

    kind: Kind = "llm"
    """What sort of annotator it is."""

    lean: float = 0.0
    """From -1 (b in every order shown) to 1 (a in every order shown)."""

    is_torn: bool = False
    """Whether it judged more than once in one order and did not say the same."""

    rated: float | None = None
    """From -1 (b rated higher on every attribute) to 1 (a is); None where it did not rate both."""

    @property
    def verdict(self) -> Verdict | None:
        """What it says, all its judgments taken together; None where they cancel out."""
        if self.lean:
            return "a" if self.lean > 0 else "b"
        return None if self.is_flipped or self.is_torn else "tie"


class Case(NamedTuple):
    """One labelled comparison."""

    comparison_id: str
    """The comparison."""

    prompt_id: str
    """Its prompt."""

    p_a: float
    """Probability that a is better."""

    p_b: float
    """Probability that b is better."""

    p_tie: float
    """Probability that neither is."""

    agreement: float | None
    """Share of the evidence that agrees with the label; None where nobody has weight."""

    stands: tuple[Stand, ...]
    """The annotators that judged it, by id."""

    contents: tuple[str | None, ...]
    """What tells the content of each response from another's; None for an empty one."""

    near_duplicate_of: NearTo | None = None
    """The kept prompt that its prompt nearly repeats; None where there is none or none was looked for."""

    cycle_links: tuple[CycleLink, ...] = ()
    """Its places in cycles among the labels of its prompt; none where there is no cycle."""

    low: float | None = None
    """Lower end of the 90 % interval of p_a / (p_a + p_b); None where the method gives none."""

    high: float | None = None
    """Upper end of it."""

    @property
    def verdict(self) -> Verdict | None:
        """The likeliest verdict; None where a and b are as likely as each other and a tie is less so."""
        if self.p_tie >= max(self.p_a, self.p_b):
            return "tie"
        if abs(self.p_a - self.p_b) <= EVEN:
            return None
        return "a" if self.p_a > self.p_b else "b"


class Filter(Protocol):
    """A check with a threshold, registered under the name that settings use."""

    reason: ClassVar[str]
    """Reason that the rejects carry."""

    @property
    def threshold(self) -> float:
        """What it compares with; the class says how."""
        ...

    def why_rejected(self, case: Case) -> str | None:
        """Say what was found where the comparison fails, with the values; None where it passes."""
        ...


FILTERS: Registry[Filter] = Registry("filter")
"""Filters by name; `winnow.pipelines.filters` fills it."""


def name_of(check: Filter) -> str:
    """Return the name under which a filter is registered."""
    return str(check.name)  # type: ignore[attr-defined]


def read_cases(staging: Staging) -> list[Case]:
    """Join the staged labels with judgments, annotators and responses, ordered by comparison_id.

    Joins ids and labels, so it is DuckDB's work; of the texts only hashes take part.
    """
    tables = {kind.table: staging.read(kind) for kind in (Label, Comparison, Annotator)}
    tables[Judgment.table] = heard(staging)
    contents = content_keys(staging.read(Response))
    links = cycle_links(Cycle.from_table(staging.read(Cycle)))
    with duckdb.connect() as con:
        for name, table in tables.items():
            con.register(name, table)
        rows = con.execute(_CASES.read_text("utf-8")).fetchall()
    return [
        Case(
            *row[:6],
            stands=tuple(_stand(*s) for s in row[6]),
            contents=tuple(contents[i] for i in row[7]),
            cycle_links=links.get(row[0], ()),
            low=row[8],
            high=row[9],
        )
        for row in rows
    ]


def _stand(
    annotator_id: str, weight: float, is_flipped: bool, judgment_ids: list[str], *more: Any
) -> Stand:
    return Stand(annotator_id, weight, is_flipped, tuple(judgment_ids), *more)
