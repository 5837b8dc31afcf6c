"""The criteria that are to be merged, with all that they rest on, ordered by what their rubric will be for."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

from winnow.annotation.rubrics.merging.pooled import PooledCriterion
from winnow.annotation.rubrics.merging.weighing import Differences
from winnow.annotation.rubrics.standing import in_force
from winnow.pipelines.rubrics.holding_out import SHARE, held_out
from winnow.pipelines.rubrics.known_labels import KNOWN_LABELS_SQL
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Label
from winnow.schemas.last_word import LINKS, replaced_judgments
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Reach, Rubric
from winnow.warehouse.sql import parquet, quote
from winnow.warehouse.staging import Staging

_BATCH_ROWS = 4096
_TABLES: tuple[type[Record], ...] = (
    Rubric,
    Criterion,
    CriterionSource,
    Prompt,
    Response,
    Comparison,
    Judgment,
    Label,
    Gold,
)

# What the rubric of merged criteria is for: as before, or for more.
_REACHES = {
    None: ("r.prompt_id", "r.domain"),
    "prompt": ("r.prompt_id", "r.domain"),
    "domain": ("NULL::VARCHAR", "coalesce(r.domain, p.domain)"),
    "all": ("NULL::VARCHAR", "NULL::VARCHAR"),
}

# Left out: what was replaced, merged or refused before, and what people wrote; of several runs' proofs the newest counts.
_STANDING = """
CREATE VIEW standing AS
SELECT c.*, r.name, r.derived_from, {prompt_id} AS for_prompt, {domain} AS for_domain, r.prompt_id AS of_prompt,
    r.domain AS of_domain
FROM criteria c SEMI JOIN in_force USING (criterion_id) JOIN rubrics r USING (rubric_id) LEFT JOIN prompts p ON p.prompt_id = r.prompt_id
WHERE r.derived_from IS NOT NULL
    {only}
"""

_ONLY = {
    None: "",
    "prompt": "AND r.prompt_id IS NOT NULL",
    "domain": "AND coalesce(r.domain, p.domain) IS NOT NULL",
    "all": "",
}

# A source that leads to no prompt is an example of its own. Documents are named after their prompt: "prompt_id:document_2".
_POOLED = """
WITH places AS (
    SELECT prompt_id AS subject_id, prompt_id FROM prompts
    UNION ALL SELECT response_id, prompt_id FROM responses
    UNION ALL SELECT comparison_id, prompt_id FROM comparisons
), judged AS (
    SELECT j.judgment_id AS subject_id, places.prompt_id
    FROM judgments j JOIN places USING (subject_id)
    WHERE j.judgment_id IN (SELECT subject_id FROM criterion_sources WHERE kind = 'judgment')
), behind AS (
    SELECT criterion_id, list(DISTINCT coalesce(p.prompt_id, split_part(s.subject_id, ':', 1))) AS examples, count(*) AS n_sources
    FROM criterion_sources s LEFT JOIN (FROM places UNION ALL FROM judged) p USING (subject_id)
    WHERE s.kind <> 'criterion' GROUP BY criterion_id
)
SELECT s.*, coalesce(b.examples, [coalesce(s.of_prompt, s.rubric_id)]) AS examples, coalesce(b.n_sources, 0) AS n_sources,
    dense_rank() OVER (ORDER BY s.for_prompt, s.for_domain) - 1 AS target
FROM standing s LEFT JOIN behind b USING (criterion_id)
ORDER BY s.for_prompt, s.for_domain, s.criterion_id
"""

# What is read from words that a criterion was drawn from says nothing where nobody spoke of it: silence is not worth nothing.
_VERDICTS = """
SELECT v.criterion_id, v.response_id,
    avg(CASE v.verdict WHEN 'yes' THEN 1.0 WHEN 'no' THEN 0.0 END) AS met
