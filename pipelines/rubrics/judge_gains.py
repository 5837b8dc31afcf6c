"""What judging by rubrics is worth to each judge, over all rubrics together."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import duckdb
import numpy as np

from winnow.annotation.rubrics.proving.difference import gain
from winnow.annotation.rubrics.proving.shares import share
from winnow.schemas.rubrics import MeasuredFigure

_LEANS = """
WITH leans AS (
    SELECT
        rubric_id, place, annotator_id, way,
        coalesce(
            any_value(vote) FILTER (shown = ''),
            (any_value(vote) FILTER (shown = 'ab') + any_value(vote) FILTER (shown = 'ba')) / 2
        ) AS lean
    FROM vote_rows
    GROUP BY ALL
)
SELECT
    w.annotator_id, t.prompt_group, sign(w.lean) * t.sign AS with_it, sign(o.lean) * t.sign AS without
FROM leans AS w
JOIN leans AS o USING (rubric_id, place, annotator_id)
JOIN trials AS t USING (rubric_id, place)
WHERE w.way = 'votes' AND o.way = 'without' AND w.lean IS NOT NULL AND o.lean IS NOT NULL
ORDER BY ALL
"""


class JudgeGain(NamedTuple):
    """What one judge gains by rubrics, on comparisons that it judged both ways; a tie, or a flip with the order, is half right."""

    annotator_id: str
    """The judge."""

    baseline_id: str
    """The same judge without rubrics."""

    accuracy: MeasuredFigure
    """Share that it is right by the rubrics."""

    without: MeasuredFigure
    """Share that it is right without."""

    gain: MeasuredFigure
    """The one less the other, paired, with its interval over prompts."""

    def __str__(self) -> str:
        """Say it in a line."""
        line = f"{self.annotator_id}: {100 * self.gain.value:+.1f} points by rubrics"
        if self.gain.low is not None and self.gain.high is not None:
            line += f" ({100 * self.gain.low:+.1f} to {100 * self.gain.high:+.1f})"
        rates = (100 * self.accuracy.value, 100 * self.without.value)
        return f"{line}: right in {rates[0]:.1f} %, without in {rates[1]:.1f} %, of {self.gain.n:,}"


def judge_gains(
    con: duckdb.DuckDBPyConnection, baselines: Mapping[str, str]
) -> Iterator[JudgeGain]:
    """Measure the gain of each judge that judged both ways.

    Args:
        con: As `winnow.pipelines.rubrics.tried_rubrics.tried_on` lends it.
        baselines: For an annotator that judges by rubrics, the one that judges the same without.
    """
    rows = con.execute(_LEANS).to_arrow_table()
    names = np.array(rows["annotator_id"].to_pylist(), dtype=object)
    groups = np.unique(rows["prompt_group"].to_pylist(), return_inverse=True)[1].astype(np.int64)
    with_it, without = (np.asarray(rows[name], np.float64) for name in ("with_it", "without"))
    for name in sorted(set(names.tolist())):
        mine = names == name
        cluster = np.unique(groups[mine], return_inverse=True)[1]
        figures = (
            share((1 + with_it[mine]) / 2, cluster),
            share((1 + without[mine]) / 2, cluster),
            gain(with_it[mine], without[mine], cluster),
        )
        known = [figure for figure in figures if figure is not None]
        yield JudgeGain(name, baselines[name], *known)
