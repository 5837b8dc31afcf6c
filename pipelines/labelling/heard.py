"""What came back of a judge's questions about one subject."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.judge import Reply
from winnow.pipelines.asking.parting import may_be_more_than_answers, part_row
from winnow.pipelines.inference.models import ModelRef
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

    request_ids: tuple[str, ...] = ()
    """The request that each answers."""

    is_elsewhere: bool = False
    """Whether another server, or another version of the engine, gave any of them."""

    def __add__(self, more: "HeardReplies") -> "HeardReplies":
        """Return these and the replies to further questions."""
        if not self.replies:
            return more
        return HeardReplies(
            replies=(*self.replies, *more.replies),
            costs=(*self.costs, *more.costs),
            request_ids=(*self.request_ids, *more.request_ids),
            is_elsewhere=more.is_elsewhere,
        )

    @property
    def request_id(self) -> str | None:
        """The request that was answered last; None where nothing was asked."""
        return self.request_ids[-1] if self.request_ids else None

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
        answers: Rows as `rows_of` gives them.
        model: The model that was asked.
    """
    return HeardReplies(
        replies=tuple(map(_reply, requests, answers)),
        costs=tuple(model.cost_of(one["n_prompt_tokens"], one["n_tokens"]) for one in answers),
        request_ids=tuple(one["request_id"] for one in answers),
        is_elsewhere=any(one["server"] not in (None, model.server) for one in answers),
    )


def rows_of(answers: pa.Table) -> list[dict[str, Any]]:
    """Return rows as dicts, each with `is_plain`, whether its text is an answer and no thought.

    Lists that are empty throughout, which most are, cost nothing.
    """
    is_plain = pc.invert(may_be_more_than_answers(answers))
    answers = answers.append_column("is_plain", is_plain)
    columns = {name: _values(answers[name]) for name in answers.column_names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    if pa.types.is_list(column.type) and not pc.max(pc.list_value_length(column)).as_py():
        return [()] * len(column)
    return column.to_pylist()


def _reply(request: str, answer: Mapping[str, Any]) -> Reply:
    """Return what a judge reads of an answer."""
    is_plain = answer["is_plain"]
    return Reply(
        text=answer["text"] if is_plain else part_row({**answer, "request": request}).answer,
        tool_calls=answer["tool_calls"],
        tokens=answer["token_logprobs"],
        score=answer["score"],
    )
