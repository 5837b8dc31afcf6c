"""The verifier that checks a response against a JSON schema."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, NamedTuple, Self

import regex
from pydantic import Field, model_validator

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.annotation.verifiers.code_blocks import fenced_blocks
from winnow.annotation.verifiers.comparing import by_score
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_SECONDS = 1.0
"""Time that one pattern of a schema may take."""


class _Unusable(Exception):
    """A schema by which nothing can be checked."""


class _Value(NamedTuple):
    """A JSON value, which may be null, and where it stands."""

    text: str
    value: Any


@VERIFIERS.register("schema", version=1)
class SchemaVerifier(Verifier):
    """Prefer a response that is JSON of the wanted form: 1 where the schema holds, 0 where it does not.

    The schema is one for all prompts, or each prompt's own from its metadata. References lead within the schema alone: one to
    another address is refused and never fetched. Of a response of several turns the last one is read.
    """

    needs: ClassVar[str] = "no_schema"
    reads: ClassVar[str | None] = None

    json_schema: dict[str, Any] = Field(default_factory=dict)
    """The JSON schema for all prompts."""

    schema_key: str | None = None
    """Key of the prompt's metadata that holds its JSON schema, as an object or as text."""

    where: Literal["whole", "fenced", "either"] = "either"
    """What is read: the whole response, its only fenced block, or the block where there is one and else the whole."""

    @model_validator(mode="after")
    def _check_schema(self) -> Self:
        if bool(self.json_schema) == (self.schema_key is not None):
            raise ValueError("give json_schema or schema_key, one of the two")
        if self.json_schema:
            try:
                _check(self.json_schema)
            except _Unusable as error:
                raise ValueError(f"json_schema is no JSON schema: {error}") from error
        return self

    @property
    def column(self) -> str | None:
        """The metadata, where a key of it is named."""
        return None if self.schema_key is None else "metadata"

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Check one response; None where its prompt has no schema that can be used."""
        about = response.response_id
        try:
            schema = self._schema(prompt)
            found = self._value(response.turn_texts()[-1])
            if found is None:
                reason = f"no JSON ({self.where})"
                return Finding(response_id=about, score=0.0, status="no_answer", reason=reason)
            fault = _fault(schema, found.value)
        except _Unusable as error:
            return Finding(response_id=about, score=None, reason=str(error))
        except TimeoutError:
            reason = f"a pattern of the schema took more than {_SECONDS:g} s"
            return Finding(response_id=about, score=None, status="error", reason=reason)
        except ArithmeticError as error:
            reason = f"the schema cannot be computed: {error}"
            return Finding(response_id=about, score=None, status="error", reason=reason)
        return Finding(
            response_id=about,
            score=0.0 if fault else 1.0,
            failed=("schema",) if fault else (),
            reason=fault,
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the response by which the schema holds."""
        return by_score(self.name, a, b)

    def _schema(self, prompt: Prompt) -> Any:
        if self.schema_key is None:
            return self.json_schema
        schema = prompt.brought().get(self.schema_key)
        if isinstance(schema, str):
            try:
                schema = json.loads(schema)
            except (ValueError, RecursionError) as error:
                raise _Unusable(f"metadata {self.schema_key!r} is no JSON: {error}") from error
        if not isinstance(schema, dict | bool):
            raise _Unusable(f"the prompt has no schema in metadata {self.schema_key!r}")
        _check(schema)
        return schema

    def _value(self, text: str) -> _Value | None:
        blocks = [block.content for block in fenced_blocks(text) if block.is_closed]
        if self.where == "whole" or (self.where == "either" and not blocks):
            return _read(text)
        return _read(blocks[0]) if len(blocks) == 1 else None


def _read(text: str) -> _Value | None:
    try:
        return _Value(text, json.loads(text, parse_constant=_refuse, parse_float=_finite))
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is more than a number can be")
    return number


def _check(schema: Any) -> None:
    from jsonschema.exceptions import SchemaError

    try:
        _kind_of(schema).check_schema(schema)
    except (SchemaError, RecursionError) as error:
        raise _Unusable(str(getattr(error, "message", error))[:200]) from error
    if {"patternProperties", "unevaluatedProperties"} <= set(_keys(schema)):
        raise _Unusable(
            "it has patternProperties and unevaluatedProperties, which together cannot be checked within a time; "
            "say additionalProperties"
        )


def _keys(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _kind_of(schema: Any) -> Any:
    from jsonschema.validators import Draft202012Validator, validator_for

    return validator_for(schema, default=Draft202012Validator)


def _fault(schema: Any, value: Any) -> str:
    """Say what in a value breaks the schema, empty where nothing does.

    Raises:
        _Unusable: The schema refers to something that is not in it.
        TimeoutError: One of its patterns takes too long on this value.
    """
    from jsonschema.exceptions import best_match
    from jsonschema.validators import extend
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    plain = _kind_of(schema)

    def additional(validator: Any, more: Any, value: Any, inside: Any) -> Any:
        return plain.VALIDATORS["additionalProperties"](
            validator, more, *_without_patterns(validator, value, inside)
        )

    kind = extend(
        plain,
        {
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "additionalProperties": additional,
        },
    )
    # A registry that is given and empty is what keeps references from being fetched.
    try:
        worst = best_match(kind(schema, registry=Registry()).iter_errors(value))
    except Unresolvable as error:
        raise _Unusable(f"the schema refers to what is not in it: {error.ref}") from error
    except (RecursionError, regex.error, re.error) as error:
        raise _Unusable(f"the schema cannot be used: {error}") from error
    return f"{worst.json_path}: {worst.message}"[:300] if worst else ""


def _pattern_properties(validator: Any, patterns: Any, value: Any, schema: Any) -> Any:
    """Check what stands under keys of a pattern, each pattern within a time."""
    if validator.is_type(value, "object"):
        for pattern, inside in patterns.items():
            for key, one in value.items():
                if regex.search(pattern, key, timeout=_SECONDS):
                    yield from validator.descend(one, inside, path=key, schema_path=pattern)


def _without_patterns(validator: Any, value: Any, schema: Any) -> tuple[Any, Any]:
    """Leave out the patterns of a schema, and of an object the keys that they match, each within a time."""
    patterns = schema.get("patternProperties")
    if not patterns or not validator.is_type(value, "object"):
        return value, schema
    left = {
        key: one
        for key, one in value.items()
        if not any(regex.search(pattern, key, timeout=_SECONDS) for pattern in patterns)
    }
    return left, {name: one for name, one in schema.items() if name != "patternProperties"}


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Any:
    """Check a pattern within a time: some take longer than anybody waits."""
    from jsonschema.exceptions import ValidationError

    if validator.is_type(value, "string") and not regex.search(pattern, value, timeout=_SECONDS):
        yield ValidationError(f"{value[:80]!r} does not match {pattern!r}")
