"""Figures on real judgments, beside the same computed directly from the rows."""

from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from winnow.annotation.evaluation import Evaluation, evaluate

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not (DATA / "llmbar").is_dir(), reason="needs the development sets in ../shared/data"
)


def tables(name: str) -> tuple[pa.Table, pa.Table, pa.Table]:
    judgments, gold, pairs = (
        pq.read_table(DATA / name / f"{part}.parquet") for part in ("judgments", "gold", "pairs")
    )
    items = pairs.select(["item_id", "prompt", "subset"])
    for side in ("a", "b"):
        items = items.append_column(f"n_chars_{side}", pc.utf8_length(pairs[f"response_{side}"]))
    return judgments.filter(pc.equal(judgments["kind"], "llm")), gold, items


@pytest.fixture(scope="module", params=["llmbar", "pandalm"])
def measured(request: pytest.FixtureRequest) -> tuple[Evaluation, pa.Table, dict[str, str]]:
    judgments, gold, items = tables(request.param)
    known = dict(zip(gold["item_id"].to_pylist(), gold["verdict"].to_pylist(), strict=True))
    return evaluate(judgments, gold, items), judgments, known


def direct(judgments: pa.Table, known: dict[str, str]) -> dict[str, tuple[float, float | None]]:
    """Give accuracy and strict accuracy by judge, in plain Python."""
    said: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for row in judgments.select(["item_id", "annotator", "order", "verdict"]).to_pylist():
        said[row["annotator"]][row["item_id"]][row["order"]] = row["verdict"]
    found = {}
    for judge, by_item in said.items():
        scores, strict = [], []
        for item, verdicts in by_item.items():
            if known[item] == "tie":
                continue
            points = {known[item]: 1.0, "tie": 0.5}
            readable = [points.get(v, 0.0) for v in verdicts.values() if v != "invalid"]
            if readable:
                scores.append(sum(readable) / len(readable))
            if len(readable) == 2:
                strict.append(set(verdicts.values()) == {known[item]})
        found[judge] = (
            sum(scores) / len(scores), sum(strict) / len(strict) if strict else None,
        )  # fmt: skip
    return found


def test_every_judge_has_the_accuracy_that_the_rows_have(
    measured: tuple[Evaluation, pa.Table, dict[str, str]],
) -> None:
    evaluation, judgments, known = measured
    wanted = direct(judgments, known)
    assert len(evaluation.judges) == len(wanted)
    for one in evaluation.judges:
        assert one.accuracy is not None
        found = (one.accuracy.value, one.both_orders and one.both_orders.value)
        assert found == pytest.approx(wanted[one.annotator])


def test_the_best_single_judge_of_llmbar_is_right_in_876_of_1000() -> None:
    judgments, gold, items = tables("llmbar")
    found = evaluate(judgments, gold, items)
    assert found.best == "GPT-4/Vanilla"
    best = found.judges[0]
    assert best.accuracy and round(best.accuracy.value, 3) == 0.876
    assert {p.name: p.accuracy.n for p in best.slices if p.by == "subset"} == {
        "LLMBar/Natural": 100, "LLMBar/Adversarial/Manual": 46, "LLMBar/Adversarial/GPTOut": 47,
    }  # fmt: skip
    assert found.together and found.together.accuracy
    assert found.together.accuracy.value >= 0.87


def test_prompts_of_pandalm_with_several_comparisons_widen_its_intervals() -> None:
    judgments, gold, items = tables("pandalm")
    found = evaluate(judgments, gold, items)
    alone = evaluate(judgments, gold, items.drop_columns(["prompt"]))
    assert (found.n_prompts, alone.n_prompts) == (170, 999)
    wide, narrow = found.judges[0].accuracy, alone.judges[0].accuracy
    assert wide and narrow and (round(wide.value, 3), wide.n) == (0.803, 882)
    assert wide.high - wide.low > narrow.high - narrow.low
