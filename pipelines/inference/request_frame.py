"""Requests written in bulk: most of those of one step differ in what is said alone."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from winnow.pipelines.inference.models import ModelRef
from winnow.schemas.ids import canonical_json, json_text
from winnow.schemas.prompts import Message

_ANY = (Message(role="user", content=""),)
_PLAIN = {"role", "content"}


class WrittenRequest(NamedTuple):
    """A request as shards hold it."""

    request_id: str
    """`ChatRequest.request_id`."""

    text: str
    """`ChatRequest.canonical`."""

    most_tokens: int
    """`ChatRequest.most_tokens`."""

    attempt: int = 0
    """`ChatRequest.attempt`."""


class RequestFrame:
    """All of a request to a model but its messages and tools: writes what `ModelRef.ask` makes, in a fifth of the time."""

    def __init__(self, model: ModelRef, **fields: Any) -> None:
        """Take the other fields of `ChatRequest`.

        Raises:
            pydantic.ValidationError: One is wrong.
        """
        request = model.ask(messages=_ANY, **fields)
        content = request.model_dump(exclude_defaults=True, exclude={"messages", "tools"})
        before, between, after = (
            canonical_json({key: content[key] for key in content if _place(key) == place})[1:-1]
            for place in range(3)
        )
        self._begin = f'{{{before}{"," if before else ""}"messages":['
        self._between = f"],{between}"
        self._end = f"{',' if after else ''}{after}}}"
        self.most_tokens = request.most_tokens

    def write(self, messages: Sequence[Message], tools: str | None = None) -> WrittenRequest:
        """Write the request with these messages, and the JSON text of the tools that may be called.

        Raises:
            ValueError: There is none.
        """
        if not messages:
            raise ValueError("a request has no message, so there is nothing to answer")
        text = self.text(",".join(map(written, messages)), tools)
        return WrittenRequest(sha256(text.encode()).hexdigest(), text, self.most_tokens)

    def text(self, messages: str, tools: str | None = None) -> str:
        """Write the request as `ChatRequest.canonical` does.

        Args:
            messages: The messages as canonical JSON, without the brackets round them.
            tools: JSON text of the tools; None where there are none.
        """
        told = "" if tools is None else f',"tools":{json_text(tools)}'
        return f"{self._begin}{messages}{self._between}{told}{self._end}"


def written(message: Message) -> str:
    """Write a message as it stands in a request."""
    if message.model_fields_set <= _PLAIN and message.content is not None:
        return written_plain(message.role, message.content)
    return canonical_json(message.model_dump(exclude_defaults=True))


def written_plain(role: str, content: str) -> str:
    """Write a message that is a text and nothing else."""
    return f'{{"content":{json_text(content)},"role":"{role}"}}'


def _place(field: str) -> int:
    """Say where a field stands: ahead of the messages, between them and the tools, or behind these."""
    return (field > "messages") + (field > "tools")
