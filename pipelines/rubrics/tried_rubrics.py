"""Rubrics with the held-out comparisons that they are tried on and what was said by them, read from staged tables."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.annotation.rubrics.proving.trials import AB, BA, NO_ORDER, Criteria, Trials
from winnow.annotation.rubrics.proving.tried import SaidByRubric, TriedRubric
from winnow.pipelines.rubrics.holding_out import Division
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Label
from winnow.schemas.last_word import LINKS, last_words
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionSource, Rubric
from winnow.warehouse.sql import parquet
from winnow.warehouse.staging import Staging

_ROWS = Path(__file__).with_name("tried.sql")
_READ = (*LINKS, "comparison_id", "order", "verdict", "ratings", "criteria", "rubric_id", "is_discarded")  # fmt: skip
_PLACES = {"ab": AB, "ba": BA, "": NO_ORDER}
_TABLES: Mapping[str, type[Record]] = {
    "all_rubrics": Rubric,
    "all_criteria": Criterion,
    "sources": CriterionSource,
    "comparisons": Comparison,
    "responses": Response,
    "prompts": Prompt,
    "gold": Gold,
    "labels": Label,
}
_VIEWS = """
CREATE VIEW candidates AS SELECT * FROM all_rubrics WHERE rubric_id IN (SELECT rubric_id FROM wanted_rubrics);
CREATE VIEW criteria AS
SELECT DISTINCT ON (rubric_id, criterion_id) * FROM all_criteria
WHERE rubric_id IN (SELECT rubric_id FROM wanted_rubrics)
    AND criterion_id NOT IN (SELECT subject_id FROM sources WHERE kind = 'criterion');
CREATE VIEW pairs AS
SELECT DISTINCT ON (comparison_id) comparison_id, response_ids FROM comparisons WHERE len(response_ids) = 2;
CREATE VIEW divided AS
SELECT d.*, p.domain FROM division AS d
JOIN (SELECT DISTINCT ON (prompt_id) prompt_id, domain FROM prompts) AS p USING (prompt_id);
CREATE VIEW lengths AS
SELECT DISTINCT ON (response_id) response_id, length(text)
    + coalesce(list_sum([length(coalesce(t.content, '')) for t in turns if t.role = 'assistant']), 0) AS length
FROM responses WHERE text IS NOT NULL;
"""


@contextmanager
def tried_on(
    staging: Staging,
    division: Division,
    rubric_ids: pa.Array,
    *,
    baselines: Mapping[str, str],
    asked: Sequence[Path] = (),
    control: Sequence[Path] = (),
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a connection with the tables `trials`, `met_rows` and `vote_rows`, which `read_tried` reads.

    Args:
        staging: Holds rubrics with what they rest on, comparisons with their texts, gold, labels and judgments.
        division: Which comparisons are held out; of a rubric that was not derived from a release all are.
        rubric_ids: The rubrics.
        baselines: For an annotator that judges by rubrics, the one that judges the same without.
        asked: Files of judgments that are not staged.
        control: Files of judgments by the rubrics of other prompts.
    """
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name, record in _TABLES.items():
            if files := staging.files(record):
                con.execute(f"CREATE VIEW {name} AS SELECT * FROM {parquet(files)}")
            else:
                con.register(name, record.arrow_schema().empty_table())
        con.register("wanted_rubrics", pa.table({"rubric_id": rubric_ids}))
        con.register("baselines", _pairs(baselines))
        columns = (*division[:3], division.of_others, division.responses, division.group)
        names = ("comparison_id", "prompt_id", "of_prompt", "of_others", "responses", "prompt_group")  # fmt: skip
        con.register("division", pa.table(dict(zip(names, columns, strict=True))))
        con.register("judgments", _judgments(staging, asked, control))
        # Words that were taken back since have derived what they derived.
        con.register("first_words", staging.read(Judgment, (*LINKS, "comparison_id")))
        con.execute(_VIEWS)
        con.execute(_ROWS.read_text("utf-8"))
        yield con


