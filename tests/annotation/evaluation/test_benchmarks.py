import numpy as np
import pytest

from tests.annotation.evaluation.made_up import known
from winnow.annotation.evaluation.benchmarks import SECTIONS, benchmark_parts
from winnow.annotation.evaluation.scores import score_cases


def parts(subsets: list[str], right: list[bool]) -> dict[str, float]:
    labelled = known({str(k): "a" for k in range(len(subsets))}, subset=subsets)
    lean = np.array([1.0 if r else -1.0 for r in right])
    scores = score_cases(np.arange(len(right)), lean, labelled)
    return {p.name: p.score.value for p in benchmark_parts(scores, labelled, "rewardbench", None)}


def test_math_weighs_as_much_as_all_code_in_reasoning() -> None:
    found = parts(["math-prm"] * 2 + ["hep-go", "hep-rust"] * 3, [True] * 2 + [False] * 6)
    assert found == {"Reasoning": pytest.approx(0.5)}


def test_a_section_is_the_mean_over_its_comparisons() -> None:
    found = parts(["alpacaeval-easy"] * 3 + ["mt-bench-med"], [True, True, True, False])
    assert found == {"Chat": pytest.approx(0.75)}


def test_the_score_is_the_mean_of_all_four_sections() -> None:
    found = parts(
        ["mt-bench-easy", "mt-bench-hard", "donotanswer", "math-prm", "hep-cpp"],
        [True, False, True, True, False],
    )
    assert found["RewardBench"] == pytest.approx((1 + 0 + 1 + 0.5) / 4)


def test_sections_share_no_subset() -> None:
    named = [subset for subsets in SECTIONS.values() for subset in subsets]
    assert len(named) == len(set(named)) == 23
