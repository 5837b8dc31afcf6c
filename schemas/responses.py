"""What was answered."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from winnow.schemas.base import Record, Value
from winnow.schemas.ids import content_id
from winnow.schemas.prompts import Message, Part, ToolCall

FinishReason = Literal["stop", "length", "tool_calls", "imported"]

Made = Literal["sampled", "imported", "edited", "refined", "degraded", "continued"]


class StepStart(Value):
    """Where a step of a response begins; it ends where the next one does."""

    turn: Annotated[int, Field(ge=0)]
    """The turn in which it begins, from 0."""

    character: Annotated[int, Field(ge=0)] = 0
    """The character of that turn's text at which it begins, from 0, counted in Unicode code points."""


class Response(Record):
    """One sampled or imported answer to a prompt."""

    table: ClassVar[str] = "responses"
    key: ClassVar[tuple[str, ...]] = ("response_id",)

    response_id: str = ""
    """SHA-256 of prompt_id, model, model_revision, sampling, sample_index, text, tool_calls, turns and parts, and without a
    text of source_id or else source; filled in."""

    prompt_id: str
    """The prompt it answers."""

    turns: tuple[Message, ...] = ()
    """Turns between the prompt and the last one, oldest first: the response's own calls and their results, or scripted
    turns of the user; empty for a response of one turn."""

    text: str | None
    """What was answered, in the last turn; may be empty. None where nobody knows it: a log of battles names the model
    and not what it said."""

    tool_calls: tuple[ToolCall, ...] = ()
    """Tools called in the last turn."""

    parts: tuple[Part, ...] = ()
    """Pieces of the last turn in order, where it is more than plain text; `text` holds the words of it."""

    steps: tuple[StepStart, ...] = ()
    """Where its steps begin, the first at its start; empty where nobody says. No part of response_id."""

    made: Made | None = None
    """How it came to be; None where that was not recorded. No part of response_id."""

    parent_id: str | None = None
    """The response that it was made from; None for one that was made from none. No part of response_id."""

    reasoning: str | None = None
    """What the model thought before it answered; no annotator sees it. None where it thought nothing, or for an
    imported response."""

    model: str
    """Name of the model or, for an imported response, what the source calls its author."""

    model_revision: str | None = None
    """Commit or content hash of the model; None where unknown."""

    sampling: str | None = None
    """Sampling parameters as canonical JSON; None for an imported response."""

    sample_index: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    """Which of the n samples of one request this is, from 0."""

    finish_reason: FinishReason | None = "imported"
    """Why the text ends: by itself, at max_tokens, with a tool call, or imported whole; None where the server did not
    say."""

    n_tokens: Annotated[int, Field(ge=0)] | None = None
    """Tokens generated, those of the thought included; None for an imported response, and where the server did not
    count."""

    logprob: float | None = None
    """Sum of the log-probabilities of the tokens, those of the thought included, in nats; None where the engine gave none."""

    request_id: str | None = None
    """Completion it was read from; None for an imported response."""

    source: str | None = None
    """File or data set and row that it came from first, such as "pairs.jsonl:17"; None for a sampled response."""

    source_id: str | None = None
    """The file's own id of it, of one whose text is not known that of its comparison; None where it has none."""

    @model_validator(mode="before")
    @classmethod
    def _fill_id(cls, data: dict[str, object]) -> dict[str, object]:
        # A row from before there was a column of lists holds null there.
        data = {k: () if v is None and k in _LISTS else v for k, v in data.items()}
        if data.get("response_id"):
            return data
        draft = cls.model_validate({**data, "response_id": "-"})
        return {**data, "response_id": content_id(draft.as_content())}

    def as_content(self) -> dict[str, Any]:
        """Return it as ids depend on it."""
        parts = self.model_dump(
            include={
                "prompt_id",
                "model",
                "model_revision",
                "sampling",
                "sample_index",
                "text",
                "tool_calls",
            }
        )
        if self.text is None:  # nothing but its place tells it from others of the model
            parts["place"] = self.source_id or self.source
        if self.turns:  # ids from before there was this column stay as they are
            parts["turns"] = [turn.as_content() for turn in self.turns]
        if self.parts:
            parts["parts"] = self.as_turns()[-1].as_content()["parts"]
        return parts

    @property
    def is_known(self) -> bool:
        """Whether anybody knows what was answered."""
        return self.text is not None

    def as_turns(self) -> tuple[Message, ...]:
        """List all that was answered as turns, the last one included."""
        content = None if self.parts else self.text
        last = Message(
            role="assistant", content=content, parts=self.parts, tool_calls=self.tool_calls
        )
        return (*self.turns, last)

    def turn_texts(self) -> tuple[str, ...]:
        """Return the words of each of the assistant's turns, "" of one that only calls tools; those of the last are `text`."""
        before = (turn.text() for turn in self.turns if turn.role == "assistant")
        return (*before, self.text or "")

    def words(self) -> str:
        """Return all that the assistant said in it, a line for each turn that says something."""
        return "\n".join(filter(None, self.turn_texts()))


_LISTS = ("turns", "parts", "steps")
