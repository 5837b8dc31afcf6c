"""What OpenAI-compatible servers send back, by a schema in which each part may be missing or of another form.

A part of another form than wanted counts as missing. What was answered is `openai_answers`'s to say.
"""

import json
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

T = TypeVar("T")

Finish = Literal["stop", "length", "tool_calls", "filtered", "broken"]

_FINISHES: dict[str, Finish] = {
    **dict.fromkeys(("stop", "eos", "end_turn", "stop_sequence", "complete", "completed"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "model_length", "max_output_tokens"), "length"),
    **dict.fromkeys(("max_length", "model_context_window_exceeded"), "length"),
    **dict.fromkeys(("tool_calls", "tool_call", "tool_use", "function_call"), "tool_calls"),
    **dict.fromkeys(("content_filter", "content_filtered", "refusal", "sensitive"), "filtered"),
    **dict.fromkeys(("safety", "recitation", "blocklist", "prohibited_content"), "filtered"),
    **dict.fromkeys(("spii", "error_toxic", "guardrail_intervened"), "filtered"),
    **dict.fromkeys(("error", "abort", "network_error", "malformed_function_call"), "broken"),
    "eos_token": "stop",
    "insufficient_system_resource": "broken",
}
"""What servers write as `finish_reason`, in small letters; any other word leaves the reason unknown."""

_MOST_TOKENS = 10**12
_MOST_WORDS = 500


class Unreadable(Exception):
    """A reply that holds no answer that can be read; says what was found, with its beginning."""

    def __init__(self, what: str, reply: Any) -> None:
        super().__init__(f"{what}: {shown(reply)}")


def _or_missing(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def _count(value: Any) -> int | None:
    """Read a count of tokens; some servers write 12.0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value <= _MOST_TOKENS and value == int(value) else None


Maybe = Annotated[T | None, WrapValidator(_or_missing)]
"""None where it is missing or of another form."""

Items = Annotated[list[Maybe[T]], BeforeValidator(_listed)]
"""A list with None for each item of another form; one object alone is a list of one, all else an empty one."""

Count = Annotated[int | None, BeforeValidator(_count)]


class ReplyObject(BaseModel):
    """A JSON object of a reply; what it holds beside the fields is not looked at."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", protected_namespaces=())

    @classmethod
    def of(cls, value: Any) -> Self:
        """Read a reply, also one that is alone in a list.

        Raises:
            Unreadable: It is no object.
        """
        alone = value[0] if isinstance(value, list) and len(value) == 1 else value
        if not isinstance(alone, dict):
            raise Unreadable("the reply is no object", value)
        return cls.model_validate(alone)


class TokenUsage(ReplyObject):
    """Tokens, as the server counted them."""

    prompt_tokens: Count = Field(
        None, validation_alias=AliasChoices("prompt_tokens", "input_tokens")
    )
    completion_tokens: Count = Field(
        None, validation_alias=AliasChoices("completion_tokens", "output_tokens")
    )
    told_cached: Count = Field(
        None,
        validation_alias=AliasChoices(
            AliasPath("prompt_tokens_details", "cached_tokens"),
            AliasPath("input_tokens_details", "cached_tokens"),
            "prompt_cache_hit_tokens",  # DeepSeek's own
        ),
    )

    @property
    def cached_tokens(self) -> int | None:
        """Of the tokens read, those from the prefix cache; None where the server tells none or more than were read."""
        told, read = self.told_cached, self.prompt_tokens
        return None if told is None or read is None or told > read else told


class Alternative(ReplyObject):
    """A token that might have stood at one place."""

    token: Maybe[str] = None
    logprob: Maybe[float] = None


class TokenAlternatives(Alternative):
    """The token at one place of the answer."""

    top_logprobs: Items[Alternative] = []


class Logprobs(ReplyObject):
    """Log-probabilities of an answer: place by place, or in the older form as lists side by side."""

    content: Items[TokenAlternatives] = []
    tokens: Items[str] = []
    token_logprobs: Items[float] = []

    def places(self) -> list[TokenAlternatives]:
        """Read the places of the answer in order; of one that cannot be read all is unknown."""
        if self.content or len(self.tokens) != len(self.token_logprobs):
            return [place or TokenAlternatives() for place in self.content]
        older = zip(self.tokens, self.token_logprobs, strict=True)
        return [TokenAlternatives(token=token, logprob=logprob) for token, logprob in older]


class Function(ReplyObject):
    """The function that a tool call names."""

    name: Maybe[str] = None
    arguments: Any = None


class Call(Function):
    """One call of a tool; some servers leave out the object `function` between."""

    id: Maybe[str] = None
    function: Maybe[Function] = None


class ReplyMessage(ReplyObject):
    """The turn that was answered."""

    content: Any = None
    refusal: Maybe[str] = None
    reasoning_content: Any = None
    reasoning: Any = None
    reasoning_details: Any = None
    thinking: Any = None
    tool_calls: Any = None
    function_call: Maybe[Function] = None


class Ending(ReplyObject):
    """How one answer ends."""

    finish_reason: Any = None
    error: Any = None

    @property
    def finish(self) -> Finish | None:
        """Why the text ends; None where the server does not say, or in a word that nobody knows."""
        said = self.finish_reason
        word = said.get("type") if isinstance(said, dict) else said  # SGLang's own form
        if not isinstance(word, str):
            return None
        # Gemini writes "content_filter: SAFETY".
        return _FINISHES.get(word.strip().lower().partition(":")[0])


class Choice(Ending):
    """One answer."""

    message: Maybe[ReplyMessage] = None
    text: Maybe[str] = None
    logprobs: Maybe[Logprobs] = None

    @property
    def is_said(self) -> bool:
        """Whether there is a message, as empty as it may be."""
        return self.message is not None or self.text is not None


class ChatReply(ReplyObject):
    """A chat completion."""

    choices: Items[Choice] = []
    usage: Maybe[TokenUsage] = None
    prompt_token_ids: Maybe[list[int]] = None
    prompt_logprobs: Maybe[list[Any]] = None

    @property
    def choice(self) -> Choice | None:
        """The first answer with a message, else the first of all; None where there is none."""
        choices = [choice for choice in self.choices if choice]
        return next((c for c in choices if c.is_said), choices[0] if choices else None)


class AnyReply(ReplyObject):
    """What tells in any reply whether it is an error."""

    choices: Items[Ending] = []
    error: Any = None
    object: Any = None


class ListedModel(ReplyObject):
    """A model that a server has."""

    id: Maybe[str] = None
    owned_by: Maybe[str] = None
    max_model_len: Count = None


class ModelList(ReplyObject):
    """The reply of /models, a hint: whatever cannot be read of it is not known."""

    data: Items[ListedModel] = []


def listed_models(reply: Any) -> list[ListedModel]:
    """Read a list of models; none where it is odd."""
    try:
        return [model for model in ModelList.of(reply).data if model]
    except Unreadable:
        return []


def names_vllm(reply: Any) -> bool | None:
    """Tell whether a list of models is vLLM's; None where it names none."""
    models = listed_models(reply)
    return any(model.owned_by == "vllm" for model in models) if models else None


def shown(reply: Any) -> str:
    """Return the beginning of a reply as the server wrote it, without control characters."""
    try:
        text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
    except (RecursionError, TypeError):  # nested too deeply, or no JSON at all
        return "…"
    return "".join(c if c.isprintable() else " " for c in text[:_MOST_WORDS])


def clean(text: str) -> str:
    """Replace by U+FFFD what JSON lets through and Parquet (no Unicode) or PostgreSQL (U+0000) does not."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\ufffd")
