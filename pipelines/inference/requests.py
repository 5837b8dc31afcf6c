"""What is asked of a model, and what comes back."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from winnow.pipelines.inference.thoughts import Parted, part_answer
from winnow.schemas.base import Record, Value
from winnow.schemas.ids import canonical_json
from winnow.schemas.model_input import Takes, as_taken
from winnow.schemas.prompts import Message, ToolCall
from winnow.schemas.redaction import Shown
from winnow.schemas.token_logprobs import TokenLogprob

Task = Literal["chat", "prompt_logprobs", "reward"]
FinishReason = Literal["stop", "length", "tool_calls", "scored"]
FailureReason = Literal["prompt_too_long", "refused", "engine_error"]
OWED: tuple[FailureReason, ...] = ("engine_error",)
"""Reasons that may not hold when the same request is asked again."""


class Sampling(Value):
    """How tokens are chosen."""

    temperature: Annotated[float, Field(ge=0)] = 1.0
    """0 takes the likeliest token each time."""

    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Keep only the likeliest tokens that together reach this probability."""

    top_k: Annotated[int, Field(ge=0)] = 0
    """Keep only this many of the likeliest tokens; 0 keeps all."""

    max_tokens: Annotated[int, Field(ge=1)] = 512
    """Generate at most this many tokens."""

    stop: tuple[str, ...] = ()
    """Texts that end the generation and are left out of it."""

    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    """Give the log-probability of each token and of this many alternatives; left out, none."""

    def sampling(self) -> "Sampling":
        """Return it alone, without what settings have beside it."""
        return Sampling.model_validate(self.model_dump(include=set(Sampling.model_fields)))


class ChatRequest(Value):
    """One answer to be generated, or one conversation to be scored.

    Each of n samples is a request of its own, told apart by `sample_index`.
    """

    model: str
    """Name of the model, from `ModelRef.model`."""

    revision: str | None = None
    """Commit or content hash of the model, from `ModelRef.revision`; None where the server does not tell."""

    variant: str = ""
    """Engine settings that change what the model answers, from `ModelRef.variant`."""

    task: Task = "chat"
    """Answer the conversation, give log-probabilities of its last turn, or give its reward score."""

    messages: tuple[Message, ...] = Field(min_length=1)
    """The conversation. To be answered it ends before the answer; to be scored it ends with it."""

    tools: str | None = None
    """JSON text of the tools that the model may call; None where there are none."""

    sampling: Sampling = Sampling()
    """How tokens are chosen; of no effect where a conversation is scored."""

    json_schema: str | None = None
    """JSON schema that the answer must follow, as JSON text; the answer is then compact JSON."""

    sample_index: Annotated[int, Field(ge=0)] = 0
    """Which of several samples of one conversation this is, from 0."""

    attempt: Annotated[int, Field(ge=0)] = 0
    """How often the same was asked before with a reply that could not be read."""

    scored_chars: Annotated[int, Field(ge=1)] | None = None
    """Where log-probabilities are asked for: give those of so many last characters of the last turn, which then ends with
    them, without the template's marks behind it; None for the whole turn with those marks."""

    @cached_property
    def request_id(self) -> str:
        """SHA-256 of everything that determines the result, as 64 hex digits."""
        return hashlib.sha256(self.canonical().encode("utf-8")).hexdigest()

    def canonical(self) -> str:
        """Write everything that determines the result as canonical JSON; what is at its default is left out."""
        return canonical_json(self.model_dump(exclude_defaults=True))

    @classmethod
    def read(cls, text: str, request_id: str) -> Self:
        """Read back what `canonical` wrote, with the id that is known already."""
        request = cls.model_validate_json(text)
        request.__dict__["request_id"] = request_id
        return request

    @property
    def most_tokens(self) -> int:
        """Tokens that may be generated; a conversation that is only scored is read in one step."""
        return self.sampling.max_tokens if self.task == "chat" else 1

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the request with changes; a changed request has an id of its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("request_id", None)
        return copied

    def sample(self, sample_index: int, request_id: str) -> Self:
        """Return another sample of the same conversation, whose id is known already."""
        copied = self.__copy__()
        copied.__dict__.update(sample_index=sample_index, request_id=request_id)
        copied.model_fields_set.add("sample_index")
        return copied

    def told_to(self, takes: Takes) -> Self:
        """Write the turns for a model that does not take every one; it stays the same request, with the same id."""
        messages = as_taken(self.messages, takes)
        if messages == self.messages:
            return self
        told = super().model_copy(update={"messages": messages})
        told.__dict__["request_id"] = self.request_id
        return told

    @property
    def goes_on(self) -> bool:
        """Whether the last turn is not ended: the answer goes on from it, or its own words are scored and nothing behind."""
        last = self.messages[-1]
        says = last.role == "assistant" and bool(last.text()) and not last.tool_calls
        return self.scored_chars is not None or (self.task == "chat" and says)

    def ahead(self) -> Self | None:
        """Return the request that a model reads as all that stands ahead of what is scored; None where nothing does."""
        *before, last = self.messages
        if self.scored_chars is None:
            update = {"task": "chat", "messages": tuple(before)}
            return self.model_copy(update=update) if before else None
        text = last.content or ""
        begun = last.model_copy(update={"content": text[: max(0, len(text) - self.scored_chars)]})
        return self.model_copy(update={"messages": (*before, begun)})

    @property
    def seed(self) -> int:
        """Seed of the sampling, 60 bits of the request_id: the same whenever the request is asked again."""
        return int(self.request_id[:15], 16)


