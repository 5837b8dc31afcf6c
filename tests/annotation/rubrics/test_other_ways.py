"""Rules from reasons, checklists from prompts, nuggets from texts."""

from typing import Any

import pytest

from tests.annotation.rubrics.deriving import NEST, comparison, page, reading, replies, said, why
from tests.pipelines.toy import ask
from winnow.annotation.rubrics.deriving import (
    ChecklistDeriver,
    DerivingView,
    NuggetDeriver,
    ReasoningDeriver,
)
from winnow.schemas.prompts import Message, Prompt

WHY = "The first response says how it is known; the second one hedges about Rooks."


def judged(verdict: Any, text: str = WHY, who: str = "judge") -> Any:
    return said(text, who, kind="llm", verdict=verdict)


def rules(*entries: Any) -> dict[str, list[Any]]:
    return {"rules": list(entries)}


def test_rules_come_from_reasons_that_the_label_bears_out() -> None:
    way, view = ReasoningDeriver(), comparison()
    right, wrong = view.better, "a" if view.better == "b" else "b"
    told = comparison(said=(judged(right), judged(wrong, "I like the shorter one.", "other")))
    (question,) = way.ask(told)
    assert WHY in page(question) and "shorter" not in page(question)
    assert way.ask(comparison(said=(judged(wrong),))) == ()
    assert reading(way, comparison(said=(judged(wrong),))).drafts == ()


def test_a_label_that_says_tie_bears_out_reasons_for_a_tie_alone() -> None:
    tied = judged("tie", "Both say how it is known.", "other")
    told = comparison(better=None, is_tie=True, said=(judged("a"), tied))
    (question,) = ReasoningDeriver().ask(told)
    assert WHY not in page(question) and "Both say" in page(question)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"quote": "says how it is known", "criterion": "Says how its claims are known."}, None),
        ({"quote": "says why it is known", "criterion": "Says how its claims are known."}, "unsupported"),
        ({"quote": "says how it is known", "criterion": "The first response says how it is known."}, "bound_to_example"),
        ({"quote": "says how it is known", "criterion": "The better one is detailed."}, "bound_to_example"),
        ({"quote": "hedges about Rooks", "criterion": "Is sure about Rooks."}, "bound_to_example"),
    ],
)  # fmt: skip
def test_rules_hold_for_any_response_by_itself(entry: Any, reason: str | None) -> None:
    view = comparison(better=None, said=(judged("a"),))
    found = reading(ReasoningDeriver(), view, rules(entry))
    assert [one.reason for one in found.refused] == ([reason] if reason else [])
    assert [s.subject_id for d in found.drafts for s in d.sources] == (
        [] if reason else ["judgment of judge"]
    )


TALK = Prompt(
    messages=(
        Message(role="system", content="Answer in French."),
        Message(role="user", content="Book a table for two."),
        Message(role="assistant", content="Pour quand ?"),
        Message(role="user", content="For Friday, but not at Chez Anne."),
    ),
    tools='[{"name": "book", "parameters": {"guests": "integer"}}]',
    reference="C'est fait.",
    source="toy.jsonl:9",
)


def asked(prompt: Prompt, **more: Any) -> DerivingView:
    return DerivingView(subject_id=prompt.prompt_id, prompt=prompt, **more)


def item(quote: str, criterion: str, turn: Any = 0, importance: Any = "essential") -> Any:
    return {"quote": quote, "criterion": criterion, "turn": turn, "importance": importance}


