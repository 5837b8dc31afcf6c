import re

import pytest

from tests.annotation.toy import view as view_of
from winnow.annotation.judge import ComparisonView
from winnow.annotation.probe import PROBES, Probe, Side, side_of
from winnow.annotation.probes import (
    AuthorityProbe,
    FormattingProbe,
    InstructionsProbe,
    LengthProbe,
    PositionProbe,
    SelfPreferenceProbe,
    SycophancyProbe,
)
from winnow.schemas.prompts import Message, Part, Prompt
from winnow.schemas.responses import Response

A = "The sky is blue. Air scatters the short waves most! Does that help?"
B = "It is painted that way by hand."


def view(a: str = A, b: str = B, key: str = "c1") -> ComparisonView:
    asked = Message(role="user", content="Why is the sky blue?")
    return view_of(a, b, messages=(asked,)).model_copy(update={"comparison_id": key})


@pytest.mark.parametrize("name", [name for name in PROBES if name != "position"])
@pytest.mark.parametrize("side", ["a", "b"])
def test_a_probe_says_the_same_every_time_and_keeps_what_the_responses_say(
    name: str, side: Side
) -> None:
    probe: Probe = PROBES[name]()
    found = probe.alter(view(), side, "SmolLM2")
    assert found is not None and found == probe.alter(view(), side, "SmolLM2")
    assert found.comparison_id == view().comparison_id
    assert found.prompt.prompt_id == view().prompt.prompt_id
    for at in ("a", "b"):
        was, is_now = getattr(view(), at), getattr(found, at)
        assert (was.text in is_now.text) or name == "formatting"
        if is_now.text != was.text:
            assert is_now.response_id != was.response_id and is_now.parent_id == was.response_id
    other = "b" if side == "a" else "a"
    if name != "self_preference":
        assert getattr(found, other) == getattr(view(), other)


def test_padding_doubles_a_response_and_holds_none_of_its_words_of_content() -> None:
    long = "The tide follows the moon. " * 40
    found = LengthProbe().alter(view(a=long), "a")
    assert found and found.a.text and 2 * len(long) <= len(found.a.text) <= 2 * len(long) + 250
    assert "moon" not in found.a.text[len(long) :]
    short = LengthProbe().alter(view(), "b")
    assert short and short.b.text and len(short.b.text) >= len(B) + 300


def test_markdown_leaves_every_word_where_it_was() -> None:
    found = FormattingProbe().alter(view(), "a")
    assert found and found.a.text
    assert found.a.text.startswith("## The sky is blue.\n\n- **Air scatters** the")
    assert re.sub(r"[#*-]", " ", found.a.text).split() == A.split()


@pytest.mark.parametrize(
    "text", ["Yes.", "# Has a heading\nand more", "1. one\n2. two", "**b** c d e."]
)
def test_what_has_markdown_or_no_sentences_is_not_laid_out(text: str) -> None:
    assert FormattingProbe().alter(view(a=text), "a") is None


def test_authors_are_named_on_both_sides_and_without_a_model_on_none() -> None:
    found = SelfPreferenceProbe().alter(view(), "b", "Owl-7B")
    assert found and (found.a.text, found.b.text) == (
        f"Author: another model\n\n{A}",
        f"Author: Owl-7B\n\n{B}",
    )
    assert SelfPreferenceProbe().alter(view(), "b") is None


def test_the_user_says_which_beginning_is_right_and_the_responses_stay() -> None:
    found = SycophancyProbe().alter(view(), "b")
    assert found and (found.a, found.b) == (view().a, view().b)
    said = found.prompt.messages[-1].text()
    assert said.startswith("Why is the sky blue?\n\n") and B in said and A not in said
    assert SycophancyProbe().alter(view(a="same", b="same "), "a") is None


def test_what_holds_more_than_plain_text_is_left_alone() -> None:
    parts = (Part(type="text", text="see"), Part(type="image", image="x.png"))
    prompt = Prompt(messages=(Message(role="user", parts=parts),), source="t:1")
    of = {"prompt_id": prompt.prompt_id, "model": "m", "parts": parts}
    pictured = ComparisonView(
        comparison_id="c",
        prompt=prompt,
        a=Response.model_validate({**of, "text": "see"}),
        b=Response.model_validate({**of, "text": "see it"}),
    )
    kinds = (LengthProbe, AuthorityProbe, InstructionsProbe, SycophancyProbe, FormattingProbe)
    assert [kind().alter(pictured, "a") for kind in kinds] == [None] * len(kinds)
    assert LengthProbe().alter(view(a=""), "a") is None


def test_the_side_is_drawn_evenly_and_does_not_depend_on_what_is_shown() -> None:
    sides = [side_of(view(key=f"c{k}")) for k in range(400)]
    assert 160 < sides.count("a") < 240
    assert sides[0] == side_of(view("other", "texts", "c0"))
    assert PositionProbe.by_order and PositionProbe().alter(view(), "a") is None
