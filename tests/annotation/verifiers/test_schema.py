import json

import pytest
from pydantic import ValidationError

from tests.annotation.toy import view
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import SchemaVerifier

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name"],
    "additionalProperties": False,
}


def examine(said: str, metadata: object = None, **settings: object) -> Finding:
    pair = view(said, "", metadata=json.dumps(metadata) if metadata else None)
    chosen = settings or {"json_schema": PERSON}
    return SchemaVerifier.model_validate(chosen).examine(pair.prompt, pair.a)


@pytest.mark.parametrize(
    ("said", "score", "status"),
    [
        ('{"name": "Ada", "age": 36}', 1.0, "measured"),
        ('Here:\n```json\n{"name": "Ada"}\n```\nDone.', 1.0, "measured"),
        ('```\n{"name": "Ada"}\n```', 1.0, "measured"),
        ('{"age": 36}', 0.0, "measured"),
        ('{"name": "Ada", "age": "36"}', 0.0, "measured"),
        ('{"name": "Ada", "more": 1}', 0.0, "measured"),
        ("null", 0.0, "measured"),
        ("[]", 0.0, "measured"),
        ('Sure: {"name": "Ada"}', 0.0, "no_answer"),
        ('{"name": "Ada"', 0.0, "no_answer"),
        ("", 0.0, "no_answer"),
        ('```\n{"name": "a"}\n```\n```\n{"name": "b"}\n```', 0.0, "no_answer"),
        ('{"name": NaN}', 0.0, "no_answer"),
        ("[" * 100000, 0.0, "no_answer"),
        ('{"name": "Ada", "age": 1e999}', 0.0, "no_answer"),
        ('Cut off:\n```json\n{"name": "Ada"}', 0.0, "no_answer"),
        ('- Here:\n\n  ~~~json\n  {"name": "Ada"}\n  ~~~', 1.0, "measured"),
    ],
)
def test_a_response_is_checked_against_the_schema(said: str, score: float, status: str) -> None:
    found = examine(said)
    assert (found.score, found.status) == (score, status)


def test_where_to_look_can_be_said() -> None:
    fenced = '```json\n{"name": "Ada"}\n```'
    assert examine(fenced, json_schema=PERSON, where="whole").status == "no_answer"
    assert examine('{"name": "Ada"}', json_schema=PERSON, where="fenced").status == "no_answer"


def test_the_reason_names_the_place_and_the_fault() -> None:
    assert examine('{"name": "Ada", "age": "36"}').reason == "$.age: '36' is not of type 'integer'"


def test_each_prompt_may_have_its_own_schema() -> None:
    assert examine("7", {"form": {"type": "integer"}}, schema_key="form").score == 1.0
    assert examine("7", {"form": '{"type": "string"}'}, schema_key="form").score == 0.0
    missing = examine("7", {"other": 1}, schema_key="form")
    assert (missing.score, missing.reason) == (None, "the prompt has no schema in metadata 'form'")
    assert examine("7", {"form": {"type": "number?"}}, schema_key="form").score is None


def test_a_reference_to_another_address_is_refused() -> None:
    away = {"$ref": "http://localhost:1/schema.json"}
    found = examine("7", json_schema=away)
    assert (found.score, found.reason) == (
        None,
        "the schema refers to what is not in it: http://localhost:1/schema.json",
    )
    within = {"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}
    assert examine("7", json_schema=within).score == 1.0
    round_and_round = {"$ref": "#"}
    assert examine("7", json_schema=round_and_round).score is None


def test_a_pattern_that_takes_too_long_is_no_result() -> None:
    slow = {"type": "string", "pattern": "^(a|aa)+$"}
    assert examine(json.dumps("a" * 60 + "!"), json_schema=slow).status == "error"
    assert examine('"aaa"', json_schema=slow).score == 1.0
    keys = {"patternProperties": {"^(a|aa)+$": {"type": "integer"}}}
    assert examine(json.dumps({"a" * 60 + "!": 1}), json_schema=keys).status == "error"
    assert examine('{"aa": 1}', json_schema=keys).score == 1.0
    assert examine('{"aa": "1"}', json_schema=keys).reason == "$.aa: '1' is not of type 'integer'"
    only = {"patternProperties": {"^(a|aa)+$": True}, "additionalProperties": False}
    assert examine(json.dumps({"a" * 60 + "!": 1}), json_schema=only).status == "error"
    assert examine('{"aa": 1}', json_schema=only).score == 1.0
    assert examine('{"aa": 1, "b": 1}', json_schema=only).score == 0.0


def test_a_number_that_nothing_can_be_computed_of_is_no_result() -> None:
    found = examine("7" * 400, json_schema={"multipleOf": 0.1})
    assert (found.score, found.status) == (None, "error")
    assert examine("7" * 400, json_schema={"multipleOf": 7}).score == 1.0


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "give json_schema or schema_key"),
        ({"json_schema": PERSON, "schema_key": "form"}, "one of the two"),
        ({"json_schema": {"type": "numbr"}}, "json_schema is no JSON schema: 'numbr' is not"),
        (
            {"json_schema": {"patternProperties": {"a": {}}, "unevaluatedProperties": False}},
            "cannot be checked within a time",
        ),
    ],
)
def test_settings_that_check_nothing_are_refused(settings: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        SchemaVerifier.model_validate(settings)


def test_the_response_of_the_wanted_form_is_better() -> None:
    pair = view('{"name": "Ada"}', "Ada", reference=None)
    verifier = SchemaVerifier(json_schema=PERSON)
    a, b = (verifier.examine(pair.prompt, one) for one in (pair.a, pair.b))
    assert verifier.compare(a, b).verdict == "a"
