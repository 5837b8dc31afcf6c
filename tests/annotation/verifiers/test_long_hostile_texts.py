"""Texts that are long, and written to keep a reader busy: each is answered, by a walk through it once."""

import json
from random import Random

import pytest

from tests.annotation.toy import respond, view
from tests.annotation.verifiers.test_constraints import MAKERS
from winnow.annotation.constraints.checks import CannotCheck, meets
from winnow.annotation.verifiers import (
    AnswerVerifier,
    LengthVerifier,
    MajorityVerifier,
    PatternVerifier,
    SchemaVerifier,
)

_TIMES = 15_000
PIECES = [
    "\\boxed{", "\\boxed{}", "{", "}", "$", "$$x", "\\[", "\\(", "**", "*", "<<", "[", "Dr. ", "U.S.", "answer ", "the answer is ",
    "Answer:\n", "## Answer\n", "\n", " \n", "```x\n", "`", "P.S.\n", "- ", "1 ", "1,000 ", "9", "x=", "because ", "A, ", "\\text{",
    "SECTION 1 ", "******", "***", "a\u0301", "\u4f60", '{"a":', "(1,",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_of_one_piece_is_answered(piece: str) -> None:
    text = piece * _TIMES
    pair = view(text, "", reference="7")
    for kind in ("number", "set", "interval", "unit", "expression", "option", "text", "auto"):
        found = AnswerVerifier.model_validate({"kind": kind}).examine(pair.prompt, pair.a)
        assert found.score in (0.0, None)
    responses = [respond(pair.prompt, text, sample_index=i) for i in range(3)]
    MajorityVerifier(min_votes=2).examine_all(pair.prompt, responses)
    assert SchemaVerifier(json_schema={"type": "null"}).examine(pair.prompt, pair.a).score == 0.0
    assert LengthVerifier(max_characters=9, max_sentences=9**9).examine(pair.prompt, pair.a).score == 0.0  # fmt: skip
    assert PatternVerifier(must=[r"\x00"]).examine(pair.prompt, pair.a).score == 0.0
    for constraint_id, make in MAKERS.items():
        arguments, *_ = make(Random(0))
        try:
            assert isinstance(meets(text, constraint_id, arguments), bool)
        except CannotCheck:
            assert constraint_id == "language:response_language"


@pytest.mark.parametrize("piece", ["A, ", "A, B, C, D, A, B, ", "A and ", "(A) / "])
def test_a_list_of_letters_without_end_names_no_options(piece: str) -> None:
    pair = view(f"The answer is {piece * 50}x", "", reference="A")
    assert AnswerVerifier(kind="option").examine(pair.prompt, pair.a).score == 0.0


def test_json_that_is_nested_without_end_is_none() -> None:
    pair = view('{"a":' * _TIMES, json.dumps(None))
    found = SchemaVerifier(json_schema={}, schema_key="x").examine(pair.prompt, pair.a)
    assert found.score is None
