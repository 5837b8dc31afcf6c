"""Requests written in bulk: most of those of one step differ in what is said alone."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from winnow.pipelines.inference.models import ModelRef
from winnow.schemas.ids import canonical_json
from winnow.schemas.prompts import Message

_HOLE = Message(role="user", content="\ue000")
_PLAIN = {"role", "content"}
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class WrittenRequest(NamedTuple):
    """A request as shards hold it."""

    request_id: str
    """`ChatRequest.request_id`."""

    text: str
    """`ChatRequest.canonical`."""

    most_tokens: int
    """`ChatRequest.most_tokens`."""


class RequestFrame:
    """All of a request to a model but its messages: writes the same as `ModelRef.ask` makes, in a fifth of the time."""

    def __init__(self, model: ModelRef, **fields: Any) -> None:
        """Take the other fields of `ChatRequest`.

        Raises:
            pydantic.ValidationError: One is wrong.
        """
        request = model.ask(messages=(_HOLE,), **fields)
        self._before, self._after = request.canonical().split(_written(_HOLE))
        self._most_tokens = request.most_tokens

    def write(self, messages: Sequence[Message]) -> WrittenRequest:
        """Write the request with these messages.

        Raises:
            ValueError: There is none.
        """
        if not messages:
            raise ValueError("a request has no message, so there is nothing to answer")
        text = f"{self._before}{','.join(map(_written, messages))}{self._after}"
        return WrittenRequest(sha256(text.encode()).hexdigest(), text, self._most_tokens)


def _written(message: Message) -> str:
    if message.model_fields_set <= _PLAIN and message.content is not None:
        return f'{{"content":{_quoted(message.content)},"role":"{message.role}"}}'
    return canonical_json(message.model_dump(exclude_defaults=True))
