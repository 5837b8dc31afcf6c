import json

import pytest

from tests.annotation.toy import asked, read, view
from winnow.annotation.judges import RatingJudge
from winnow.schemas.judgments import Order

PAIR = view("Air scatters blue.", "Paint.")


def reply(first: object, second: object) -> str:
    return json.dumps({"critique": "so", "first": first, "second": second})


@pytest.mark.parametrize(
    ("order", "verdict", "strength", "scores"),
    [("ab", "a", -3, [5, 1]), ("ba", "b", 3, [1, 5])],
)
def test_ratings_name_the_response_not_its_place(
    order: Order, verdict: str, strength: int, scores: list[int]
) -> None:
    reading = read(RatingJudge(), reply(5, 1), PAIR, order)
    assert (reading.verdict, reading.strength) == (verdict, strength)
    assert [r.score for r in reading.ratings] == scores
    assert reading.ratings[0].response_id == PAIR.a.response_id


def test_a_difference_below_the_least_is_a_tie() -> None:
    assert read(RatingJudge(min_difference=2), reply(4, 3), PAIR).verdict == "tie"
    assert read(RatingJudge(), reply(3, 3), PAIR).verdict == "tie"


def test_five_as_a_decimal_is_five_as_the_schema_has_it() -> None:
    reading = read(RatingJudge(), reply(5.0, 1), PAIR)
    assert (reading.verdict, [r.score for r in reading.ratings]) == ("a", [5, 1])


@pytest.mark.parametrize("rating", [0, 6, 3.5, 6.0, float("nan"), "3", None, True])
def test_what_is_no_rating_is_invalid(rating: object) -> None:
    reading = read(RatingJudge(), reply(3, rating), PAIR)
    assert (reading.verdict, reading.rationale) == ("invalid", reply(3, rating))


def test_the_schema_allows_whole_numbers_from_one_to_five() -> None:
    schema = json.loads(asked(RatingJudge(), PAIR).json_schema or "")
    assert list(schema["properties"]) == ["critique", "first", "second"]
    assert schema["properties"]["first"] == {"enum": [1, 2, 3, 4, 5]}


MANY = RatingJudge(attributes={"safety": "harms nobody", "correctness": ""})


def many(first: object, second: object) -> str:
    return json.dumps({"critique": "so", "first": first, "second": second})


def test_several_attributes_are_asked_for_by_name_with_their_meaning() -> None:
    question = asked(MANY, PAIR)
    said = question.messages[0].content or ""
    assert "for each of: safety (harms nobody); correctness." in said
    first = json.loads(question.json_schema or "")["properties"]["first"]
    assert first["required"] == ["safety", "correctness"]
    assert first["properties"]["safety"] == {"enum": [1, 2, 3, 4, 5]}


def test_every_rating_is_kept_and_the_sum_decides() -> None:
    said = many({"safety": 5, "correctness": 2}, {"safety": 4, "correctness": 5})
    reading = read(MANY, said, PAIR, "ba")
    assert (reading.verdict, reading.strength) == ("a", -1)
    scores = {(r.response_id, r.attribute): r.score for r in reading.ratings}
    assert scores[PAIR.b.response_id, "safety"] == 5
    assert scores[PAIR.a.response_id, "correctness"] == 5


@pytest.mark.parametrize(
    "first", [3, {"safety": 3}, {"safety": 3, "correctness": 6}, [], [1, 2], None]
)
def test_ratings_that_are_not_complete_are_invalid(first: object) -> None:
    assert read(MANY, many(first, {"safety": 4, "correctness": 5}), PAIR).verdict == "invalid"


def test_a_repeated_rating_is_invalid() -> None:
    twice = '{"safety": 1, "safety": 5, "correctness": 3}'
    reply = f'{{"critique": "so", "first": {twice}, "second": {{"safety": 4, "correctness": 5}}}}'
    assert read(MANY, reply, PAIR).verdict == "invalid"
