"""The proof on real recorded votes: figures against direct computation from the files."""

import os
from pathlib import Path

import duckdb
import numpy as np
import pytest
from scipy import stats

from bench._llmbar import stage_llmbar
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.pipelines.rubrics.holding_out import held_out
from winnow.pipelines.rubrics.proving import Proven, prove_staged

SHARED = Path(os.environ.get("WINNOW_SHARED", Path(__file__).resolve().parents[4] / "shared"))
FOLDER = SHARED / "data" / "llmbar"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="needs the development sets in ../shared/data"
)

DIRECT = """
WITH said AS (
    SELECT p.prompt, item_id, annotator, criteria,
        CASE WHEN j.verdict = g.verdict THEN 1.0 WHEN j.verdict IN ('a', 'b') THEN -1.0 END AS agrees
    FROM read_parquet(getvariable('folder') || '/judgments.parquet') AS j
    JOIN read_parquet(getvariable('folder') || '/gold.parquet') AS g USING (item_id)
    JOIN read_parquet(getvariable('folder') || '/pairs.parquet') AS p USING (item_id)
),
points AS (
    SELECT prompt, item_id, annotator, (sum(agrees) + 2) / 4 AS points
    FROM said GROUP BY ALL HAVING count(agrees) = 2 AND NOT bool_or(coalesce(criteria = '', false))
)
SELECT w.prompt, w.points AS with_it, o.points AS without
FROM points AS w JOIN points AS o USING (item_id)
WHERE w.annotator = $judge || '/Metrics' AND o.annotator = $judge || '/Vanilla'
"""


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Proven:
    staging, baselines = stage_llmbar(FOLDER, tmp_path_factory.mktemp("llmbar"))
    return prove_staged(
        staging, held_out(staging), ProofThresholds(), "r" * 64, baselines=baselines
    )


def test_the_gain_of_each_judge_is_what_the_file_says(proven: Proven) -> None:
    assert len(proven.gains) == 6
    with duckdb.connect() as con:
        con.execute("SET VARIABLE folder = $folder", {"folder": str(FOLDER)})
        for found in proven.gains:
            judge = found.annotator_id.rpartition("/")[0]
            rows = con.execute(DIRECT, {"judge": judge}).fetchall()
            with_it, without = (np.array([row[i] for row in rows]) for i in (1, 2))
            difference = with_it - without
            assert found.gain.n == len(rows)
            assert found.accuracy.value == pytest.approx(with_it.mean())
            assert found.without.value == pytest.approx(without.mean())
            assert found.gain.value == pytest.approx(difference.mean())
            reach = stats.t.ppf(0.975, len(rows) - 1) * difference.std(ddof=1) / np.sqrt(len(rows))
            assert found.gain.high == pytest.approx(difference.mean() + reach, abs=0.002)


def test_one_comparison_of_its_prompt_proves_no_rubric(proven: Proven) -> None:
    whole = [p for p in proven.proofs if p.criterion_id is None and p.annotator_id is None]
    assert len(whole) == 1155  # three times a judge wrote no question
    assert not any(p.is_kept for p in whole)
    assert {p.n_tried for p in whole} == {1155}
    assert all(
        "0 % of coins would pass" in p.detail for p in whole if p.reason == "not_above_chance"
    )
