"""What happened in rounds of people and models; kept beside the warehouse until a release rests on it."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from winnow.schemas.base import Record

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Asked(Record):
    """One comparison that people were asked to judge."""

    table: ClassVar[str] = "asked"
    key: ClassVar[tuple[str, ...]] = ("comparison_id", "purpose")

    comparison_id: str
    """The comparison."""

    round: int
    """The round, counted from 1."""

    purpose: Literal["audit", "chosen"]
    """Why: drawn at random, so that accuracy can be estimated, or because its label seemed doubtful."""

    is_new: bool
    """False where people were asked before, for the other purpose: nobody is asked twice."""


class RoundResult(Record):
    """Where the labels stood when the answers of a round were in."""

    table: ClassVar[str] = "round_results"
    key: ClassVar[tuple[str, ...]] = ("round",)

    round: int
    """The round, counted from 1."""

    n_asked: Count
    """Comparisons that people were asked about so far."""

    n_items: Count
    """Comparisons in all."""

    n_left: Count
    """Comparisons whose verdict is not known and that people were never asked about."""

    n_keep: Count
    """Comparisons whose label stays."""

    n_flip: Count
    """Comparisons whose label is turned round."""

    n_discard: Count
    """Comparisons that wait for better evidence."""

    n_sample: Count
    """Random comparisons that the estimate rests on."""

    n_right: Count
    """Of those, the ones whose label, made without people's own verdict, was right."""

    unseen_low: Share
    """Lower end of the 95 % interval of the accuracy of labels that no person looked at."""

    unseen_high: Share
    """Upper end."""

    accuracy: Share | None = None
    """Estimated accuracy of all labels that come out, those of people taken as right; None without a sample."""

    low: Share
    """Lower end of its 95 % interval."""

    high: Share
    """Upper end."""

    reached: bool = False
    """Whether the target was met, the bound allowing for a look after every round."""

    @property
    def coverage(self) -> float:
        """Share of the comparisons that come out with a label."""
        return (self.n_keep + self.n_flip) / self.n_items if self.n_items else 0.0
