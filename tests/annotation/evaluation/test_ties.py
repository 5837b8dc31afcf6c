import numpy as np
import pytest

from tests.annotation.evaluation.made_up import judgments, known, said
from winnow.annotation.evaluation.items import Items
from winnow.annotation.evaluation.scores import score_cases
from winnow.annotation.evaluation.ties import TiesScore, score_ties

# One question, asked with one correct response (ref) and with two (tied), each against one incorrect response.
CASES = ["ref:0", "tied:0", "tied:0"]


def labelled() -> Items:
    return known(
        {"r": "a", "s": "a", "t": "a"},
        case=CASES, correct=[0, 0, 1], incorrect=[0, 0, 0], subset=["Ties"] * 3,
    )  # fmt: skip


def scored(lean: list[float], ratings: list[tuple[float, float]] | None = None) -> TiesScore:
    rows = [(i, "j", None, "a") for i in "rst"]
    more = (
        {"score_a": [a for a, _ in ratings], "score_b": [b for _, b in ratings]} if ratings else {}
    )
    one = said(judgments(*rows, **more), labelled())
    scores = score_cases(one.item, np.array(lean), labelled())
    found = score_ties(scores, one, labelled())
    assert found is not None
    return found


def test_verdicts_alone_tell_the_two_accuracies() -> None:
    assert scored([1, 1, 0]) == TiesScore(
        tied=0.0, ref=1.0, preferred=None, preferred_hard=None, margin=None
    )
    assert scored([1, 1, 0]).total == 0.5


def test_ratings_tell_whether_correct_ones_come_out_alike() -> None:
    found = scored([1, 1, 1], [(5, 4), (5, 2), (4, 2)])
    # Correct ones of "tied": 5 and 4, spread 1; gap to the incorrect one 4 - 2 = 2; gap of "ref" 5 - 4 = 1.
    assert (found.preferred, found.preferred_hard) == (1.0, 0.0)
    assert found.margin == pytest.approx(np.tanh(1 / 1 - 1))
    assert found.total == pytest.approx(0.3 + 0.3 + 0.2)


def test_correct_ones_rated_alike_have_the_widest_margin() -> None:
    assert scored([1, 1, 1], [(5, 4), (5, 2), (5, 2)]).total == pytest.approx(1.01)


def test_a_subset_that_lacks_one_kind_of_question_has_no_score_of_its_own() -> None:
    items = known({"s": "a"}, case=["tied:0"], correct=[0], incorrect=[0], subset=["Ties"])
    scores = score_cases(np.array([0]), np.ones(1), items)
    assert score_ties(scores, None, items) is None
