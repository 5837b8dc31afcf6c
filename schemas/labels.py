"""What the judgments of a comparison add up to, and how reliable each annotator proved."""

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from winnow.schemas.base import Record
from winnow.schemas.judgments import Kind

MUTE_BELOW = 0.05
"""An annotator whose weight is nearer to 0 than this, in nats, decides nothing and is no evidence."""

MAX_WEIGHT = math.log(99)
"""Most that one verdict may add to the log-odds of a label, in nats: 99 to 1, as one that is taken as right."""

Probability = Annotated[float, Field(ge=0, le=1)]


class Label(Record):
    """The posterior over the verdicts of one comparison, as one run computed it."""

    table: ClassVar[str] = "labels"
    key: ClassVar[tuple[str, ...]] = ("run_id", "comparison_id")

    run_id: str
    """Run that computed it."""

    comparison_id: str
    """Comparison it is about."""

    p_a: Probability
    """Probability that a is better."""

    p_b: Probability
    """Probability that b is better."""

    p_tie: Probability
    """Probability that neither is; the three sum to 1."""

    low: Probability | None = None
    """Lower end of the 90 % interval of p_a / (p_a + p_b); None where the method gives none."""

    high: Probability | None = None
    """Upper end of it."""

    agreement: Probability | None = None
    """Share of the evidence, by annotator weight, that agrees with the likeliest verdict; None without weight."""

    n_judgments: int
    """Valid judgments it rests on."""

    method: str
    """Aggregation method that computed it."""


class Membership(Record):
    """A group that an annotator belongs to, as the input says; what is published of it are the annotator's `groups`."""

    table: ClassVar[str] = "memberships"
    key: ClassVar[tuple[str, ...]] = ("annotator_id", "group")

    annotator_id: str
    """Who."""

    group: str
    """Name of the group, such as "nurses" or a pseudonym of it."""


class KnownAnnotator(Record):
    """What is known of an annotator before it is measured; what is published of it are the columns of `Annotator`."""

    table: ClassVar[str] = "known_annotators"
    key: ClassVar[tuple[str, ...]] = ("annotator_id",)

    annotator_id: str
    """Who."""

    model: str | None = None
    """Name in the settings of the model that it asks; None where it asks none, or that is not known."""

    annotator_version: int | None = None
    """Version of the judge or verifier; None for people, and where it is not known."""


class Annotator(Record):
    """How reliable one annotator proved in one run."""

    table: ClassVar[str] = "annotators"
    key: ClassVar[tuple[str, ...]] = ("run_id", "annotator_id")
    derived: ClassVar[Mapping[str, tuple[str, str]]] = {
        "model": ("annotator_id", r"^\w+@\d+:(?P<found>[^#]+)"),
        "annotator_version": ("annotator_id", r"^\w+@(?P<found>\d+)(?:[:#]|$)"),
    }

    run_id: str
    """Run that measured it."""

    annotator_id: str
    """Who."""

    kind: Kind
    """What sort of annotator it is."""

    n_judgments: int
    """Judgments given, invalid ones included."""

    n_invalid: int
    """Judgments that could not be read."""

    order_consistency: Probability | None = None
    """Share of comparisons judged in both orders whose two verdicts agree; None where none was judged in both."""

    position_bias: float | None = None
    """Share of decisive verdicts for the response shown first, minus 0.5; None where no order was recorded."""

    accuracy: Probability | None = None
    """Estimated probability that a decisive verdict is right; None where it is unknown."""

    gold_accuracy: Probability | None = None
    """Measured accuracy on decisive gold; None where none was judged."""

    n_gold: int = 0
    """Gold comparisons judged decisively."""

    weight: float
    """Log-odds that one more decisive verdict adds to a label, given what the others say, in nats, -log(99) to log(99).

    0 for an annotator that adds nothing, and for one without a readable verdict. Below 0 does not mean that it is wrong
    more often than right: `accuracy` says how often it is right by itself.
    """

    groups: tuple[str, ...] = ()
    """Groups that the input says the annotator belongs to, by name or pseudonym."""

    model: str | None = None
    """Model that a judge asks, by the `name` that the run's `models` give it; None for annotators that ask none."""

    annotator_version: int | None = None
    """Version of the judge or verifier; None for people, and where it is not known."""


def decides_nothing(annotator: Annotator) -> bool:
    """Say whether the annotator's weight rounds to nothing."""
    return abs(annotator.weight) < MUTE_BELOW
