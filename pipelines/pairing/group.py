"""Several responses at once."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from winnow.pipelines.pairing.strategy import STRATEGIES, Candidate
from winnow.schemas.base import Value


@STRATEGIES.register("group", version=1)
class Group(Value):
    """Compare the first responses to a prompt, by id, as one group; empty ones and repeats are passed over.

    A group is judged as a whole by those who rank, and pair by pair by all others.
    """

    size: Annotated[int, Field(ge=2, le=50)] = 4
    """Responses of a group at most."""

    @property
    def scored_by(self) -> str | None:
        """Nothing: the first responses are taken."""
        return None

    def form(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, ...]]:
        """Form the group, if two responses differ."""
        distinct = {c.content: c for c in reversed(candidates) if c.content is not None}
        group = sorted(distinct.values(), key=lambda c: c.response_id)[: self.size]
        return [tuple(group)] if len(group) > 1 else []
