"""What came out."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from winnow.schemas.base import Record
from winnow.schemas.labels import Probability

Split = Literal["train", "validation", "test"]


class Preference(Record):
    """One comparison whose label held, as one release publishes it.

    Texts are not repeated here: the view `preference_texts` joins prompt, chosen and rejected to each row.
    """

    table: ClassVar[str] = "preferences"
    key: ClassVar[tuple[str, ...]] = ("release", "preference_id")

    release: str
    """Name and number of the release, such as "preferences@3"."""

    preference_id: str
    """SHA-256 of comparison_id, chosen_id, rejected_id and is_tied."""

    comparison_id: str
    """Comparison it came from."""

    prompt_id: str
    """Prompt that both responses answer."""

    chosen_id: str
    """The better response; of a tie, response a."""

    rejected_id: str
    """The worse response; of a tie, response b."""

    is_tied: bool
    """Whether the label is a tie, so that chosen and rejected are equally good."""

    confidence: Probability
    """Posterior probability of the published verdict."""

    margin: Probability
    """|p_a - p_b| of the label; for a tie how little the two differ does not count, so it is small."""

    length_controlled_margin: Annotated[float, Field(ge=-1, le=1)] | None = None
    """The margin with what length adds to the label taken out; below 0 where the label rests on length alone. None for a
    tie, and where there are too few preferences to tell what length adds."""

    evidence: tuple[str, ...]
    """judgment_ids that the label rests on, at least one."""

    split: Split
    """Split it belongs to; all rows of one prompt share it."""

    near_group: str = ""
    """First prompt_id of those that hang together with its prompt by nearly saying the same, all of one split; empty in
    releases made before that was kept."""
