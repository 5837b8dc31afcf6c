from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.annotation.toy import respond, view
from winnow.annotation.judge import JUDGES, Judge, Question, Reading, Reply, SubjectView, name_of
from winnow.annotation.judges.combined import combine
from winnow.annotation.judges.repeated import RepeatedJudge
from winnow.annotation.ratings import verdict_of_ratings
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.schemas.judgments import Order
from winnow.schemas.prompts import Message

PAIR = view("One.", "Other.")
BY_NUMBER = {"first": 3, "second": 3}


def judge(samples: int, **settings: Any) -> Judge:
    entry = {"model": "toy", "temperature": 0.7, "samples": samples, "judge": "pairwise"}
    return JudgeSettings.model_validate({**entry, **settings}).build()


def said(judge: Judge, texts: Sequence[str], order: Order = "ab") -> Reading:
    (reading,) = judge.read(PAIR.subject(order), [Reply(text=text) for text in texts])
    return reading


def for_(place: str) -> str:
    return f'{{"critique":"so {place}","verdict":"{place}"}}'


@given(st.lists(st.sampled_from(["first", "second", "tie", "?"]), min_size=2, max_size=9))
def test_the_verdict_is_that_of_most_readable_draws_and_the_share_is_the_probability(
    places: list[str],
) -> None:
    reading = said(judge(len(places)), [for_(one) if one != "?" else '{"crit' for one in places])
    votes = Counter(name_of(one, "ab") for one in places if one != "?")
    if not votes:
        assert (reading.verdict, reading.probability) == ("invalid", None)
        assert reading.rationale.endswith('{"crit')
        return
    most = [verdict for verdict, n in votes.items() if n == max(votes.values())]
    assert reading.verdict == (most[0] if len(most) == 1 else "tie")
    assert ("lead alike, which is a tie" in reading.rationale) == (len(most) > 1)
    assert reading.probability == (votes["b"] + votes["tie"] / 2) / votes.total()
    n_lost = places.count("?")
    draws = "1 draw" if n_lost == 1 else f"{n_lost} draws"
    assert (f"{draws} could not be read and took no part" in reading.rationale) == bool(n_lost)


def test_the_rationale_counts_the_votes_and_gives_the_words_of_a_draw_that_is_with_most() -> None:
    reading = said(judge(3), [for_("first"), for_("second"), for_("second")], "ba")
    assert reading.rationale == "3 draws: 2 for a, 1 for b\nso second"
    assert (reading.verdict, reading.probability) == ("a", 1 / 3)


def test_ratings_are_means_with_the_distribution_of_what_was_said_and_their_spread() -> None:
    numbers = [(4, 2), (5, 2), (3, 2), (4, 4)]
    texts = [f'{{"critique":"so","first":{one},"second":{other}}}' for one, other in numbers]
    reading = said(judge(5, judge="rating"), [*texts, "cut {"])
    a, b = reading.ratings
    assert (a.score, b.score) == (4.0, 2.5)
    assert a.distribution and {d.score: d.share for d in a.distribution} == {3: 0.25, 4: 0.5, 5: 0.25}  # fmt: skip
    assert (a.expected, b.expected) == (4.0, 2.5)
    assert reading.rationale.splitlines()[0] == (
        "4 draws: 3 for a, 1 for tie; 1 draw could not be read and took no part; "
        "standard deviation of ratings: a quality 0.71, b quality 0.87"
    )
    assert (reading.verdict, reading.strength, reading.probability) == ("a", -2, 0.125)


def test_one_response_is_rated_by_the_mean_and_has_no_verdict() -> None:
    pointwise = judge(3, judge="rating", pointwise=True)
    prompt = PAIR.prompt
    alone = SubjectView(
        kind="response", subject_id="r", prompt=prompt, responses=(respond(prompt, "One."),), places=(0,)
    )  # fmt: skip
    texts = [f'{{"critique":"so","rating":{n}}}' for n in (1, 2, 5)]
    (reading,) = pointwise.read(alone, [Reply(text=text) for text in texts])
    assert (reading.verdict, reading.probability) == (None, None)
    (rating,) = reading.ratings
    assert rating.score == pytest.approx(8 / 3)
    (lost,) = pointwise.read(alone, [Reply(text="?")] * 3)
    assert lost.verdict == "invalid"


def found_of(verdicts: Sequence[str], text: str = "One.") -> Reading:
    """Let draws say whether a response is correct, "?" being one that cannot be read."""
    prompt = PAIR.prompt.model_copy(update={"reference": "1"})
    alone = SubjectView(
        kind="response", subject_id="r", prompt=prompt, responses=(respond(prompt, text),), places=(0,)
    )  # fmt: skip
    replies = [
        Reply(text=f'{{"critique":"draw {i}","verdict":"{one}"}}' if one != "?" else "")
        for i, one in enumerate(verdicts)
    ]
    (reading,) = judge(len(verdicts), judge="correctness").read(alone, replies)
    return reading


def test_what_a_minority_of_draws_rates_is_not_rated_so_that_no_tie_follows_of_it() -> None:
    a, b = found_of(["invalid"] * 5, "Two."), found_of(["invalid", *["correct"] * 4])
    assert [(r.attribute, r.score) for r in a.ratings] == [("no_valid_answer", 1)]
    assert [(r.attribute, r.score) for r in b.ratings] == [("correctness", 1)]
    assert (
        b.rationale == "5 draws; standard deviation of ratings: correctness 0.00\ncorrect: draw 1"
    )
    ids = [one.ratings[0].response_id for one in (a, b)]
    assert verdict_of_ratings([*a.ratings, *b.ratings], ids) is None


