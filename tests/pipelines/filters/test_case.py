from pathlib import Path

from tests.pipelines.toy import RUN, answer, ask, compare_two, stage
from winnow.pipelines.filters import Case
from winnow.pipelines.filters.read import read_cases
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.schemas.judgments import Judgment, Rating

PROMPT = ask("Which is larger, a whale or a mouse?")
ONE, OTHER = answer(PROMPT, "A whale."), answer(PROMPT, "A mouse.")
PAIR = compare_two(ONE, OTHER)


def say(verdict: str, who: str = "ann", order: str | None = "ab", **more: object) -> Judgment:
    said = {"annotator_id": who, "kind": "human", "order": order, "verdict": verdict}
    return Judgment.model_validate({"comparison_id": PAIR.comparison_id, **said, **more})


def read(folder: Path, *judgments: Judgment) -> Case:
    staging = stage(folder, PROMPT, ONE, OTHER, PAIR, *judgments)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    (case,) = read_cases(staging)
    return case


def rate(a: float, b: float, attribute: str) -> tuple[Rating, Rating]:
    ids = PAIR.response_ids
    return tuple(
        Rating(response_id=i, attribute=attribute, score=s)
        for i, s in zip(ids, (a, b), strict=True)
    )  # type: ignore[return-value]


def test_a_repeat_in_the_same_order_that_says_something_else_is_torn(tmp_path: Path) -> None:
    (stand,) = read(tmp_path, say("a"), say("b", rationale="on second thoughts")).stands
    assert (stand.is_torn, stand.is_flipped, stand.lean, stand.verdict) == (True, False, 0.0, None)


def test_the_other_order_is_a_flip_and_no_contradiction(tmp_path: Path) -> None:
    (stand,) = read(tmp_path, say("a"), say("b", order="ba")).stands
    assert (stand.is_torn, stand.is_flipped) == (False, True)


def test_an_answer_that_was_replaced_contradicts_nothing(tmp_path: Path) -> None:
    first = say("a")
    (stand,) = read(tmp_path, first, say("b", supersedes=first.judgment_id)).stands
    assert not stand.is_torn


def test_what_was_said_three_times_in_one_order_leans_no_further_than_the_other_order(
    tmp_path: Path,
) -> None:
    repeats = [say("a", rationale=str(i)) for i in range(3)]
    (stand,) = read(tmp_path, *repeats, say("tie", order="ba")).stands
    assert (stand.lean, stand.verdict) == (0.5, "a")


def test_ratings_are_compared_attribute_by_attribute(tmp_path: Path) -> None:
    ratings = (*rate(5, 4, "kind"), *rate(9, 1, "right"), *rate(1, 100, "long"))
    rated, silent = read(tmp_path, say("b", ratings=ratings), say("b", "ben")).stands
    assert (round(rated.rated or 0, 3), silent.rated) == (0.333, None)
    assert (rated.kind, rated.verdict) == ("human", "b")


def test_the_label_brings_its_interval(tmp_path: Path) -> None:
    case = read(tmp_path, say("a"))
    assert case.low is not None
    assert case.high is not None
    assert 0 <= case.low < case.high <= 1
