"""What the labels of many comparisons say about single responses and about models."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.schemas.base import Record
from winnow.schemas.labels import Probability

Count = Annotated[int, Field(ge=0)]


class Strength(Record):
    """How strong one response is among those to its prompt, three or more: as was said, and as one run's labels have it."""

    table: ClassVar[str] = "strengths"
    version: ClassVar[int] = 2
    key: ClassVar[tuple[str, ...]] = ("run_id", "response_id")

    run_id: str
    """Run that computed it."""

    prompt_id: str
    """The prompt."""

    response_id: str
    """The response."""

    strength: float
    """Estimated from the labels, each counting by its probabilities: Bradley-Terry strength with ties, the log-odds
    against the average of those it is ranked with, in nats."""

    n_won: Count | None = None
    """Verdicts, as they were said, that name it the better; None in runs that did not count them."""

    n_tied: Count | None = None
    """Verdicts that name neither."""

    n_lost: Count | None = None
    """Verdicts that name the other."""

    win_rate: Probability
    """Share of these verdicts won, a tie as half."""

    rank: Annotated[int, Field(ge=1)]
    """Place among those it is ranked with, 1 the strongest; equal strengths share the better place."""

    n_ranked: Annotated[int, Field(ge=3)]
    """Responses that it is ranked with, itself included: those it met, also by way of others."""

    n_comparisons: Annotated[int, Field(ge=1)]
    """Labelled comparisons it stands in."""


class Standing(Record):
    """How one model stands against the others over all prompts of one run: counted from what was said, and estimated
    from the labels. All intervals hold 90 %, prompts drawn at random.
    """

    table: ClassVar[str] = "standings"
    version: ClassVar[int] = 2
    key: ClassVar[tuple[str, ...]] = ("run_id", "model")

    run_id: str
    """Run that computed it."""

    model: str
    """The model, as its responses name it."""

    part: int
    """Number of the part of the field; models of different parts never met, so their strengths do not compare."""

    n_prompts: Annotated[int, Field(ge=1)]
    """Prompts on which it met another model."""

    n_comparisons: Annotated[int, Field(ge=1)]
    """Labelled comparisons with another model."""

    n_won: Count | None = None
    """Verdicts, as they were said, that name its response the better; None in runs that did not count them."""

    n_tied: Count | None = None
    """Verdicts that name neither."""

    n_lost: Count | None = None
    """Verdicts that name the other."""

    win_rate: Probability
    """Share of these verdicts won, a tie as half: counted, each annotator's verdict alike."""

    win_rate_low: Probability
    """Lower end of its interval."""

    win_rate_high: Probability
    """Upper end of it."""

    tie_rate: Probability
    """Share of these verdicts tied."""

    label_win_rate: Probability | None = None
    """Share of the labels won, each by its likeliest verdict and a tie as half: an estimate, since labels weigh
    annotators. None in runs that did not count it."""

    label_win_rate_low: Probability | None = None
    """Lower end of its interval."""

    label_win_rate_high: Probability | None = None
    """Upper end of it."""

    strength: float
    """Estimated from the labels, each by its likeliest verdict: Bradley-Terry strength with ties, the log-odds against
    the average model of its part, in nats."""

    strength_low: float
    """Lower end of its interval."""

    strength_high: float
    """Upper end of it."""