def test_of_one_response_the_words_are_those_of_a_draw_nearest_to_what_is_rated() -> None:
    found = found_of(["incorrect", "invalid", "correct", "?", "correct"])
    assert found.ratings[0].score == pytest.approx(2 / 3)
    assert found.rationale.endswith("correct: draw 2")


def test_where_half_of_the_draws_find_no_answer_the_judgment_is_invalid() -> None:
    found = found_of(["invalid", "correct", "correct", "invalid"])
    assert (found.verdict, found.ratings) == ("invalid", ())
    told = "4 draws; what most rate is nothing: 2 no_valid_answer, 2 correctness\n"
    assert found.rationale.startswith(told)


def test_where_every_draw_states_a_probability_theirs_counts_and_else_the_votes_do() -> None:
    stated = [0.6, 0.7, 0.2]
    said = [(Reading(verdict="b" if p > 0.5 else "a", rationale="", probability=p),) for p in stated]  # fmt: skip
    subject = PAIR.subject("ab")
    (mean,) = combine(subject, said, "draw")
    assert (mean.verdict, mean.probability) == ("b", pytest.approx(0.5))
    unsaid = (said[0][0].model_copy(update={"probability": None}),)
    lost = (Reading(verdict="invalid", rationale=""),)
    assert combine(subject, [unsaid, *said[1:]], "draw")[0].probability == 2 / 3
    assert combine(subject, [lost, *said[1:]], "draw")[0].probability == pytest.approx(0.45)


def test_of_a_group_each_two_are_counted_by_themselves() -> None:
    prompt = PAIR.prompt
    three = tuple(respond(prompt, text) for text in ("One.", "Two.", "Three."))
    group = SubjectView(subject_id="g", prompt=prompt, responses=three, places=(0, 1, 2))
    ranks = [(1, 2, 3), (1, 3, 2), (2, 1, 3)]
    texts = [f'{{"critique":"so","response_1":{x},"response_2":{y},"response_3":{z}}}' for x, y, z in ranks]  # fmt: skip
    readings = judge(3, judge="ranking").read(group, [Reply(text=text) for text in texts])
    assert [one.verdict for one in readings] == ["a", "a", "a"]
    assert [one.probability for one in readings] == [1 / 3, 0, 1 / 3]
    assert readings[0].ranking == tuple(one.response_id for one in three)


class TwoRounds(Judge):
    """Ask for a thought, then for a verdict in view of it."""

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        if len(replies) == 2:
            return ()
        words = f"Decide: {replies[0].text}" if replies else "Think."
        return [Question(messages=(Message(role="user", content=words),))]

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        return [Reading(verdict=name_of(replies[1].text, view.order), rationale=replies[0].text)]


def test_draws_go_through_the_rounds_of_a_judge_side_by_side_and_each_hears_its_own_replies() -> (
    None
):
    drawn, subject = RepeatedJudge(judge=TwoRounds(), samples=3), PAIR.subject("ab")
    first = drawn.ask(subject)
    assert [one.sample for one in first] == [0, 1, 2]
    thoughts = [Reply(text=f"thought {i}") for i in range(3)]
    second = drawn.ask(subject, thoughts)
    assert [one.messages[0].content for one in second] == [f"Decide: thought {i}" for i in range(3)]
    replies = [*thoughts, *(Reply(text=place) for place in ("first", "second", "second"))]
    assert drawn.ask(subject, replies) == []
    (reading,) = drawn.read(subject, replies)
    assert (reading.verdict, reading.rationale) == ("b", "3 draws: 1 for a, 2 for b\nthought 1")
    notes = drawn.transcript(subject, replies)
    assert [(one.role, one.round, one.saw) for one in notes] == [
        *((f"draw {i}", 1, ()) for i in (1, 2, 3)),
        *((f"draw {i}", 2, (i,)) for i in (1, 2, 3)),
    ]
    assert [[r.verdict for r in one.says] for one in notes] == [[], [], [], ["a"], ["b"], ["b"]]


def test_the_first_draw_asks_what_the_judge_asks_alone() -> None:
    (alone,) = judge(1).ask(PAIR.subject("ab"))
    assert judge(4).ask(PAIR.subject("ab"))[0] == alone


def test_draws_without_a_temperature_are_refused_with_the_way_out() -> None:
    with pytest.raises(ValidationError, match=r"samples is 3, but at temperature 0 .*; give a temperature, such as 0.7, or leave samples out"):  # fmt: skip
        JudgeSettings.model_validate({"judge": "pairwise", "model": "toy", "samples": 3})


def test_a_judge_that_draws_is_an_annotator_of_its_own_and_one_draw_is_the_judge_as_it_was() -> (
    None
):
    once = JudgeSettings(judge="pairwise", model="toy", temperature=0.7)
    assert once.model_copy(update={"samples": 1}).annotator_id == once.annotator_id
    thrice = JudgeSettings(judge="pairwise", model="toy", temperature=0.7, samples=3)
    assert thrice.annotator_id != once.annotator_id
    assert thrice.title == once.title == "pairwise@1"
    assert type(once.build()) is JUDGES.find("pairwise")
