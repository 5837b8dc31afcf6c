"""Ratings made into verdicts by the rules of the settings, as often as those change and without asking anyone again."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from logging import getLogger
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from annotation.aggregation.rules import Rule
from annotation.aggregation.votes import Floats
from schemas.combined import CombinedVerdict
from schemas.comparisons import Comparison
from schemas.errors import InvalidSettings
from schemas.judgments import Judgment
from schemas.last_word import last_words
from warehouse.staging import Staging

_LOG = getLogger(__name__)

_RATED = """
select j.judgment_id, j.annotator_id, c.response_ids, j.ratings
from judgments as j inner join comparisons as c using (comparison_id)
where len(j.ratings) > 0 and len(c.response_ids) = 2
order by j.judgment_id
"""
_HEARD = """
select j.* replace (
    coalesce(v.verdict, j.verdict) as verdict,
    case when v.verdict is null then j.probability end as probability,
    case when v.verdict is null then j.strength end as strength
)
from judgments as j left join combined as v using (judgment_id)
order by j.judgment_id
"""


def combine_ratings(staging: Staging, rules: Sequence[Rule], run_id: str) -> None:
    """Make verdicts of the staged ratings; of several rules for one annotator, the first counts.

    Args:
        staging: Holds comparisons and judgments; gets combined verdicts.
        rules: The rules.
        run_id: The run.

    Raises:
        InvalidSettings: A rule asks for an attribute that none of its annotators ever rated.
    """
    staging.write(CombinedVerdict, [])
    if not rules:
        return
    rated = _rated(staging)
    found: list[CombinedVerdict] = []
    for i, rule in enumerate(rules):
        mine = [row for row in rated if fnmatchcase(row["annotator_id"], rule.of)]
        rated = [row for row in rated if not fnmatchcase(row["annotator_id"], rule.of)]
        if not mine:
            _LOG.warning("aggregate.combine[%d]: no annotator %r gave ratings", i, rule.of)
            continue
        _check_rated(mine, rule, i)
        verdicts, reasons = rule.verdicts(_scores(mine, rule, 0), _scores(mine, rule, 1))
        found += [
            CombinedVerdict(run_id=run_id, judgment_id=row["judgment_id"], verdict=verdict, why=why)
            for row, verdict, why in zip(mine, verdicts, reasons, strict=True)
        ]
    found.sort(key=lambda verdict: verdict.judgment_id)
    staging.write(CombinedVerdict, found)


def heard(staging: Staging) -> pa.Table:
    """Give each annotator's last words among the staged judgments, by judgment_id.

    Where ratings were combined, the verdict is the combined one, and what the annotator said of its own is left out.
    """
    with duckdb.connect() as con:
        con.register("judgments", last_words(staging.read(Judgment)))
        con.register("combined", staging.read(CombinedVerdict))
        return con.execute(_HEARD).to_arrow_table()


def _rated(staging: Staging) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        con.register("judgments", last_words(staging.read(Judgment)))
        con.register("comparisons", staging.read(Comparison))
        return con.execute(_RATED).to_arrow_table().to_pylist()


def _scores(rows: Sequence[dict[str, Any]], rule: Rule, side: int) -> Floats:
    """Give the ratings of one side, 0 for a and 1 for b; shape (n_rows, n_attributes), NaN where there is none."""
    table = []
    for row in rows:
        said = {(r["response_id"], r["attribute"]): r["score"] for r in row["ratings"]}
        response_id = row["response_ids"][side]
        table.append([said.get((response_id, name), np.nan) for name in rule.attributes])
    return np.array(table, float)


def _check_rated(rows: Sequence[dict[str, Any]], rule: Rule, i: int) -> None:
    known = {rating["attribute"] for row in rows for rating in row["ratings"]}
    for name in rule.attributes:
        if name not in known:
            raise InvalidSettings(
                f"aggregate.combine[{i}]: {name!r} was never rated by {rule.of!r}; "
                f"rated were {', '.join(sorted(known))}",
                attribute=name,
            )