def _pairs(baselines: Mapping[str, str]) -> pa.Table:
    columns = (list(baselines), list(baselines.values()))
    names = ("annotator_id", "baseline_id")
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)})


def _judgments(staging: Staging, asked: Sequence[Path], control: Sequence[Path]) -> pa.Table:
    """Read all last words, those of files that are staged as well once."""
    import pyarrow.parquet as pq

    schema = Judgment.arrow_schema()
    names = [field.name for field in schema if field.name in _READ]
    staged = last_words(staging.read(Judgment, names))
    known = staged["judgment_id"]
    tables = [_marked(staged, False)]
    for files, is_control in ((asked, False), (control, True)):
        for file in files:
            table = pq.read_table(file, columns=names).select(names).cast(staged.schema)
            new = table.filter(pc.invert(pc.is_in(table["judgment_id"], value_set=known)))
            tables.append(_marked(new, is_control))
    return pa.concat_tables(tables)


def _marked(table: pa.Table, is_control: bool) -> pa.Table:
    return table.append_column("is_control", pa.repeat(is_control, len(table)))


def read_tried(con: duckdb.DuckDBPyConnection) -> Iterator[TriedRubric]:
    """Read the rubrics that anybody judged by, each with the comparisons on which somebody did."""
    criteria = _by_rubric(con, "SELECT * FROM criteria ORDER BY rubric_id, criterion_id")
    met = _by_rubric(con, "SELECT * FROM met_rows ORDER BY ALL")
    votes = _by_rubric(con, "SELECT * FROM vote_rows ORDER BY ALL")
    for rubric_id, trials in _by_rubric(
        con, "SELECT * FROM trials ORDER BY rubric_id, place"
    ).items():
        said = met.get(rubric_id, _NOTHING_MET)
        voted = votes.get(rubric_id, _NOTHING_VOTED)
        if rubric_id in criteria:
            tried = _tried(rubric_id, trials, criteria[rubric_id], said, voted)
            if tried is not None:
                yield tried


_NOTHING_MET = pa.table({name: pa.nulls(0) for name in ("criterion_id", "annotator_id", "is_person", "place", "side", "met")})  # fmt: skip
_NOTHING_VOTED = pa.table({name: pa.nulls(0) for name in ("way", "annotator_id", "shown", "place", "vote")})  # fmt: skip


def _by_rubric(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, pa.Table]:
    """Cut rows that stand in the order of their rubrics into those of each."""
    table = con.execute(sql).to_arrow_table()
    if not len(table):
        return {}
    runs = pc.run_end_encode(table["rubric_id"].combine_chunks())
    ends = np.asarray(runs.run_ends)
    starts = np.append(0, ends[:-1])
    names = runs.values.to_pylist()
    cut = zip(names, starts.tolist(), (ends - starts).tolist(), strict=True)
    return {name: table.slice(start, n) for name, start, n in cut}