def test_a_checklist_says_turn_by_turn_what_matters_how_much() -> None:
    way, view = ChecklistDeriver(), asked(TALK)
    (question,) = way.ask(view)
    assert "C'est fait." not in page(question) and "book" in page(question)
    found = reading(
        way,
        view,
        {
            "items": [
                item("Answer in French.", "Is written in French."),
                item('"guests": "integer"', "Calls book for 2 guests.", 2, "important"),
                item("not at Chez Anne", "Books at Chez Anne.", 2, "pitfall"),
            ]
        },
    )
    assert [(d.turn, d.importance, d.weight, d.kind) for d in found.drafts] == [
        (None, "essential", 1.0, "checklist"),
        (2, "important", 0.7, "checklist"),
        (2, "pitfall", 0.9, "checklist"),
    ]
    assert {(s.kind, s.subject_id) for d in found.drafts for s in d.sources} == {
        ("prompt", TALK.prompt_id)
    }


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (item("in German", "Is written in German."), "unsupported"),
        (item("Answer in French.", "Is written in French.", 3), "unsupported"),
        (item("Answer in French.", "Is written in French.", True), "unsupported"),
        (item("Answer in French.", "Is written in French.", "1"), "unsupported"),
        (item("Answer in French.", "Is written in French.", 0, "vital"), "unsupported"),
        (item("Answer in French.", "Says: C'est fait."), "leaks_reference"),
        (item("Answer in French.", "Is it French? Is it polite?"), "compound"),
        ("Is written in French.", "empty"),
    ],
)
def test_an_item_that_the_prompt_does_not_bear_out_is_refused(entry: Any, reason: str) -> None:
    found = reading(ChecklistDeriver(), asked(TALK), {"items": [entry]})
    assert [one.reason for one in found.refused] == [reason] and not found.drafts


def test_turns_that_the_user_takes_within_responses_are_numbered_on() -> None:
    later = tuple(Message(role="user", content=f"And day {i}?") for i in range(38))
    view = asked(TALK, later=later)
    (question,) = ChecklistDeriver().ask(view)
    assert "3. And day 0?" in page(question) and "40. And day 37?" in page(question)
    found = reading(ChecklistDeriver(), view, {"items": [item("And day 37?", "Names day 37.", 40)]})
    assert [d.turn for d in found.drafts] == [40]


PEACE = ask(
    "When was the peace made, and where?",
    reference="In 1648, in Münster.",
    contexts=("The peace of 1648 was signed in Münster and Osnabrück.",),
)


def nugget(text: str, quote: str, criterion: str, importance: str = "essential") -> Any:
    return {"text": text, "quote": quote, "criterion": criterion, "importance": importance}


def test_nuggets_rest_on_words_of_the_text_that_they_name() -> None:
    way, view = NuggetDeriver(), asked(PEACE)
    (question,) = way.ask(view)
    assert page(question).count("Osnabrück") == 1 and "In 1648, in Münster." in page(question)
    found = reading(
        way,
        view,
        {
            "nuggets": [
                nugget("reference", "In 1648", "States that the peace was made in 1648."),
                nugget("document_1", "Osnabrück", "States that it was signed in Osnabrück."),
                nugget("document_1", "In 1648, in", "States that it was in Münster."),
                nugget("document_2", "Osnabrück", "States that it was in Lengerich."),
                nugget("reference", "In 1648", "States that the peace was made in 1649."),
                nugget("reference", "Münster", "States that it was Münster.", "pitfall"),
            ]
        },
    )
    assert [(d.text[-11:-1], d.sources[0].kind, d.sources[0].subject_id) for d in found.drafts] == [
        ("de in 1648", "prompt", PEACE.prompt_id),
        (" Osnabrück", "document", f"{PEACE.prompt_id}:document_1"),
    ]
    assert [one.reason for one in found.refused] == ["unsupported"] * 4
    assert "1649" in found.refused[2].detail


def test_a_prompt_without_texts_is_asked_nothing_and_has_no_nuggets() -> None:
    bare = asked(ask("Why?"))
    assert NuggetDeriver().ask(bare) == ()
    assert reading(NuggetDeriver(), bare).drafts == ()


def test_replies_without_the_list_are_unreadable() -> None:
    for way, view in (
        (ChecklistDeriver(), asked(TALK)),
        (NuggetDeriver(), asked(PEACE)),
        (ReasoningDeriver(), comparison(better=None, said=(judged("a"),))),
    ):
        assert way.read(view, replies('{"list": []}')) is None
    assert why(reading(ChecklistDeriver(), asked(NEST), {"items": []})) == {}
