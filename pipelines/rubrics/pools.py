"""The criteria that are to be merged, with all that they rest on, ordered by what their rubric will be for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winnow.annotation.rubrics.merging.pooled import PooledCriterion
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

Verdicts = Mapping[str, Mapping[str, float]]
"""By criterion_id and comparison_id, how far the better response meets the criterion more than the other, -1 to 1."""

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
SELECT better.criterion_id, l.comparison_id, better.met - worse.met AS difference
FROM (
    SELECT comparison_id, response_ids[if(verdict = 'a', 1, 2)] AS chosen, response_ids[if(verdict = 'a', 2, 1)] AS rejected
    FROM labelled JOIN comparisons USING (comparison_id) SEMI JOIN to_weigh USING (comparison_id)
    WHERE verdict IN ('a', 'b') AND len(response_ids) = 2
) l
JOIN met better ON better.response_id = l.chosen
JOIN met worse ON worse.response_id = l.rejected AND worse.criterion_id = better.criterion_id
"""


class CriteriaPool(NamedTuple):
    """All criteria for one prompt, one domain or everything."""

    prompt_id: str | None
    """The one prompt that they are for."""

    domain: str | None
    """The one domain that they are for."""

    rows: list[dict[str, Any]]
    """Columns of `Criterion`, `name` and `derived_from` of the rubric, `examples` and `n_sources`; by criterion_id."""

    def criteria(self) -> list[PooledCriterion]:
        """Give the criteria as they are pooled."""
        return [_pooled(row) for row in self.rows]

    def differences(self, verdicts: "Verdicts") -> npt.NDArray[np.float64] | None:
        """Arrange verdicts as `winnow.annotation.rubrics.merging.weighing` has them; None where there are none."""
        own = [verdicts.get(row["criterion_id"], {}) for row in self.rows]
        comparisons = sorted({comparison for one in own for comparison in one})
        if not comparisons:
            return None
        signs = [-1.0 if row["importance"] == "pitfall" else 1.0 for row in self.rows]
        columns = [
            [sign * one.get(comparison, np.nan) for comparison in comparisons]
            for sign, one in zip(signs, own, strict=True)
        ]
        return np.array(columns).T


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

    def verdicts(self, criterion_ids: pa.Array) -> "Verdicts":
        """Read what is known of some criteria on comparisons whose better response is known."""
        if not self._verdicts.exists():
            return {}
        with duckdb.connect() as con:
            con.register("wanted", pa.table({"criterion_id": criterion_ids}))
            rows = con.execute(
                f"FROM {parquet([self._verdicts])} SEMI JOIN wanted USING (criterion_id) ORDER BY comparison_id"
            ).fetchall()
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for criterion_id, comparison_id, difference in rows:
            found[criterion_id][comparison_id] = difference
        return found


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
        con.register("in_force", _in_force(staging))
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
            con.register("to_weigh", pa.table({"comparison_id": ids}))
            con.execute(KNOWN_LABELS_SQL)
            con.execute(
                f"COPY ({_DIFFERENCES}) TO {quote(str(scratch / 'verdicts.parquet'))} (FORMAT parquet)"
            )
    return pools


def _in_force(staging: Staging) -> pa.Table:
    """List the criteria that may be used, proven or not."""
    sources = staging.read(CriterionSource)
    views = in_force(
        Rubric.from_table(staging.read(Rubric)),
        Criterion.from_table(staging.read(Criterion)),
        CriterionSource.from_table(sources.filter(pc.equal(sources["kind"], "criterion"))),
        Proof.from_table(staging.read(Proof)),
        unproven=True,
    )
    ids = [one.criterion_id for view in views for one in view.criteria]
    return pa.table({"criterion_id": pa.array(ids, pa.string())})


def pools_in(batch: pa.Table) -> Iterator[CriteriaPool]:
    """Take rows of whole pools apart."""
    targets = batch["target"].to_numpy()
    begins = np.flatnonzero(np.diff(targets, prepend=-1))
    rows = batch.to_pylist()
    for begin, end in pairwise([*begins, len(rows)]):
        some = rows[begin:end]
        yield CriteriaPool(some[0]["for_prompt"], some[0]["for_domain"], some)


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
