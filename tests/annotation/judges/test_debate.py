import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.annotation.toy import view
from winnow.annotation.judge import Judge, Reply
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.schemas.judgments import Order

ALPHA, BETA = "alpha bravo charlie delta echo foxtrot", "golf hotel india juliett kilo lima"
PAIR = view(ALPHA, BETA)
VERDICT = '{"critique":"so","verdict":"second"}'


def debate(**settings: Any) -> Judge:
    return JudgeSettings.model_validate({"judge": "debate", "model": "toy", **settings}).build()


def quote(of: str, words: str) -> Reply:
    return Reply(text=json.dumps({"reason": "secret thought", "of": of, "quote": words}))


SOUND = [
    quote("first", "bravo charlie"), quote("second", "golf hotel"),
    quote("second", "kilo"), quote("first", "foxtrot"),
]  # fmt: skip


def page(judge: Judge, *replies: Reply, order: Order = "ab") -> str:
    (question,) = judge.ask(PAIR.subject(order), replies)
    return question.messages[-1].text()


def test_the_judge_sees_the_quotes_in_turn_and_no_other_word_of_the_responses() -> None:
    judge = debate(advocate="small")
    assert [judge.model_in(n) for n in range(1, 6)] == [*["small"] * 4, None]
    told = page(judge, *SOUND)
    seen = set(re.findall("[a-z]+", told))
    assert seen.isdisjoint({"alpha", "delta", "echo", "india", "juliett", "lima", "secret", "thought"})  # fmt: skip
    places = [told.index(words) for words in ("bravo charlie", "golf hotel", "kilo", "foxtrot")]
    assert places == sorted(places)
    assert "Why?" in told  # the prompt itself


@given(st.lists(st.sampled_from(["alpha", "delta echo", "golf", "lima", "alpha bravo", "none"]), min_size=4, max_size=4))  # fmt: skip
def test_whatever_is_quoted_the_judge_sees_as_much_of_each_side_and_nothing_else(
    quotes: list[str],
) -> None:
    replies = [quote("first" if words in ALPHA else "second", words) for words in quotes]
    asked = debate().ask(PAIR.subject("ab"), replies)
    notes = debate().transcript(PAIR.subject("ab"), replies)
    seen = [words for words, note in zip(quotes, notes, strict=True) if not note.note]
    sides = [i % 2 for i, note in enumerate(notes) if not note.note]
    assert sides.count(0) == sides.count(1)
    assert "none" not in seen and len(set(seen)) == len(seen)
    assert bool(asked) == bool(seen)
    if asked:
        told = asked[0].messages[-1].text().partition("Quote 1")[2]
        words = set(re.findall("[a-z]+", " ".join(seen)))
        assert set(re.findall("[a-z]+", told)) & set(f"{ALPHA} {BETA}".split()) == words


def test_advocates_see_both_responses_and_what_was_quoted_before_and_no_ones_thoughts() -> None:
    told = page(debate(), SOUND[0])
    assert ALPHA in told and BETA in told
    assert "Quote 1, brought by the advocate of the first response, from the first response" in told
    assert "secret" not in told
    (first,) = debate().ask(PAIR.subject("ab"))
    assert "You speak for the first response" in first.messages[0].text()
    (second,) = debate().ask(PAIR.subject("ab"), SOUND[:1])
    assert "You speak for the second response" in second.messages[0].text()


def test_in_the_other_order_the_other_response_speaks_first_and_verdicts_name_the_response() -> (
    None
):
    swapped = {"first": "second", "second": "first"}
    replies = [quote(swapped[json.loads(r.text)["of"]], json.loads(r.text)["quote"]) for r in SOUND]
    replies = [replies[1], replies[0], replies[3], replies[2], Reply(text=VERDICT)]
    (ba,) = debate().read(PAIR.subject("ba"), replies)
    (ab,) = debate().read(PAIR.subject("ab"), [*SOUND, Reply(text=VERDICT)])
    assert (ab.verdict, ba.verdict) == ("b", "a")  # it turns with the order, which shows
    assert ab.rationale == "the judge saw 2 quotes of each side\nso"


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (quote("first", "words that nobody said"), "not in the response"),
        (quote("second", "bravo"), "not in the response"),
        (quote("first", "  "), "not in the response"),
        (quote("first", "Bravo"), "not in the response"),
        (quote("first", "charlie"), "repeated"),
        (Reply(text='{"reason":"","of":"first","quo'), "unreadable"),
        (Reply(text=""), "unreadable"),
        (quote("third", "bravo"), "unreadable"),
        (Reply(text='{"reason":"","of":["first"],"quote":"bravo"}'), "unreadable"),
    ],
)
def test_a_turn_that_brings_nothing_costs_the_other_side_one_too(reply: Reply, fault: str) -> None:
    replies = [SOUND[0], SOUND[1], reply, SOUND[3], Reply(text=VERDICT)]
    notes = debate().transcript(PAIR.subject("ab"), replies)
    assert [one.note for one in notes] == ["", "", fault, "more than the other side brought", ""]
    assert notes[-1].saw == (1, 2)
    (reading,) = debate().read(PAIR.subject("ab"), replies)
    assert reading.rationale.startswith(
        f"the judge saw 1 quote of each side; turns that count for nothing: first {fault}\n"
    )


def test_where_a_side_brings_nothing_nobody_judges() -> None:
    replies = [SOUND[0], Reply(text="?"), SOUND[3], quote("first", "nothing")]
    assert debate().ask(PAIR.subject("ab"), replies) == ()
    (reading,) = debate().read(PAIR.subject("ab"), replies)
    assert reading.verdict == "invalid"


@pytest.mark.parametrize("text", ['{"critique":"so","verd', '{"critique":"so","verdict":"both"}', "first", ""])  # fmt: skip
def test_an_unreadable_judge_is_invalid_with_its_words(text: str) -> None:
    (reading,) = debate().read(PAIR.subject("ab"), [*SOUND, Reply(text=text)])
    assert (reading.verdict, reading.rationale) == ("invalid", text)


def test_an_odd_number_of_quotes_is_refused() -> None:
    with pytest.raises(ValidationError, match="evidence is 3, but each side has as many turns"):
        debate(evidence=3)
