import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.annotation.toy import view
from winnow.annotation.judge import Question, Reading, Reply, RubricView, SubjectView
from winnow.annotation.judges import PairwiseJudge
from winnow.schemas.judgments import Order
from winnow.schemas.rubrics import Criterion, Rubric

PAIR = view("Air scatters blue.", "Paint.")
CRITERIA = tuple(
    Criterion(criterion_id=i, rubric_id="sky", kind="checklist", text=i, weight=w, source="ann")
    for i, w in (("names the air", 3.0), ("is brief", 1.0))
)
RUBRIC = RubricView(rubric=Rubric(rubric_id="sky", name="sky", source="ann"), criteria=CRITERIA)
JUDGE = PairwiseJudge(rubric=True)


def by_rubric(order: Order = "ab") -> SubjectView:
    return PAIR.subject(order).model_copy(update={"rubric": RUBRIC})


def asked(about: SubjectView, judge: PairwiseJudge = JUDGE) -> Question:
    (question,) = judge.ask(about)
    return question


def read(criteria: Any, verdict: str = "first", order: Order = "ab") -> Reading:
    reply = json.dumps({"criteria": criteria, "critique": "so", "verdict": verdict})
    (reading,) = JUDGE.read(by_rubric(order), [Reply(text=reply)])
    return reading


def test_criteria_stand_before_the_responses_so_that_both_orders_share_them() -> None:
    pages = [str(asked(by_rubric(order)).messages[-1].content) for order in ("ab", "ba")]
    assert len({page.partition("<first-")[0] for page in pages}) == 1
    assert all("names the air" in page.partition("<first-")[0] for page in pages)
    schema = json.loads(asked(by_rubric()).json_schema or "")
    assert list(schema["properties"]) == ["criteria", "critique", "verdict"]
    assert list(schema["properties"]["criteria"]["properties"]) == ["c1", "c2"]


def test_without_a_rubric_the_questions_are_those_of_the_plain_judge() -> None:
    plain = asked(PAIR.subject("ab"), PairwiseJudge())
    assert asked(PAIR.subject("ab")) == plain
    assert asked(by_rubric(), PairwiseJudge()) == plain


@pytest.mark.parametrize(("order", "met"), [("ab", {"a"}), ("ba", {"b"})])
def test_what_is_said_of_a_place_is_said_of_the_response_that_stands_there(
    order: Order, met: set[str]
) -> None:
    reading = read({"c1": "first", "c2": "both"}, order=order)
    names = {PAIR.a.response_id: "a", PAIR.b.response_id: "b"}
    found = {(c.criterion_id, names[c.response_id]): c.verdict for c in reading.criteria}
    assert {name for (i, name), v in found.items() if i == "names the air" and v == "yes"} == met
    assert {found["is brief", name] for name in "ab"} == {"yes"}
    assert reading.verdict == ("a" if order == "ab" else "b")


@pytest.mark.parametrize("wrong", ["third", True, None, ["first"]])
def test_what_is_unclear_of_one_criterion_is_invalid_and_the_rest_stays(wrong: Any) -> None:
    reading = read({"c1": wrong, "c2": "neither"})
    assert [c.verdict for c in reading.criteria] == ["invalid", "invalid", "no", "no"]
    assert reading.verdict == "a"
    assert {c.verdict for c in read({}).criteria} == {"invalid"}


def test_a_verdict_that_its_own_criteria_contradict_says_so() -> None:
    assert read({"c1": "second", "c2": "first"}).rationale == (
        "inconsistent: by its criteria b is better\nso"
    )
    assert read({"c1": "first", "c2": "second"}).rationale == "so"
    assert read({"c1": "both", "c2": "both"}).rationale == "so"


@pytest.mark.parametrize("reply", ["", '{"critique": "so", "verdict": "first"}'])
def test_a_reply_without_criteria_is_invalid(reply: str) -> None:
    (reading,) = JUDGE.read(by_rubric(), [Reply(text=reply)])
    assert (reading.verdict, reading.criteria) == ("invalid", ())


def test_principles_take_the_place_of_the_guidelines() -> None:
    judge = PairwiseJudge(principles=("The shorter one is better.", "Names are spelt out."))
    said = str(asked(PAIR.subject("ab"), judge).messages[0].content)
    assert "- The shorter one is better.\n- Names are spelt out.\n" in said
    assert "Correct before complete" not in said
    with pytest.raises(ValidationError, match="leave one of them out"):
        PairwiseJudge(principles=("Short.",), guidelines="Long.")
    with pytest.raises(ValidationError, match="give rubric: true"):
        PairwiseJudge(unproven=True)
