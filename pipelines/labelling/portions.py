"""The comparisons of a run in portions, each with all texts that annotators look at, so that nobody holds them all."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.exemplars import Exemplars
from winnow.annotation.judge import ComparisonView, SubjectView
from winnow.pipelines.labelling.doubting import doubted
from winnow.pipelines.labelling.groups import groups_in, pairs_of
from winnow.pipelines.labelling.part_files import sorting
from winnow.pipelines.labelling.rubric_portions import RUBRIC_ROWS, find_rubrics, with_rubrics
from winnow.pipelines.labelling.said_files import SaidFolder
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import new_subjects
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.staged_views import see_staged
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile, placed_files
from winnow.warehouse.sql import parquet
from winnow.warehouse.staging import Staging

MOST_COMPARISONS = 2048
"""Comparisons of a portion; those of one prompt are in one portion, however many they are."""
_BATCH = 4096
_SAID_FILE = "said.parquet"
_EARLIER = "earlier"

_PLACES = """
CREATE TABLE compared AS SELECT comparison_id, prompt_id, response_ids, {is_chosen} AS is_chosen FROM comparisons;
CREATE TABLE places AS
SELECT prompt_id, ((sum(n) OVER (ORDER BY prompt_id) - n) // {most})::integer AS portion
FROM (SELECT prompt_id, count(*) AS n FROM compared GROUP BY prompt_id HAVING bool_or(is_chosen));
CREATE TABLE answers AS
SELECT DISTINCT portion, unnest(response_ids) AS response_id FROM compared JOIN places USING (prompt_id)
"""
_ROWS: dict[type[Record], str] = {
    Comparison: "SELECT portion, is_chosen, c.* FROM comparisons AS c JOIN places USING (prompt_id) "
    "JOIN compared USING (comparison_id)",
    Prompt: "SELECT portion, p.* FROM prompts AS p JOIN places USING (prompt_id)",
    Response: "SELECT portion, r.* FROM responses AS r JOIN answers USING (response_id)",
}
_SAID = """
SELECT DISTINCT portion, annotator_id, subject_id
FROM said JOIN (
    SELECT comparison_id AS subject_id, portion FROM compared JOIN places USING (prompt_id)
    UNION ALL
    SELECT response_id, portion FROM answers
) USING (subject_id)
"""

_DOUBTED = """
SELECT portion, s.*
FROM said AS s SEMI JOIN doubted USING (annotator_id) JOIN (
    SELECT comparison_id AS subject_id, portion FROM compared JOIN places USING (prompt_id)
    UNION
    SELECT response_id, portion FROM answers
) USING (subject_id)
"""


class Portion(Protocol):
    """Some of the comparisons, small enough to be held."""

    @property
    def name(self) -> str:
        """Its name, which is no beginning of another's."""
        ...

    def views(self) -> list[ComparisonView]:
        """Read the comparisons of two with their texts."""
        ...

    def known(self, annotator_id: str) -> Collection[str]:
        """Read what an annotator has judged and measured before: ids of comparisons and responses."""
        ...

    def subjects(self, entry: JudgeSettings, exemplars: Exemplars | None) -> list[SubjectView]:
        """List what a judge is asked about, always in the same order.

        Args:
            entry: The judge.
            exemplars: What it shows its model; None where it shows nothing.
        """
        ...

    def passed_over(self, entry: JudgeSettings) -> list[SubjectView]:
        """List what a judge has not judged before and is not asked about, since its `when` says so."""
        ...


class StagedPortion(NamedTuple):
    """Some of the comparisons of a run, as a small staging of their own."""

    number: int
    """Which it is, from 0; portions stand in the order of their prompts' ids."""

    root: Place
    """Where it lies."""

    said: tuple[SaidFolder, ...] = ()
    """What annotators said of it that were asked before."""

    @property
    def name(self) -> str:
        """Its name, which sorts as portions stand."""
        return f"{self.number:06d}"

    def views(self) -> list[ComparisonView]:
        """Read the comparisons of two with their texts; see `read_views`."""
        return read_views(Staging(self.root))

    def known(self, annotator_id: str) -> set[str]:
        """Read what an annotator has judged and measured before."""
        found = set[str]()
        for file in placed_files(self.root):
            said = file.read()
            is_own = pc.equal(said["annotator_id"], annotator_id)
            found.update(said.filter(is_own)["subject_id"].to_pylist())
        return found

    def subjects(self, entry: JudgeSettings, exemplars: Exemplars | None) -> list[SubjectView]:
        """List what a judge is asked about and has not judged before."""
        pairs = self.views()
        if exemplars is not None:
            pairs = exemplars.shown_with(pairs)
        subjects = self._new(entry, pairs, self._left_out(entry, pairs))
        judge = entry.build()
        return with_rubrics(subjects, Staging(self.root), judge) if judge.by_rubric else subjects

    def passed_over(self, entry: JudgeSettings) -> list[SubjectView]:
        """List what a judge has not judged before and is not asked about, since its `when` says so."""
        if entry.when is None:
            return []
        pairs = self.views()
        asked = {view.subject_id for view in self._new(entry, pairs, self._left_out(entry, pairs))}
        return [view for view in self._new(entry, pairs, set()) if view.subject_id not in asked]

    def _new(
        self, entry: JudgeSettings, pairs: Sequence[ComparisonView], left_out: set[str]
    ) -> list[SubjectView]:
        groups = groups_in(Comparison.from_table(Staging(self.root).read(Comparison)))
        known = self.known(entry.annotator_id)
        if entry.build().subject == "response":
            asked = [view for view in pairs if view.comparison_id not in left_out]
            return new_subjects(entry, asked, groups, known)
        return new_subjects(entry, pairs, groups, known | left_out)

    def _left_out(self, entry: JudgeSettings, pairs: Sequence[ComparisonView]) -> set[str]:
        """Return the ids of the comparisons that the `when` of a judge leaves out."""
        when = entry.when
        if when is None:
            return set()
        left = {view.comparison_id for view in pairs if not when.fits(view.prompt)}
        if when.doubt_of is not None:
            in_doubt = doubted(self._judgments(when.doubt_of), pairs, when.sure_from)
            left |= {view.comparison_id for view in pairs} - in_doubt
        return left

    def _judgments(self, annotator_id: str) -> Iterator[Judgment]:
        """Read what an annotator said of the comparisons and their responses, in this step and before."""
        files = [
            f for folder in self.said for f in folder.judgments() if f.name.startswith(self.name)
        ]
        for file in (*placed_files(self.root.within(_EARLIER)), *files):
            said = file.read()
            is_own = pc.equal(said["annotator_id"], annotator_id)
            yield from Judgment.from_table(said.filter(is_own))


def portion_out(
    staging: Staging,
    place: Place,
    spill: Path,
    *,
    chosen: pa.Array | None = None,
    stages_before: Sequence[str] = (),
    rubrics_of: str | None = None,
    doubts_of: Collection[str] = (),
) -> list[StagedPortion]:
    """Write the staged comparisons in portions, with the prompts and responses that they name.

    Args:
        staging: Holds prompts, responses and comparisons, those of two that groups consist of included.
        place: Where to write them; empty.
        spill: Folder for what does not fit into memory.
        chosen: Ids of the comparisons that count; None for all. Of a group that is chosen each pair counts, and of a pair that is
            chosen the group.
        stages_before: Names of steps whose judgments are known already.
        rubrics_of: run_id of the run that judges by rubrics, which are written as well; None where nobody does.
        doubts_of: annotator_ids of those whose judgments of stages before are written as well.
    """
    with _opened(staging, spill) as con:
        is_chosen = "true"
        if chosen is not None:
            con.register("chosen", pa.table({"comparison_id": chosen}))
            is_chosen = "comparison_id IN (SELECT comparison_id FROM chosen)"
        con.execute(_PLACES.format(is_chosen=is_chosen, most=MOST_COMPARISONS))
        portions: dict[int, StagedPortion] = {}
        rows_of = dict(_ROWS)
        if rubrics_of is not None:
            find_rubrics(con, staging, rubrics_of)
            rows_of |= RUBRIC_ROWS
        for record, rows in rows_of.items():
            for number, table in _by_portion(con, rows):
                portion = StagedPortion(number, place.within(f"{number:06d}"))
                portions.setdefault(number, portion)
                if record is Comparison and chosen is not None:
                    table = _chosen_of(table)
                Staging(portion.root).write(record, table)
        if files := _said_files(staging, stages_before):
            con.execute(f"CREATE VIEW said AS SELECT * FROM {parquet(files)}")
            for number, table in _by_portion(con, _SAID):
                PlacedFile(portions[number].root, _SAID_FILE).write(table)
            if doubts_of:
                con.register("doubted", pa.table({"annotator_id": sorted(doubts_of)}))
                for number, table in _by_portion(con, _DOUBTED):
                    earlier = portions[number].root.within(_EARLIER)
                    PlacedFile(earlier, _SAID_FILE).write(table.cast(Judgment.arrow_schema()))
    return [portions[number] for number in sorted(portions)]


@contextmanager
def _opened(staging: Staging, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with sorting(spill) as con:
        see_staged(con, staging, _ROWS)
        yield con


def _by_portion(con: duckdb.DuckDBPyConnection, rows: str) -> Iterator[tuple[int, pa.Table]]:
    """Run a query, and put its rows together by their portion, which is the first column."""
    held: list[pa.Table] = []
    number: int | None = None
    for batch in con.execute(f"{rows} ORDER BY portion").to_arrow_reader(_BATCH):
        table = pa.Table.from_batches([batch])
        portions = table["portion"].to_numpy()
        begins = [0, *(np.flatnonzero(np.diff(portions)) + 1).tolist(), len(portions)]
        for begin, end in pairwise(begins):
            if number is not None and portions[begin] != number:
                yield number, pa.concat_tables(held)
                held = []
            number = int(portions[begin])
            held.append(table.slice(begin, end - begin).drop_columns("portion"))
    if number is not None:
        yield number, pa.concat_tables(held)


def _chosen_of(table: pa.Table) -> pa.Table:
    """Keep the comparisons of a portion that are chosen, the pairs of groups that are, and groups of which a pair is."""
    comparisons = Comparison.from_table(table.drop_columns("is_chosen"))
    chosen = {
        i
        for i, yes in zip(
            table["comparison_id"].to_pylist(), table["is_chosen"].to_pylist(), strict=True
        )
        if yes
    }
    pairs = {
        g.comparison_id: {p.comparison_id for p in pairs_of(g)} for g in groups_in(comparisons)
    }
    for group_id, ids in pairs.items():
        if group_id in chosen or not ids.isdisjoint(chosen):
            chosen |= ids | {group_id}
    return table.filter(pc.is_in(table["comparison_id"], pa.array(chosen, pa.string())))


def _said_files(staging: Staging, stages: Sequence[str]) -> list[Path]:
    parts = (name for stage in stages for name in (stage, f"{stage}-measured"))
    return [path for part in parts if (path := staging.path(Judgment, part)).exists()]
