"""What was asked."""

import json
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from winnow.schemas.base import Record, Value
from winnow.schemas.ids import content_id
from winnow.schemas.images import image_key

Role = Literal["system", "developer", "user", "assistant", "tool"]

INSTRUCTIONS: tuple[Role, ...] = ("system", "developer")
"""Roles of turns that say how to answer and ask nothing."""


class ToolCall(Value):
    """One call of a tool by the assistant."""

    name: str
    """Name of the tool."""

    arguments: str
    """Arguments, as JSON text."""

    id: str | None = None
    """Id that the tool's result refers to; None where the source gave none."""


class Part(Value):
    """One piece of a message whose content is not plain text alone."""

    type: Literal["text", "image"]
    """What the piece is."""

    text: str | None = None
    """The text of a text piece."""

    image: str | None = None
    """Address, path or data URI of an image piece; behind a path, `#sha256=` and the hash of the file that was read."""


class Message(Value):
    """One turn of a conversation."""

    role: Role
    """Who speaks."""

    content: str | None = None
    """Plain text; None where there are parts or only tool calls."""

    parts: tuple[Part, ...] = ()
    """Pieces in order, where the content is more than plain text."""

    tool_calls: tuple[ToolCall, ...] = ()
    """Tools the assistant called in this turn."""

    tool_call_id: str | None = None
    """In a tool's turn, the call it answers."""

    name: str | None = None
    """Name of the speaker or tool, where the source gave one."""

    def as_content(self) -> dict[str, Any]:
        """Return the turn as ids depend on it: what is at its default is left out, and an image is its bytes."""
        content = self.model_dump(exclude_defaults=True)
        for part in content.get("parts", ()):
            if image := part.get("image"):
                part["image"] = image_key(image)
        return content

    def text(self) -> str:
        """Return the words of the turn, tool calls and images left out."""
        return self.content or "".join(p.text or "" for p in self.parts)


class Prompt(Record):
    """A conversation up to the turn that is to be answered."""

    table: ClassVar[str] = "prompts"
    key: ClassVar[tuple[str, ...]] = ("prompt_id",)
    gained: ClassVar[tuple[str, ...]] = ("metadata",)

    prompt_id: str = ""
    """SHA-256 of messages, tools and contexts, and without messages of source_id or else source; filled in from them."""

    messages: tuple[Message, ...]
    """The whole conversation, oldest turn first, at least one; none where nobody knows what was asked, as in a log of
    battles that holds models and verdicts alone."""

    tools: str | None = None
    """JSON text of the tools' schemas that the assistant may call; None where there are none."""

    contexts: tuple[str, ...] = ()
    """Documents that the answer may rest on."""

    reference: str | None = None
    """An answer known to be good; None where there is none."""

    domain: str | None = None
    """Subject or task, such as "code"; None where the source does not say."""

    language: str | None = None
    """BCP 47 tag, such as "en"; None where the source does not say."""

    source: str
    """File or data set and row that it came from, such as "prompts.jsonl:17"."""

    source_id: str | None = None
    """The file's own id of it; None where it has none."""

    metadata: str | None = None
    """JSON object of what the source brings beside, such as difficulty, persona or unit tests, by the source's own names;
    no part of prompt_id. None where nothing was kept."""

    @model_validator(mode="before")
    @classmethod
    def _fill_id(cls, data: dict[str, object]) -> dict[str, object]:
        if data.get("prompt_id"):
            return data
        asked = PromptContent.model_validate(
            {k: data[k] for k in PromptContent.model_fields if k in data}
        )
        parts = asked.as_content()
        if not asked.messages:  # nothing but its place tells it from others
            parts["place"] = data.get("source_id") or data.get("source")
        return {**data, "prompt_id": content_id(parts)}

    @property
    def is_known(self) -> bool:
        """Whether anybody knows what was asked."""
        return bool(self.messages)

    def brought(self) -> dict[str, Any]:
        """Return `metadata` by its keys; nothing where the source brought none."""
        found = json.loads(self.metadata) if self.metadata else {}
        return found if isinstance(found, dict) else {}


class PromptContent(Value):
    """The part of a prompt that its id depends on."""

    messages: tuple[Message, ...]
    tools: str | None = None
    contexts: tuple[str, ...] = ()

    def as_content(self) -> dict[str, Any]:
        """Return it as ids depend on it."""
        content = self.model_dump(exclude_defaults=True)
        content["messages"] = [turn.as_content() for turn in self.messages]
        return content
