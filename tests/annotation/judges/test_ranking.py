import json

import pytest

from tests.annotation.toy import respond, view
from winnow.annotation.judge import Reading, Reply, SubjectView
from winnow.annotation.judges import RankingJudge
from winnow.schemas.judgments import Order

BLUE = view("Air scatters blue.", "Paint.")
SHOWN = [respond(BLUE.prompt, text) for text in ("Paint.", "Air scatters blue.", "Who knows?")]
GROUP = SubjectView(
    subject_id="g",
    prompt=BLUE.prompt,
    responses=tuple(SHOWN[i] for i in (2, 0, 1)),
    places=(1, 2, 0),
)
JUDGE = RankingJudge()


def reply(*ranks: object) -> str:
    named = {f"response_{place}": rank for place, rank in enumerate(ranks, 1)}
    return json.dumps({"critique": "so", **named})


def read(said: str, shown: SubjectView = GROUP) -> list[Reading]:
    return list(JUDGE.read(shown, [Reply(text=said)]))


def test_all_responses_are_shown_fenced_and_asked_for_by_place() -> None:
    (question,) = JUDGE.ask(GROUP)
    page = str(question.messages[-1].content)
    assert page.index("Paint.") < page.index("Air scatters blue.") < page.index("Who knows?")
    assert page.count("<response_3-") == 1
    schema = json.loads(question.json_schema or "")
    assert list(schema["properties"]) == ["critique", "response_1", "response_2", "response_3"]
    assert schema["properties"]["response_1"] == {"enum": [1, 2, 3]}


def test_ranks_name_the_responses_and_may_be_shared() -> None:
    paint, blue, nobody = (response.response_id for response in SHOWN)
    found = {reading.of: reading for reading in read(reply(2, 1, 2))}
    assert {of: reading.verdict for of, reading in found.items()} == {
        (nobody, paint): "tie",
        (nobody, blue): "b",
        (paint, blue): "b",
    }
    assert {reading.rationale for reading in found.values()} == {"so"}
    assert {reading.ranking for reading in found.values()} == {(blue, *sorted([paint, nobody]))}


def test_a_rank_as_a_decimal_is_the_rank_as_the_schema_has_it() -> None:
    assert read(reply(2.0, 1.0, 3)) == read(reply(2, 1, 3))


@pytest.mark.parametrize(
    "said", [reply(1, 2), reply(1, 2, 4), reply(1, 2, True), reply(0, 1, 2), "1"]
)
def test_what_does_not_rank_every_response_is_unreadable(said: str) -> None:
    assert read(said) == [Reading(verdict="invalid", rationale=said)]


def test_two_responses_are_a_group_of_two() -> None:
    orders: tuple[Order, ...] = ("ab", "ba")
    for said, verdicts in (
        (reply(1, 2), ["a", "b"]),
        (reply(1, 1), ["tie"] * 2),
        ("no", ["invalid"] * 2),
    ):
        assert [r.verdict for o in orders for r in read(said, BLUE.subject(o))] == verdicts
