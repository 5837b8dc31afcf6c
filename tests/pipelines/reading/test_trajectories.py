"""Trajectories as ready responses: their turns, their steps, whose they are and what they were made from."""

from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.reading.conftest import Outcome, Read, ReadLines, write_lines
from winnow.schemas.responses import Response, StepStart

ASKED = {"role": "user", "content": "Is it dry in Oslo?"}
CALLS = {"role": "assistant", "tool_calls": [{"id": "c1", "name": "rain", "arguments": {"city": "Oslo"}}]}  # fmt: skip
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "0 mm"}
SAID = {"role": "assistant", "content": "It is dry."}
MORE = {"role": "user", "content": "And tomorrow?"}
LAST = {"role": "assistant", "content": "Rain."}


def responses(read_lines: ReadLines, *found: object) -> Outcome:
    return read_lines({"prompt": "Is it dry in Oslo?", "responses": list(found)})


@pytest.mark.parametrize("key", ["turns", "messages"])
def test_a_trajectory_in_a_list_names_its_own_author(read_lines: ReadLines, key: str) -> None:
    one = {key: [CALLS, RESULT, SAID, MORE, LAST], "model": "large", "id": "r1"}
    other = {key: [ASKED, SAID, MORE, {"role": "assistant", "content": "Snow."}], "model": "small"}
    outcome = responses(read_lines, one, other)
    assert outcome.rejects == []
    found = {r.model: [t.role for t in r.as_turns()] for r in outcome.responses}
    assert found == {
        "large": ["assistant", "tool", "assistant", "user", "assistant"],
        "small": ["assistant", "user", "assistant"],
    }


def test_steps_of_a_trajectory_begin_with_turns(read_lines: ReadLines) -> None:
    outcome = responses(
        read_lines, {"turns": [CALLS, RESULT, SAID, MORE, LAST], "steps": [0, 2, 4]}
    )
    assert outcome.responses[0].steps == (StepStart(turn=0), StepStart(turn=2), StepStart(turn=4))


def test_steps_of_a_text_are_found_in_it(read_lines: ReadLines) -> None:
    text = "2 + 2 = 4.\n\n4 \U0001f680 is even.\nSo yes."
    steps = ["2 + 2 = 4.", "4 \U0001f680 is even.", "So yes."]
    (found,) = responses(read_lines, {"text": text, "steps": steps}).responses
    starts = [step.character for step in found.steps]
    assert starts == [0, 12, 25]
    assert found.text[starts[1] :].startswith(steps[1])


def test_steps_without_a_text_are_the_text(read_lines: ReadLines) -> None:
    (found,) = responses(read_lines, {"steps": ["One.", "Two."]}).responses
    assert (found.text, [s.character for s in found.steps]) == ("One.\nTwo.", [0, 5])


@pytest.mark.parametrize(
    ("response", "detail"),
    [
        ({"text": "a b", "steps": ["a", "c"]}, "steps[1] is 'c', which the text does not hold after the step before"),
        ({"text": "a b c", "steps": ["a", "c"]}, "steps[1] is 'c', which the text does not hold after the step before"),
        ({"text": "a b", "steps": ["a"]}, "steps ends before the text, at ' b'"),
        ({"text": "a", "steps": "a"}, "steps is a string, wanted a list of texts or of turns"),
        ({"turns": [CALLS, RESULT, SAID], "steps": [0, 3]}, "steps names turn 3, but the response has 3"),
        ({"turns": [CALLS, RESULT, SAID], "steps": [1]}, "steps is '[1]', wanted texts, or ascending numbers of turns from 0"),
        ({"turns": [CALLS, RESULT, SAID], "steps": ["It is dry."]},
         "steps holds texts, but the response has 3 turns; name the turns that steps begin with, such as [0, 2]"),
        ({"text": "a", "made": "dreamt"},
         ".made is 'dreamt', wanted one of sampled, imported, edited, refined, degraded, continued"),
        ({"text": "a", "id": "r1", "parent": "r1"},
         "its parent is 'r1', wanted the id of another response of the row; found: 'r1'"),
        ({"text": "a", "id": "r1", "parent": "r9"},
         "its parent is 'r9', wanted the id of another response of the row; found: none"),
    ],
    ids=["none", "gap", "short", "text", "beyond", "from-1", "mixed", "made", "own-parent", "no-parent"],
)  # fmt: skip
def test_what_cannot_be_read_of_a_response_is_said(
    read_lines: ReadLines, response: dict[str, Any], detail: str
) -> None:
    outcome = responses(read_lines, response, "good")
    assert [r.text for r in outcome.responses] == ["good"]
    assert outcome.reasons == ["bad_response"]
    assert outcome.rejects[0].detail.endswith(detail)


def test_a_response_says_how_it_was_made_and_from_which(read_lines: ReadLines) -> None:
    better = {"text": "Dry.", "id": "r2", "parent": "r1", "made": "edited", "model": "ann"}
    outcome = responses(read_lines, better, {"text": "Dyr.", "id": "r1"})
    found = {r.source_id: r for r in outcome.responses}
    assert (found["r2"].made, found["r2"].parent_id) == ("edited", found["r1"].response_id)
    assert (found["r1"].made, found["r1"].parent_id) == ("imported", None)


def test_a_side_of_a_comparison_says_how_it_was_made(read: Read, tmp_path: Path) -> None:
    worse = {"turns": [SAID, MORE, LAST], "id": "r2", "parent": "r1", "made": "degraded"}
    line = {"prompt": "Is it dry in Oslo?", "response_a": {"text": "Yes.", "id": "r1"}, "response_b": worse}  # fmt: skip
    outcome = read(comparisons={"path": write_lines(tmp_path / "pairs.jsonl", (line,))})
    found = {r.source_id: r for r in outcome.responses}
    assert (found["r2"].made, found["r2"].parent_id) == ("degraded", found["r1"].response_id)
    assert outcome.said == []


def test_the_id_of_a_response_depends_on_what_it_says_alone(read_lines: ReadLines) -> None:
    about = {"made": "edited", "parent": "r1", "steps": ["One.", "Two."]}
    outcome = responses(read_lines, {"text": "One. Two.", "id": "r2", **about}, {"text": "x", "id": "r1"})  # fmt: skip
    plain = responses(read_lines, "One. Two.")
    assert outcome.responses[0].response_id == plain.responses[0].response_id


def test_ids_of_responses_from_before_stay_what_they_were() -> None:
    one = Response(prompt_id="p", text="Yes.", model="m")
    assert one.response_id == "1e8d942be218269d400fd3de6a6a7beecd888678e1742dda1c06e1936a12ba38"
    turn = {"role": "assistant", "content": "Which?"}
    several = Response.model_validate({"prompt_id": "p", "text": "Yes.", "model": "m", "turns": [turn]})  # fmt: skip
    assert several.response_id == "ceb2df81180325bb11343ae661e7638a6f0625ccd1081d89052bf8984ff24d6e"