def _tried(
    rubric_id: str, rows: pa.Table, criteria: pa.Table, met: pa.Table, votes: pa.Table
) -> TriedRubric | None:
    n = len(rows)
    by_judge = met.filter(pc.invert(met["is_person"])) if len(met) else met
    by_people = met.filter(met["is_person"]) if len(met) else met
    with_it = votes.filter(pc.equal(votes["way"], "votes")) if len(votes) else votes
    judges = sorted({*by_judge["annotator_id"].to_pylist(), *with_it["annotator_id"].to_pylist()})
    if not judges:
        return None
    criterion_ids = criteria["criterion_id"].to_pylist()
    shares, asked = _met(by_judge, judges, criterion_ids, n)
    people, _ = _met(by_people, sorted(set(by_people["annotator_id"].to_pylist())), criterion_ids, n)  # fmt: skip
    said = {way: _votes(votes, way, judges, n) for way in ("votes", "without", "control")}
    is_heard = asked.any(axis=(0, 1, 3)) | (~np.isnan(said["votes"])).any(axis=(0, 2))
    sides = [rows[name].to_pylist() for name in ("a_id", "b_id")]
    number = {response_id: i for i, response_id in enumerate(dict.fromkeys(chain(*sides)))}
    lengths = [rows[name].to_numpy(zero_copy_only=False) for name in ("a_length", "b_length")]
    is_of_prompt = bool(rows["is_of_prompt"][0].as_py())
    trials = Trials(
        np.asarray(rows["sign"], np.float64),
        _connected(rows["said"] if is_of_prompt else rows["prompt_group"]),
        np.array([[number[i] for i in side] for side in sides], np.int64).T.reshape(n, 2),
        np.stack([np.asarray(length, np.float64) for length in lengths], axis=1),
    )
    return TriedRubric(
        rubric_id,
        criterion_ids,
        _weights(criteria),
        trials.some(is_heard),
        SaidByRubric(
            judges,
            shares[:, :, is_heard],
            asked[:, :, is_heard],
            **{way: found[:, is_heard] for way, found in said.items()},
            people=people[:, :, is_heard],
        ),
        rows["prompt_group"][0].as_py() if is_of_prompt else "",
    )


def _connected(names: pa.ChunkedArray) -> Ints:
    """Number comparisons so that those with a name in common, themselves or through others, have one number."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n = len(names)
    if pa.types.is_list(names.type):
        of, flat = pc.list_parent_indices(names), pc.list_flatten(names)
    else:
        of, flat = pa.array(np.arange(n)), names
    one, other = np.asarray(of, np.int64), np.unique(flat.to_pylist(), return_inverse=True)[1]
    size = n + int(other.max(initial=-1)) + 1
    links = csr_array((np.ones(len(one), bool), (one, n + other)), shape=(size, size))
    numbers = connected_components(links, directed=False)[1][:n]
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def _weights(criteria: pa.Table) -> Criteria:
    weight = np.asarray(criteria["weight"], np.float64)
    named = np.asarray(pc.fill_null(pc.equal(criteria["importance"], "pitfall"), False), bool)
    amount = np.abs(weight)
    return Criteria(amount if amount.any() else np.ones(len(amount)), named | (weight < 0))


def _met(
    rows: pa.Table, annotators: Sequence[str], criterion_ids: Sequence[str], n: int
) -> tuple[Floats, Any]:
    """Arrange criterion verdicts; shape (n_annotators, n_criteria, n, 2), and of whom any was wanted."""
    shape = (len(annotators), len(criterion_ids), n, 2)
    found, asked = np.full(shape, np.nan), np.zeros(shape, bool)
    if len(rows):
        where = (
            _places(rows["annotator_id"], annotators),
            _places(rows["criterion_id"], criterion_ids),
            np.asarray(rows["place"], np.int64),
            np.asarray(rows["side"], np.int64),
        )
        found[where] = rows["met"].to_numpy(zero_copy_only=False)
        asked[where] = True
    return found, asked


def _votes(rows: pa.Table, way: str, judges: Sequence[str], n: int) -> Floats:
    """Arrange verdicts; shape (n_judges, n, 3)."""
    found = np.full((len(judges), n, 3), np.nan)
    if not len(rows):
        return found
    mine = pc.and_(pc.equal(rows["way"], way), pc.is_in(rows["annotator_id"], pa.array(judges)))
    rows = rows.filter(mine)
    where = (
        _places(rows["annotator_id"], judges),
        np.asarray(rows["place"], np.int64),
        _places(rows["shown"], list(_PLACES)),
    )
    found[where] = rows["vote"].to_numpy(zero_copy_only=False)
    return found


def _places(names: pa.ChunkedArray, among: Collection[str]) -> Any:
    return np.asarray(pc.index_in(names, value_set=pa.array(among, pa.string())), np.int64)
