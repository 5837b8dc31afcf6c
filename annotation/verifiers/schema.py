"""The verifier that checks a response against a JSON schema."""

import json
import re
from typing import Any, ClassVar, Literal, NamedTuple, Self

import regex
from pydantic import Field, model_validator

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.known import metadata_of
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
        schema = metadata_of(prompt).get(self.schema_key)
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
        blocks = _blocks(text)
        if self.where == "whole" or (self.where == "either" and not blocks):
            return _read(text)
        return _read(blocks[0]) if len(blocks) == 1 else None


def _blocks(text: str) -> list[str]:
    """List what fenced blocks of Markdown hold; one that is never closed is none."""
    blocks: list[str] = []
    lines: list[str] | None = None
    for line in text.split("\n"):
        if lines is None and line.lstrip().startswith("```"):
            lines = []
        elif lines is not None and line.strip() == "```":
            blocks.append("\n".join(lines))
            lines = None
        elif lines is not None:
            lines.append(line)
    return blocks


def _read(text: str) -> _Value | None:
    try:
        return _Value(text, json.loads(text, parse_constant=_refuse))
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _check(schema: Any) -> None:
    from jsonschema.exceptions import SchemaError

    try:
        _kind_of(schema).check_schema(schema)
    except (SchemaError, RecursionError) as error:
        raise _Unusable(str(getattr(error, "message", error))[:200]) from error


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

    kind = extend(_kind_of(schema), {"pattern": _pattern})
    # A registry that is given and empty is what keeps references from being fetched.
    try:
        worst = best_match(kind(schema, registry=Registry()).iter_errors(value))
    except Unresolvable as error:
        raise _Unusable(f"the schema refers to what is not in it: {error.ref}") from error
    except (RecursionError, regex.error, re.error) as error:
        raise _Unusable(f"the schema cannot be used: {error}") from error
    return f"{worst.json_path}: {worst.message}"[:300] if worst else ""


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Any:
    """Check a pattern within a time: some take longer than anybody waits."""
    from jsonschema.exceptions import ValidationError

    if validator.is_type(value, "string") and not regex.search(pattern, value, timeout=_SECONDS):
        yield ValidationError(f"{value[:80]!r} does not match {pattern!r}")
