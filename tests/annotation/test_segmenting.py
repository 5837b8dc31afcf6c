"""Responses cut into steps: nothing is lost, and what belongs together stays together."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.annotation.segmenting import Rule, cut, segment
from winnow.schemas.prompts import Message, ToolCall
from winnow.schemas.responses import Response, StepStart
from winnow.schemas.step_spans import turns_of, turns_until

RULES: list[Rule] = ["paragraphs", "lines", "numbered", "tags", "turns"]
PIECES = ["a", " ", "\n", "\n\n", "```", "~~~", "$$", "\\[", "\\]", "- b", "1. c", "Step 1:", "<step>", "</step>",
          "\\begin{align}", "\\end{align}", "| d |", "\r\n", "\U0001f680", "  "]  # fmt: skip


def steps(text: str, rule: Rule) -> list[str]:
    starts = [*cut(text, rule), len(text)]
    return [text[a:b] for a, b in pairwise(starts)]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(RULES))
def test_steps_behind_one_another_are_the_text_and_none_is_blank(text: str, rule: Rule) -> None:
    found = steps(text, rule)
    assert "".join(found) == text
    assert all(step.strip() for step in found) or not text.strip()
    response = Response(prompt_id="p", text=text, model="m")
    spans = segment(response, rule)
    said = [turns_of(response.as_turns(), span) for span in spans]
    assert "".join(turn.text() for turns in said for turn in turns) == text
    whole = [turns_until(response.as_turns(), span) for span in spans]
    assert [turns[-1].text() if turns else "" for turns in whole] == [
        "".join(found[: i + 1]) for i in range(len(found))
    ]


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("paragraphs", "One.\n\n\nTwo.\n  \nThree.", ["One.\n\n\n", "Two.\n  \n", "Three."]),
        ("paragraphs", "\n\nOne.\nstill\n\nTwo.\n\n", ["\n\nOne.\nstill\n\n", "Two.\n\n"]),
        ("paragraphs", "So:\n\n```py\na = 1\n\nb = 2\n```\n\nDone.", ["So:\n\n", "```py\na = 1\n\nb = 2\n```\n\n", "Done."]),
        ("paragraphs", "~~~\na\n\n```\n\nb", ["~~~\na\n\n```\n\nb"]),
        ("paragraphs", "So $$\nx\n\n= 1\n$$ holds.\n\nQED.", ["So $$\nx\n\n= 1\n$$ holds.\n\n", "QED."]),
        ("paragraphs", "\\[\na\n\nb\n\\]\n\nc", ["\\[\na\n\nb\n\\]\n\n", "c"]),
        ("paragraphs", "\\begin{align}\n\\begin{align}\na\n\n\\end{align}\n\nb\\end{align}\n\nc",
         ["\\begin{align}\n\\begin{align}\na\n\n\\end{align}\n\nb\\end{align}\n\n", "c"]),
        ("paragraphs", "Cases:\n\n- one\n\n  more\n\n- two\n\nThus.", ["Cases:\n\n", "- one\n\n  more\n\n- two\n\n", "Thus."]),
        ("paragraphs", "It costs $$5.\n\nYes.", ["It costs $$5.\n\n", "Yes."]),
        ("paragraphs", "```\n$$\n```\n\na\n\n$$", ["```\n$$\n```\n\n", "a\n\n", "$$"]),
        ("paragraphs", "\\[ a\n\n$$\nb\n\nc\n$$\n\nd", ["\\[ a\n\n", "$$\nb\n\nc\n$$\n\n", "d"]),
        ("paragraphs", "\\] a\n\nb\n\\[\n$$\n\n\\[\n\\]\n\nc", ["\\] a\n\n", "b\n\\[\n$$\n\n\\[\n\\]\n\n", "c"]),
        ("lines", "a\n\nb\n- c\n- d\ne\n| f |\n| - |\n| g |\nh", ["a\n\n", "b\n", "- c\n- d\n", "e\n", "| f |\n| - |\n| g |\n", "h"]),
        ("lines", "a\n```\nb\nc\n```\nd", ["a\n", "```\nb\nc\n```\n", "d"]),
        ("numbered", "We go.\nStep 1: a\nmore\n**Step 2.** b\n### Step 3\nc\nStep 4 shows it", ["We go.\n", "Step 1: a\nmore\n", "**Step 2.** b\n", "### Step 3\nc\nStep 4 shows it"]),
        ("numbered", "1. a\n\n   - x\n\n2. b\n```\n3. c\n```", ["1. a\n\n   - x\n\n", "2. b\n```\n3. c\n```"]),
        ("tags", "Hm. <step>a</step>\n<step n=2>b</step> so <Step_3>c</Step_3>\n", ["Hm. ", "<step>a</step>\n", "<step n=2>b</step>", " so ", "<Step_3>c</Step_3>\n"]),
        ("tags", "no tag <steps> here", ["no tag <steps> here"]),
        ("turns", "a\n\nb", ["a\n\nb"]),
        ("lines", "", [""]),
    ],
)  # fmt: skip
def test_rules_cut_where_they_say(rule: Rule, text: str, expected: list[str]) -> None:
    assert steps(text, rule) == expected


def test_a_response_that_brought_its_steps_keeps_them() -> None:
    given_ = (StepStart(turn=0), StepStart(turn=0, character=3))
    spans = segment(
        Response(prompt_id="p", text="a\n\nb\n\nc", model="m", steps=given_), "paragraphs"
    )
    assert [(s.index, s.rule, s.begins.character) for s in spans] == [
        (0, "given", 0),
        (1, "given", 3),
    ]


def test_turns_with_tools_are_steps_and_results_belong_to_their_call() -> None:
    call = ToolCall(id="1", name="rain", arguments="{}")
    turns = (
        Message(role="assistant", content="I look.\n\nNow.", tool_calls=(call,)),
        Message(role="tool", content="0 mm\n\nnone", tool_call_id="1"),
    )
    response = Response(prompt_id="p", turns=turns, text="Dry.\n\nYes.", model="m")
    spans = segment(response, "paragraphs")
    assert [(s.begins.turn, s.begins.character) for s in spans] == [(0, 0), (0, 9), (2, 0), (2, 6)]
    assert {s.rule for s in spans} == {"paragraphs@1"}
    said = [
        [(t.role, t.text(), len(t.tool_calls)) for t in turns_of(response.as_turns(), s)]
        for s in spans
    ]
    assert said == [
        [("assistant", "I look.\n\n", 0)],
        [("assistant", "Now.", 1), ("tool", "0 mm\n\nnone", 0)],
        [("assistant", "Dry.\n\n", 0)],
        [("assistant", "Yes.", 0)],
    ]
    assert [len(turns_until(response.as_turns(), s)) for s in spans] == [1, 2, 3, 3]
    assert turns_until(response.as_turns(), spans[1]) == turns
    assert len(segment(response, "turns")) == 2


@pytest.mark.parametrize("mark", ["\\[ ", "$$ \\[ ", "\\] \\[ ", "\\[ $$ $$ "])
def test_a_text_that_loops_over_marks_that_nothing_closes_comes_to_an_end(mark: str) -> None:
    text = f"{mark * 200_000}\n\nb"
    assert steps(text, "paragraphs") == [text[:-1], "b"]
