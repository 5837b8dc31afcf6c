"""Labels of one prompt that contradict each other in a circle."""

from typing import ClassVar

from pydantic import Field

from winnow.schemas.base import Record


class Cycle(Record):
    """Responses to one prompt that beat each other round in a circle, and where the circle is broken."""

    table: ClassVar[str] = "cycles"
    key: ClassVar[tuple[str, ...]] = ("run_id", "comparison_id")

    run_id: str
    """Run whose labels they are."""

    comparison_id: str
    """The comparison with least evidence, at which the cycle is broken."""

    prompt_id: str
    """The prompt that all the responses answer."""

    response_ids: tuple[str, ...] = Field(min_length=3)
    """In order: each beats the next, the last the first; the first two are those of `comparison_id`."""

    comparison_ids: tuple[str, ...] = Field(min_length=3)
    """The comparison in which each of `response_ids` beats the next."""

    evidence: tuple[float, ...] = Field(min_length=3)
    """Log-odds, in nats, of each of `comparison_ids`; the first is the least."""