class Completion(Record):
    """What a model answered; one row of the completion store."""

    table: ClassVar[str] = "completions"
    key: ClassVar[tuple[str, ...]] = ("request_id",)

    request_id: str
    """Request that it answers."""

    model: str
    """Name of the model."""

    revision: str | None = None
    """Commit or content hash of the model; None where the server does not tell."""

    text: str = ""
    """What was generated, as the engine gave it; empty where a conversation was scored."""

    reasoning: str | None = None
    """What a server told apart as the thought; None where it told none, so that one may stand in the text."""

    tool_calls: tuple[ToolCall, ...] = ()
    """Tools that the answer calls, where the engine reads them out of the text."""

    server: str | None = None
    """Addresses of the servers or version of the engine that was asked, from `ModelRef.server`; None in old stores."""

    finish_reason: FinishReason | None
    """Why the text ends: by itself, at max_tokens, with a tool call; or that there is none. None where the server does
    not say."""

    n_prompt_tokens: Annotated[int, Field(ge=0)] | None
    """Tokens read; None where the server does not count them."""

    n_cached_tokens: Annotated[int, Field(ge=0)] | None = None
    """Of the tokens read, those that the engine's prefix cache held; None where it does not tell, and in old stores."""

    n_tokens: Annotated[int, Field(ge=0)] | None
    """Tokens generated; None where the server does not count them."""

    logprob: float | None = None
    """Sum over the generated tokens, or over the last turn where that is scored, in nats; None where not asked for, or
    where that of a single token is unknown."""

    token_logprobs: tuple[TokenLogprob, ...] = ()
    """Log-probabilities of the tokens generated, or of those of the scored turn, where asked for. Of a part of a turn
    the first may hold the end of what stands ahead of it, for the turn is cut into tokens as a whole."""

    score: float | None = None
    """Score of a reward model, on its own scale; None otherwise."""

    def parted(self, asked: Sequence[Message] = ()) -> Parted:
        """Tell thought and answer apart, wherever the engine put them.

        Args:
            asked: The conversation that was answered; marks that it asks for belong to the answer.
        """
        words = "\n".join(turn.text() for turn in asked)
        return part_answer(
            self.text, self.reasoning, calls_tools=bool(self.tool_calls), asked=words
        )


class Failure(Record):
    """A request that got no answer."""

    table: ClassVar[str] = "failures"
    key: ClassVar[tuple[str, ...]] = ("request_id",)

    request_id: str
    """Request that failed."""

    reason: FailureReason
    """The reason, by name."""

    detail: Shown
    """What was found, in words, with the values and without secrets."""

    @property
    def is_certain(self) -> bool:
        """Whether the same model would fail the same request again."""
        return self.reason not in OWED


Result = Completion | Failure


def n_shared(a: Sequence[int], b: Sequence[int]) -> int:
    """Count the tokens that two sequences have in common at their beginning."""
    differing = (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
    return next(differing, min(len(a), len(b)))
