"""What a pairing strategy is."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Protocol

from winnow.schemas.registry import Registry


class Candidate(NamedTuple):
    """One response that may be compared."""

    response_id: str
    """The response."""

    content: str | None
    """What tells its content from another's; None where it is empty."""

    score: float | None = None
    """Its score, where the strategy asks for one; None where it has none."""


class Strategy(Protocol):
    """A way to set the responses to one prompt side by side, two or more at once. Its pydantic fields are its settings."""

    name: ClassVar[str]
    """Name in the settings."""

    version: ClassVar[int]
    """Grows whenever the same responses would be paired otherwise."""

    @property
    def scored_by(self) -> str | None:
        """What scores the candidates: "logprob", a verifier's name, or None for nothing."""
        ...

    def form(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, ...]]:
        """Choose who is compared with whom, given the responses to one prompt in the order of their ids."""
        ...


STRATEGIES: Registry[Strategy] = Registry("strategy")
"""Strategies by name; `winnow.pipelines.pairing` fills it."""
