"""Conditions under which a prompt is answered and judged: a principle, a persona, a context, a goal.

A prompt under a condition is a prompt of its own, which says so in its system turn: the same two responses may rightly be ordered both
ways. Source: arXiv:2407.14916 (the same responses under two contexts), arXiv:2506.03637 (principles given at run time).
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from winnow.schemas.base import Value
from winnow.schemas.conditioned import UNCONDITIONED
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response

ConditionKind = Literal["principle", "persona", "context", "goal"]

_WORDS: Mapping[ConditionKind, str] = {
    "principle": "The answer has to follow this principle, before anything else: ",
    "persona": "The person who asks: ",
    "context": "The situation in which this is asked: ",
    "goal": "What the answer is to bring about: ",
}


class Condition(Value):
    """What a prompt is answered and judged under."""

    text: Annotated[str, Field(min_length=1)]
    """The condition in words, such as "Prefer the answer that a child understands."."""

    kind: ConditionKind = "context"
    """What it is: "principle" (how to answer), "persona" (who asks), "context" (the situation) or "goal" (what for)."""

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("it says nothing; write the condition in words, or leave it out")
        return text


def conditioned(prompt: Prompt, condition: Condition) -> Prompt:
    """Return a prompt under a condition, which stands in its system turn, behind what that says already.

    Its metadata name the condition and the prompt as it was.
    """
    words = f"{_WORDS[condition.kind]}{condition.text.strip()}"
    first, *rest = prompt.messages
    if first.role == "system" and not first.parts:
        said = "\n\n".join(filter(None, [first.content, words]))
        messages = (first.model_copy(update={"content": said}), *rest)
    else:
        messages = (Message(role="system", content=words), *prompt.messages)
    known = prompt.brought()
    more = {"condition": condition.model_dump(), UNCONDITIONED: prompt.prompt_id}
    fields = {name: getattr(prompt, name) for name in Prompt.model_fields if name != "prompt_id"}
    return Prompt.model_validate(
        {**fields, "messages": messages, "metadata": json.dumps(known | more, ensure_ascii=False)}
    )


def under_condition(response: Response, prompt_id: str) -> Response:
    """Return a response as an answer to a prompt under a condition: the same words, made from the response as it was."""
    fields = {n: getattr(response, n) for n in Response.model_fields if n != "response_id"}
    own = {"prompt_id": prompt_id, "parent_id": response.response_id}
    return Response.model_validate({**fields, **own})


def conditions_in(prompt: Prompt, key: str, kind: ConditionKind) -> tuple[Condition, ...] | None:
    """Read the conditions that a prompt brings in its metadata.

    Args:
        prompt: The prompt.
        key: The key of its metadata that holds them: a text, an object with "text" and "kind", or a list of such.
        kind: What those are that do not say it.

    Returns:
        The conditions, each once; None where there is nothing under the key.

    Raises:
        ValueError: What stands there is no condition.
    """
    found: Any = prompt.brought().get(key)
    if found is None or found == []:
        return None
    listed = found if isinstance(found, list) else [found]
    said = [{"text": one} if isinstance(one, str) else one for one in listed]
    try:
        read = [Condition.model_validate({"kind": kind, **one}) for one in said]
    except (TypeError, ValidationError) as error:
        raise ValueError(
            f"metadata.{key} is {found!r}, wanted a text, an object with text and kind, or a list of such"
        ) from error
    return tuple(dict.fromkeys(read))
