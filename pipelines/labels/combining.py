"""Ratings made into verdicts by the rules of the settings, as often as those change and without asking anyone again."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from logging import getLogger
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.rules import Rule
from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.labels.said import coded, read_said
from winnow.pipelines.labels.stated import probabilities_of_ratings
from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import last_words
from winnow.warehouse.staging import Staging

_LOG = getLogger(__name__)

_Scores = Mapping[tuple[str, str], float]
"""Ratings by response_id and attribute."""

_RATED = """
select j.judgment_id, j.annotator_id, c.response_ids, j.ratings
from judgments as j left join comparisons as c on c.comparison_id = j.comparison_id and len(c.response_ids) = 2
where len(j.ratings) > 0
order by j.judgment_id
"""
_HEARD = """
select {columns}
from judgments as j left join combined as v using (judgment_id) left join of_ratings as r using (judgment_id)
"""
_NONE = pa.Table.from_batches(
    [],
    pa.schema([("judgment_id", pa.string()), ("probability", pa.float64())]),
)
"""Made without arrays, for which Arrow would import pandas."""
_COMBINED = {
    "verdict": "coalesce(v.verdict, j.verdict) as verdict",
    "probability": "case when v.verdict is null then coalesce(j.probability, r.probability) end as probability",
    "strength": "case when v.verdict is null then j.strength end as strength",
}


def combine_ratings(staging: Staging, rules: Sequence[Rule], run_id: str) -> list[str]:
    """Make verdicts of the staged ratings; of several rules for one annotator, the first counts.

    Args:
        staging: Holds comparisons and judgments; gets combined verdicts.
        rules: The rules.
        run_id: The run.

    Returns:
        judgment_id of what verdicts rest on beside the judgments that got them.

    Raises:
        InvalidSettings: A rule asks for an attribute that none of its annotators ever rated.
    """
    staging.write(CombinedVerdict, [])
    if not rules:
        return []
    everything = _rated(staging)
    rated = [row for row in everything if row["response_ids"]]
    found: list[CombinedVerdict] = []
    used: set[str] = set()
    for i, rule in enumerate(rules):
        mine = [row for row in rated if fnmatchcase(row["annotator_id"], rule.of)]
        rated = [row for row in rated if not fnmatchcase(row["annotator_id"], rule.of)]
        if not mine:
            _LOG.warning("aggregate.combine[%d]: no annotator %r gave ratings", i, rule.of)
            continue
        others = _of_others(everything, mine, rule, i)
        _check_rated([*mine, *others], rule, i)
        means = _means(others)
        sides = (_scores(mine, means, rule, side) for side in (0, 1))
        found += [
            CombinedVerdict(run_id=run_id, judgment_id=row["judgment_id"], verdict=verdict, why=why)
            for row, verdict, why in zip(mine, *rule.verdicts(*sides), strict=True)
        ]
        used.update(row["judgment_id"] for row in others)
    found.sort(key=lambda verdict: verdict.judgment_id)
    staging.write(CombinedVerdict, found)
    return sorted(used)


def heard_whole(staging: Staging) -> pa.Table:
    """Do what `heard` does for all columns of the judgments table, none of them a dictionary."""
    schema = Judgment.arrow_schema()
    return heard(staging, schema.names).cast(schema)


def heard(staging: Staging, columns: Sequence[str]) -> pa.Table:
    """Read each annotator's last words on comparisons among the staged judgments, in any order; see `said.read_said`.

    Where ratings were combined, the verdict is the combined one, and what the annotator said of its own is left out.
    Else the distributions of ratings stand for a probability that was not given.

    Args:
        staging: Holds judgments and combined verdicts.
        columns: Columns of the judgments table to read.
    """
    combined = staging.read(CombinedVerdict, ("judgment_id", "verdict"))
    # What ratings say of a verdict's probability is worked out only where somebody reads it.
    of_ratings = probabilities_of_ratings(staging, combined) if "probability" in columns else _NONE
    if not combined.num_rows and not of_ratings.num_rows:
        return read_said(staging, columns)
    selected = ", ".join(_COMBINED.get(name, f'j."{name}"') for name in columns)
    with duckdb.connect() as con:
        con.register("judgments", read_said(staging, dict.fromkeys((*columns, "judgment_id"))))
        con.register("combined", combined)
        con.register("of_ratings", of_ratings)
        found = con.execute(_HEARD.format(columns=selected)).to_arrow_reader()
        return coded((pa.Table.from_batches([batch]) for batch in found), columns)


def _rated(staging: Staging) -> list[dict[str, Any]]:
    """Read every judgment with ratings; response_ids is null where its subject is no comparison of two."""
    with duckdb.connect() as con:
        con.register("judgments", last_words(staging.read(Judgment)))
        con.register("comparisons", staging.read(Comparison))
        return con.execute(_RATED).to_arrow_table().to_pylist()


def _of_others(
    everything: Sequence[dict[str, Any]], mine: Sequence[dict[str, Any]], rule: Rule, i: int
) -> list[dict[str, Any]]:
    """Collect what the rule's further annotators said of responses that it compares."""
    compared = {response_id for row in mine for response_id in row["response_ids"]}
    found = []
    for pattern in rule.also:
        rows = [row for row in everything if fnmatchcase(row["annotator_id"], pattern)]
        if not rows:
            _LOG.warning("aggregate.combine[%d].also: no annotator %r gave ratings", i, pattern)
        found += rows
    by_id = {row["judgment_id"]: row for row in found}
    return [
        row
        for row in by_id.values()
        if any(rating["response_id"] in compared for rating in row["ratings"])
    ]


def _means(rows: Sequence[dict[str, Any]]) -> _Scores:
    """Return the mean rating of each response on each attribute."""
    scores: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for (response_id, attribute), score in _said(row).items():
            scores.setdefault((response_id, attribute), []).append(score)
    return {key: float(np.mean(said)) for key, said in scores.items()}


def _scores(rows: Sequence[dict[str, Any]], others: _Scores, rule: Rule, side: int) -> Floats:
    """Return the ratings of one side, 0 for a and 1 for b; shape (n_rows, n_attributes), NaN where there is none."""
    table = []
    for row in rows:
        own, response_id = _said(row), row["response_ids"][side]
        # Of two responses, both ratings on an attribute are from one source.
        rated = {attribute for _, attribute in own}
        sources = [own if name in rated else others for name in rule.attributes]
        keys = [(response_id, name) for name in rule.attributes]
        table.append([said.get(key, np.nan) for said, key in zip(sources, keys, strict=True)])
    return np.array(table, float)


def _said(row: dict[str, Any]) -> _Scores:
    return {(r["response_id"], r["attribute"]): r["score"] for r in row["ratings"]}


def _check_rated(rows: Sequence[dict[str, Any]], rule: Rule, i: int) -> None:
    known = {rating["attribute"] for row in rows for rating in row["ratings"]}
    for name in rule.attributes:
        if name not in known:
            who = " or ".join(map(repr, (rule.of, *rule.also)))
            raise InvalidSettings(
                f"aggregate.combine[{i}]: {name!r} was never rated by {who}; "
                f"rated were {', '.join(sorted(known))}",
                attribute=name,
            )
