"""What the tasks have in common that show two responses and come to one judgment of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from winnow.annotation.queues.forms import Field, chat
from winnow.annotation.queues.tasks.base import ReadAnswers, discarded, judgment
from winnow.schemas.answers import Answer
from winnow.schemas.judgments import Verdict

Say = Callable[[Mapping[str, Any], tuple[str, ...]], dict[str, Any]]
"""Gives what the values of an answer say of the responses, whose ids come as they were shown: fields of a judgment."""


def two_responses(show: Callable[[str, str], Field], *above: Field) -> list[Field]:
    """Return the fields of the page: the conversation, what stands above the responses, and the two of them."""
    return [
        chat("prompt", "Conversation"),
        *above,
        show("response_1", "Response 1"),
        show("response_2", "Response 2"),
    ]


def read_pair(answer: Answer, say: Say) -> ReadAnswers:
    """Read an answer as one judgment, its verdict naming the response and not its place."""
    subject_id, ids = answer.shown.subject_id, answer.shown.response_ids
    if answer.status == "discarded":
        return ReadAnswers([discarded(answer, subject_id, ids)])
    said = json.loads(answer.values)
    found = judgment(answer, subject_id, ids, **say(said, ids), rationale=said.get("why", ""))
    return ReadAnswers([found])


def verdict_of(lean: float) -> Verdict:
    """Name the response that a number leans to: negative for a, positive for b."""
    return "tie" if lean == 0 else "b" if lean > 0 else "a"