FROM (
    SELECT request_id, unnest(criteria, recursive := true)
    FROM judgments ANTI JOIN replaced USING (judgment_id) WHERE len(criteria) > 0 AND NOT is_discarded
) v
ANTI JOIN criterion_sources s ON s.criterion_id = v.criterion_id AND s.request_id = v.request_id
GROUP BY ALL HAVING met IS NOT NULL
"""

_DIFFERENCES = """
SELECT better.criterion_id, l.comparison, better.met - worse.met AS difference
FROM (
    SELECT number AS comparison, response_ids[if(verdict = 'a', 1, 2)] AS chosen, response_ids[if(verdict = 'a', 2, 1)] AS rejected
    FROM labelled JOIN comparisons USING (comparison_id) JOIN to_weigh USING (comparison_id)
    WHERE verdict IN ('a', 'b') AND len(response_ids) = 2
) l
JOIN met better ON better.response_id = l.chosen
JOIN met worse ON worse.response_id = l.rejected AND worse.criterion_id = better.criterion_id
"""


_SOME_RUBRICS = """
SELECT r.* FROM rubrics AS r
WHERE rubric_id IN (SELECT rubric_id FROM looked_at) OR replaces IN (SELECT rubric_id FROM looked_at)
"""
_SOME_CRITERIA = "SELECT c.* FROM criteria AS c SEMI JOIN looked_at USING (rubric_id)"
_SOME_SOURCES = """
SELECT s.* FROM criterion_sources AS s
JOIN criteria AS c ON s.kind = 'criterion' AND s.subject_id = c.criterion_id
SEMI JOIN looked_at ON looked_at.rubric_id = c.rubric_id
"""
_SOME_PROOFS = "SELECT p.* EXCLUDE oldest_first FROM placed_proofs AS p SEMI JOIN looked_at USING (rubric_id) ORDER BY oldest_first"
_VERDICT_COLUMNS = pa.schema(
    [("place", pa.int64()), ("comparison", pa.int32()), ("difference", pa.float64())]
)


class CriteriaPool(NamedTuple):
    """All criteria for one prompt, one domain or everything."""

    prompt_id: str | None
    """The one prompt that they are for."""

    domain: str | None
    """The one domain that they are for."""

    rows: list[dict[str, Any]]
    """Columns of `Criterion`, `name` and `derived_from` of the rubric, `examples` and `n_sources`; by criterion_id."""

    differences: Differences | None = None
    """Verdicts on the criteria; shape (n_comparisons, n_criteria). None where there are none."""

    def criteria(self) -> list[PooledCriterion]:
        """Give the criteria as they are pooled."""
        return [_pooled(row) for row in self.rows]


class PoolFile:
    """A file of pools, one behind another."""

    def __init__(self, path: Path, verdicts: Path) -> None:
        self.path = path
        self._verdicts = verdicts

    def batches(self) -> Iterator[pa.Table]:
        """Read whole pools, some thousand criteria at a time, the last column `target` numbering them in order."""
        waiting: pa.Table | None = None
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                read = pa.Table.from_batches([batch])
                rows = read if waiting is None else pa.concat_tables([waiting, read])
                target = rows["target"].to_numpy()
                n_whole = int(np.searchsorted(target, target[-1]))
                if n_whole:
                    yield rows.slice(0, n_whole)
                waiting = rows.slice(n_whole)
        if waiting is not None and len(waiting):
            yield waiting

    def verdicts(self, batch: pa.Table) -> pa.Table:
        """Read how far the better response meets each criterion of some more than the other, -1 to 1.

        Args:
            batch: The criteria.

        Returns:
            `place` of the criterion in the batch, number of the `comparison` and `difference`, in that order.
        """
        if not self._verdicts.exists():
            return _VERDICT_COLUMNS.empty_table()
        with duckdb.connect() as con:
            places = pa.array(np.arange(len(batch)))
            con.register(
                "wanted", pa.table({"criterion_id": batch["criterion_id"], "place": places})
            )
            return con.execute(
                f"SELECT place, comparison, difference FROM {parquet([self._verdicts])} JOIN wanted USING (criterion_id)"
                " ORDER BY place, comparison"
            ).to_arrow_table()


def write_pools(
    staging: Staging, reach: Reach | None, scratch: Path, share: float = SHARE
) -> PoolFile:
    """Write down the criteria that may be merged: those of derived rubrics that nothing has replaced or refused yet.

    Args:
        staging: Holds rubrics, criteria and what they rest on; and verdicts on them, if there are any.
        reach: What merged rubrics are for; None for what theirs are for.
        scratch: Folder for the files.
        share: Share of the comparisons that is held out: verdicts on these are not looked at.
    """
    pools = PoolFile(scratch / "pools.parquet", scratch / "verdicts.parquet")
    prompt_id, domain = _REACHES[reach]
    with duckdb.connect() as con:
        for record in _TABLES:
            # DuckDB cannot push what it knows of a join down into a table of Arrow.
            con.register("empty", record.arrow_schema().empty_table())
            con.execute(f"CREATE TABLE empty_{record.table} AS FROM empty")
            rows = [f"FROM empty_{record.table}"]
            if files := staging.files(record):
                rows.append(f"FROM {parquet(files)}")
            con.execute(f"CREATE VIEW {record.table} AS {' UNION ALL BY NAME '.join(rows)}")
        proofs = staging.read(Proof)
        placed = proofs.append_column("oldest_first", pa.array(np.arange(len(proofs))))
        con.register("placed_proofs", placed)
        con.register("in_force", _in_force(con))
        con.execute(_STANDING.format(prompt_id=prompt_id, domain=domain, only=_ONLY[reach]))
        con.execute(
            f"COPY ({_POOLED}) TO {quote(str(pools.path))} (FORMAT parquet, ROW_GROUP_SIZE {_BATCH_ROWS})"
        )
        replaced = replaced_judgments(staging.read(Judgment, LINKS))
        con.register("replaced", pa.table({"judgment_id": replaced}))
        con.execute(f"CREATE TABLE met AS {_VERDICTS}")
        con.execute("DELETE FROM met WHERE criterion_id NOT IN (SELECT criterion_id FROM standing)")
        if con.execute("SELECT count(*) FROM met").fetchall() != [(0,)]:
            ids = held_out(staging, share).to_weigh()
            numbers = pa.array(np.arange(len(ids), dtype=np.int32))
            con.register("to_weigh", pa.table({"comparison_id": ids, "number": numbers}))
            con.execute(KNOWN_LABELS_SQL)
            con.execute(
                f"COPY ({_DIFFERENCES}) TO {quote(str(scratch / 'verdicts.parquet'))} (FORMAT parquet)"
            )
    return pools


def _in_force(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """List the criteria that may be used, proven or not; some rubrics after others, each with all that decides on it."""
    found = [pa.array([], pa.string())]
    for ids in _some_rubrics(con):
        con.register("looked_at", pa.table({"rubric_id": ids}))
        views = in_force(
            Rubric.from_table(con.execute(_SOME_RUBRICS).to_arrow_table()),
            Criterion.from_table(con.execute(_SOME_CRITERIA).to_arrow_table()),
            CriterionSource.from_table(con.execute(_SOME_SOURCES).to_arrow_table()),
            Proof.from_table(con.execute(_SOME_PROOFS).to_arrow_table()),
            unproven=True,
        )
        found.append(pa.array([c.criterion_id for v in views for c in v.criteria], pa.string()))
    return pa.table({"criterion_id": pa.chunked_array(found)})


def _some_rubrics(con: duckdb.DuckDBPyConnection) -> Iterator[pa.Array]:
    """Part the ids of all rubrics, so that those of a part have some thousand criteria."""
    rows = con.execute(
        "SELECT rubric_id, count(*) AS n FROM criteria GROUP BY rubric_id ORDER BY rubric_id"
    ).to_arrow_table()
    before = np.cumsum(rows["n"].to_numpy()) - rows["n"].to_numpy()
    begins = np.flatnonzero(np.diff(before // _BATCH_ROWS, prepend=-1))
    for begin, end in pairwise([*begins.tolist(), len(rows)]):
        yield rows["rubric_id"].slice(begin, end - begin).combine_chunks()


def pools_in(batch: pa.Table, verdicts: pa.Table) -> Iterator[CriteriaPool]:
    """Take rows of whole pools apart.

    Args:
        batch: The rows.
        verdicts: As `PoolFile.verdicts` gives them.
    """
    targets = batch["target"].to_numpy()
    begins = np.flatnonzero(np.diff(targets, prepend=-1))
    rows = batch.to_pylist()
    place, comparison, difference = (column.to_numpy() for column in verdicts.columns)
    for begin, end in pairwise([*begins.tolist(), len(rows)]):
        some = rows[begin:end]
        mine = slice(*np.searchsorted(place, [begin, end]).tolist())
        known = _differences(some, place[mine] - begin, comparison[mine], difference[mine])
        yield CriteriaPool(some[0]["for_prompt"], some[0]["for_domain"], some, known)


def _differences(
    rows: list[dict[str, Any]],
    place: npt.NDArray[np.int64],
    comparison: npt.NDArray[np.int32],
    difference: npt.NDArray[np.float64],
) -> Differences | None:
    """Arrange verdicts on the criteria of a pool as `winnow.annotation.rubrics.merging.weighing` has them."""
    if not len(place):
        return None
    signs = np.array([-1.0 if row["importance"] == "pitfall" else 1.0 for row in rows])
    distinct, number = np.unique(comparison, return_inverse=True)
    shape = (len(distinct), len(rows))
    return sparse.csc_array((signs[place] * difference, (number, place)), shape=shape)


def _pooled(row: dict[str, Any]) -> PooledCriterion:
    fields = {name: row[name] for name in PooledCriterion._fields if name in row}
    return PooledCriterion(
        **fields
        | {
            "levels": tuple((level["score"], level["text"]) for level in row["levels"] or ()),
            "requires": tuple(row["requires"] or ()),
            "examples": frozenset(row["examples"]),
        }
    )
