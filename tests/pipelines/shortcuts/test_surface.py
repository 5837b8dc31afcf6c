from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.pipelines.toy import answer, ask, stage
from winnow.pipelines.shortcuts.surface import SURFACE, read_surface

MARKDOWN = """# A heading

Some **bold** words, and a link: https://x.org!

- one
- two
3. three

```
code
```
| a | b |
|---|---|
"""


def counts(text: str) -> dict[str, int]:
    column = pa.array([text], pa.string())
    return {name: int(np.asarray(count(column), float)[0]) for name, count in SURFACE.items()}


def test_marks_of_form_are_counted() -> None:
    found = counts(MARKDOWN)
    assert found["length"] == len(MARKDOWN)
    assert found["words"] == len(MARKDOWN.split())
    marks = ("paragraphs", "lists", "headings", "bold", "code", "tables", "links", "exclamation")
    assert [found[name] for name in marks] == [3, 3, 1, 1, 2, 2, 1, 1]


def test_an_empty_response_has_nothing() -> None:
    assert set(counts("").values()) == {0}
    assert counts(" \n ")["words"] == 0


def test_a_length_counts_characters_and_not_bytes() -> None:
    assert counts("süß 🌾")["length"] == 5
    assert counts("süß 🌾")["emoji"] == 1


@pytest.mark.parametrize("text", ["Sure! Here", "Of course, ", "**Certainly**, x", "Great question!"])  # fmt: skip
def test_a_friendly_opening_is_known(text: str) -> None:
    assert counts(text)["opening"] == 1


@pytest.mark.parametrize("text", ["Surely not", "I am sure", "It is certainly so"])
def test_words_that_only_look_like_an_opening_are_not_one(text: str) -> None:
    assert counts(text)["opening"] == 0


@pytest.mark.parametrize("text", ["I'm sorry, but", "I’m very sorry", "I cannot help", "As an AI language model", "Sorry, no"])  # fmt: skip
def test_a_refusal_at_the_beginning_is_known(text: str) -> None:
    assert counts(text)["refusal"] == 1
    assert counts("He said: " + text)["refusal"] == 0


def test_of_several_turns_all_that_the_assistant_said_is_counted(tmp_path: Path) -> None:
    prompt = ask("Why?")
    turns = [{"role": "assistant", "content": "Well."}, {"role": "user", "content": "Go on, do!"}]
    one, several = answer(prompt, "No."), answer(prompt, "Yes, no.", turns=turns)
    ids = [one.response_id, several.response_id]
    found = read_surface(stage(tmp_path, prompt, one, several), pa.array(ids), ["length", "words"])
    rows = found.rows_of(pa.array(ids))
    assert found.counts["length"][rows].tolist() == [3, len("Well.\nYes, no.")]
    assert found.counts["words"][rows].tolist() == [1, 3]
