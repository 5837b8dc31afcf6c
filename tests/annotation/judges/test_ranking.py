import json

import pytest

from annotation.judges import RankingJudge
from tests.annotation.toy import respond, view

BLUE = view("Air scatters blue.", "Paint.")
SHOWN = [respond(BLUE.prompt, text) for text in ("Paint.", "Air scatters blue.", "Who knows?")]
JUDGE = RankingJudge()


def reply(*ranks: object) -> str:
    named = {f"response_{place}": rank for place, rank in enumerate(ranks, 1)}
    return json.dumps({"critique": "so", **named})


def test_all_responses_are_shown_fenced_and_asked_for_by_place() -> None:
    question = JUDGE.ask_group(BLUE.prompt, SHOWN)
    page = str(question.messages[-1].content)
    assert page.index("Paint.") < page.index("Air scatters blue.") < page.index("Who knows?")
    assert page.count("<response_3-") == 1
    schema = json.loads(question.json_schema)
    assert list(schema["properties"]) == ["critique", "response_1", "response_2", "response_3"]
    assert schema["properties"]["response_1"] == {"enum": [1, 2, 3]}


def test_ranks_name_the_responses_and_may_be_shared() -> None:
    found = JUDGE.read_group(reply(2, 1, 2), SHOWN)
    assert found is not None
    assert [found.rank[r.response_id] for r in SHOWN] == [2, 1, 2]
    assert found.rationale == "so"


def test_a_rank_as_a_decimal_is_the_rank_as_the_schema_has_it() -> None:
    assert JUDGE.read_group(reply(2.0, 1.0, 3), SHOWN) == JUDGE.read_group(reply(2, 1, 3), SHOWN)


@pytest.mark.parametrize(
    "said", [reply(1, 2), reply(1, 2, 4), reply(1, 2, True), reply(0, 1, 2), "1"]
)
def test_what_does_not_rank_every_response_is_unreadable(said: str) -> None:
    assert JUDGE.read_group(said, SHOWN) is None


def test_two_responses_are_a_group_of_two() -> None:
    assert JUDGE.read(reply(1, 2), BLUE, "ab").verdict == "a"
    assert JUDGE.read(reply(1, 2), BLUE, "ba").verdict == "b"
    assert JUDGE.read(reply(1, 1), BLUE, "ab").verdict == "tie"
    assert JUDGE.read("no", BLUE, "ab").verdict == "invalid"
