"""What came back of a judge's questions about one subject."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.judge import Reply
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.inference.thoughts import may_be_asked_for
from winnow.schemas.base import Value

ANSWER = (
    "text",
    "reasoning",
    "tool_calls",
    "server",
    "token_logprobs",
    "score",
    "n_prompt_tokens",
    "n_tokens",
)
"""Columns of `Completion` that are read."""


class HeardReplies(Value):
    """Replies to questions, and what is kept of the completions that they were read from."""

    replies: tuple[Reply, ...] = ()
    """The replies, in the order of the questions."""

    costs: tuple[float | None, ...] = ()
    """What each cost; None where unknown."""

    request_id: str | None = None
    """The request that was answered last; None where nothing was asked."""

    is_elsewhere: bool = False
    """Whether another server, or another version of the engine, gave any of them."""

    def __add__(self, more: "HeardReplies") -> "HeardReplies":
        """Return these and the replies to further questions."""
        if not self.replies:
            return more
        return HeardReplies.model_construct(
            replies=(*self.replies, *more.replies),
            costs=(*self.costs, *more.costs),
            request_id=more.request_id or self.request_id,
            is_elsewhere=more.is_elsewhere,
        )

    @property
    def cost(self) -> float | None:
        """What all cost together; None where that of one is unknown."""
        known = [cost for cost in self.costs if cost is not None]
        return sum(known) if known and len(known) == len(self.costs) else None


def heard(
    requests: Sequence[str], answers: Sequence[Mapping[str, Any]], model: ModelRef
) -> HeardReplies:
    """Read the answers to the questions of one round.

    Args:
        requests: The questions as requests, in JSON.
        answers: Of each its request_id and the columns `ANSWER`.
        model: The model that was asked.
    """
    # Rows of the store are as the record wants them.
    completions = [Completion.model_construct(**answer) for answer in answers]
    both = zip(requests, completions, strict=True)
    return HeardReplies.model_construct(
        replies=tuple(_reply(request, one) for request, one in both),
        costs=tuple(map(model.cost_of, completions)),
        request_id=completions[-1].request_id if completions else None,
        is_elsewhere=any(one.server not in (None, model.server) for one in completions),
    )


def rows_of(answers: pa.Table) -> list[dict[str, Any]]:
    """Return rows as dicts; lists that are empty throughout, which most are, cost nothing."""
    columns = {name: _values(answers[name]) for name in answers.column_names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_list(column.type) and not pc.max(pc.list_value_length(column)).as_py():
        return [()] * len(column)
    return column.to_pylist()


def _reply(request: str, completion: Completion) -> Reply:
    """Return what a judge reads of an answer."""
    # Only some marks of a thought may be part of what was asked for.
    is_asked = may_be_asked_for(completion.text)
    asked = ChatRequest.model_validate_json(request).messages if is_asked else ()
    return Reply(
        text=completion.parted(asked).answer,
        tool_calls=completion.tool_calls,
        tokens=completion.token_logprobs,
        score=completion.score,
    )
