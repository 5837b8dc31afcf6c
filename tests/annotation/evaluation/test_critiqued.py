"""Judges that are right, and whether for the reasons that people give."""

import numpy as np

from winnow.annotation.evaluation.critiqued import MatchedCritique, measure_critiques
from winnow.annotation.rubrics.critiques import match_critiques


def said(annotator: str, item: str, same: np.ndarray) -> MatchedCritique:
    match = match_critiques(same)
    assert match is not None
    return MatchedCritique(annotator, item, match.precision, match.recall, match.f1)


def test_a_judge_that_guesses_is_right_for_other_reasons_nearly_always() -> None:
    draw = np.random.default_rng(3)
    matched = []
    for i in range(200):
        item = str(i)
        matched.append(said("sound", item, np.eye(3, dtype=bool)))
        if (
            draw.random() < 0.5
        ):  # a guess that is right, with arguments that have to do with nothing
            matched.append(said("guesses", item, draw.random((3, 3)) < 0.01))
    found = measure_critiques(matched, {str(i): str(i) for i in range(200)})
    assert found["sound"].f1.value == 1 and found["sound"].other_reasons.value == 0
    assert found["guesses"].other_reasons.value > 0.85
    assert found["guesses"].other_reasons.low is not None
    assert found["guesses"].other_reasons.low > 0.75
    assert 80 < found["guesses"].f1.n < 120


def test_one_argument_of_three_in_common_is_a_reason_in_common() -> None:
    same = np.zeros((3, 3), bool)
    same[0, 1] = True
    found = measure_critiques([said("j", "1", same)], {"1": "p"})["j"]
    assert (found.precision.value, found.recall.value) == (1 / 3, 1 / 3)
    assert found.other_reasons.value == 0
