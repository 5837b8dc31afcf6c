import json
from string import Template
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.annotation.toy import respond, view
from winnow.annotation import templates
from winnow.annotation.judge import Judge, Reading, Reply, SubjectView
from winnow.pipelines.labelling.settings import JudgeSettings

PROMPT = view("", "").prompt
PRO, CONTRA = '{"points":["clear"]}', '{"points":["too long"]}'


def advocates(**settings: Any) -> Judge:
    return JudgeSettings.model_validate({"judge": "advocates", "model": "toy", **settings}).build()


def alone(text: str = "One.") -> SubjectView:
    response = respond(PROMPT, text)
    return SubjectView(
        kind="response", subject_id="r", prompt=PROMPT, responses=(response,), places=(0,)
    )


def verdict(place: str) -> str:
    return json.dumps({"critique": f"a {place}", "verdict": place})


def look(overturn: str, reason: str = "") -> str:
    return json.dumps({"reason": reason, "overturn": overturn})


def said(*texts: str) -> Reading:
    (reading,) = advocates().read(alone(), [Reply(text=text) for text in texts])
    return reading


def test_neither_advocate_sees_what_the_other_finds_and_the_judge_sees_both() -> None:
    judge = advocates(advocate="small")
    pro, contra = judge.ask(alone())
    assert "list its strengths" in pro.messages[0].text()
    assert "list its flaws" in contra.messages[0].text()
    assert judge.model_in(1) == "small" and judge.model_in(2) is None
    heard = [Reply(text=PRO), Reply(text=CONTRA)]
    (decide,) = judge.ask(alone(), heard)
    told = decide.messages[-1].text()
    assert "- clear" in told and "- too long" in told
    (again,) = judge.ask(alone(), [*heard, Reply(text=verdict("pass"))])
    assert "a pass" in again.messages[2].text() and told == again.messages[1].text()


@pytest.mark.parametrize(
    ("first", "second", "score", "note"),
    [
        ("pass", look("no"), 1, ""),
        ("pass", look("yes", "it is false"), 0, "overturned"),
        ("fail", look("yes", "it is true"), 1, "overturned"),
        ("pass", look("yes", "  "), 1, "overturned without a reason; the verdict stands"),
        ("fail", look("maybe", "?"), 0, "the second look cannot be read; the verdict stands"),
        ("fail", '{"reason":"an error', 0, "the second look cannot be read; the verdict stands"),
    ],
)
def test_a_verdict_is_overturned_only_with_a_reason(
    first: str, second: str, score: float, note: str
) -> None:
    replies = (PRO, CONTRA, verdict(first), second)
    reading = said(*replies)
    (rating,) = reading.ratings
    assert (reading.verdict, rating.attribute, rating.score) == (None, "passes", score)
    assert reading.rationale.startswith(note)
    notes = advocates().transcript(alone(), [Reply(text=text) for text in replies])
    assert [(one.role, one.round, one.saw) for one in notes] == [
        ("advocate of strengths", 1, ()),
        ("advocate of flaws", 1, ()),
        ("judge", 2, (1, 2)),
        ("reflection", 3, (1, 2, 3)),
    ]
    assert notes[-1].note == note
    assert [one.says[0].ratings[0].score for one in notes[2:]] == [float(first == "pass"), score]


@pytest.mark.parametrize("text", ["", '{"critique":"so","ver', '{"critique":"so","verdict":"good"}', '{"critique":1,"verdict":"pass"}', '{"critique":"so","verdict":["pass"]}'])  # fmt: skip
def test_a_judge_that_cannot_be_read_is_invalid_and_looks_at_nothing_again(text: str) -> None:
    heard = [Reply(text=PRO), Reply(text=CONTRA), Reply(text=text)]
    assert advocates().ask(alone(), heard) == ()
    reading = said(PRO, CONTRA, text)
    assert (reading.verdict, reading.rationale, reading.ratings) == ("invalid", text, ())


def test_an_advocate_may_find_nothing_and_one_that_cannot_be_read_makes_it_invalid() -> None:
    assert said('{"points":[]}', CONTRA, verdict("fail"), look("no")).rationale == "a fail"
    for heard, what in ((("?", CONTRA), "strengths"), ((PRO, "?"), "flaws")):
        assert advocates().ask(alone(), [Reply(text=text) for text in heard]) == ()
        reading = said(*heard)
        assert (reading.verdict, reading.ratings) == ("invalid", ())
        assert reading.rationale == f"the list of {what} could not be read\n?"
        notes = advocates().transcript(alone(), [Reply(text=text) for text in heard])
        assert [one.note for one in notes].count("unreadable") == 1


def test_without_the_second_look_the_judge_has_the_last_word() -> None:
    judge = advocates(reflection=False)
    heard = [Reply(text=text) for text in (PRO, CONTRA, verdict("pass"))]
    assert judge.ask(alone(), heard) == ()


def placeholders() -> list[str]:
    names = ("panel_exchange", "debate_advocate", "debate_judge", "advocates_points", "advocates_judge", "advocates_reflection", "pairwise")  # fmt: skip
    prompts: list[Template] = [templates.load_prompt(name) for name in names]
    found = {name for prompt in prompts for name in prompt.get_identifiers()}
    return [mark for name in sorted(found) for mark in (f"${name}", f"${{{name}}}", f"{{{name}}}")]


@given(st.lists(st.sampled_from([*placeholders(), "$", "$$", "{positive}", "<query>"]), min_size=1, max_size=6))  # fmt: skip
def test_placeholders_in_a_response_or_in_a_reply_stay_as_they_are(marks: list[str]) -> None:
    text = " ".join(marks)
    points = json.dumps({"points": [text]})
    subject = alone(text)
    judge = advocates(guidelines=f"- Good. {text}")
    heard = [Reply(text=points), Reply(text=points), Reply(text=verdict("pass"))]
    for n in (0, 2, 3):
        for question in judge.ask(subject, heard[:n]):
            assert text in question.messages[0].text()  # the guidelines
            assert f"\n{text}\n" in question.messages[1].text()  # the response
    (decide,) = judge.ask(subject, heard[:2])
    assert decide.messages[1].text().count(f"- {text}") == 2
    pair = view(text, f"Other {text}").subject("ab")
    panel = {"judge": "panel", "model": "toy", "members": [{}, {"role": text}], "exchanges": 1}
    debate = {"judge": "debate", "model": "toy", "guidelines": text}
    replies = [Reply(text=json.dumps({"critique": text, "verdict": place})) for place in ("first", "tie")]  # fmt: skip
    asked = [
        *JudgeSettings.model_validate(panel).build().ask(pair),
        *JudgeSettings.model_validate(debate).build().ask(pair),
    ]
    for question in asked:
        assert f"\n{text}\n" in question.messages[1].text()
        assert f"\nOther {text}\n" in question.messages[1].text()
    one, other = JudgeSettings.model_validate(panel).build().ask(pair, replies)
    assert f"Your part: {text}" in other.messages[0].text()
    assert replies[1].text in one.messages[3].text()
