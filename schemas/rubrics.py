"""How to judge."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from winnow.schemas.base import Record


class Rubric(Record):
    """A set of criteria for one prompt, one domain or everything."""

    table: ClassVar[str] = "rubrics"
    key: ClassVar[tuple[str, ...]] = ("rubric_id",)

    rubric_id: str
    """SHA-256 of the rubric's criteria and what it applies to."""

    name: str
    """What people call it."""

    prompt_id: str | None = None
    """The one prompt it applies to; None where it applies to more."""

    domain: str | None = None
    """The one domain it applies to; None where it applies to all."""

    source: str
    """Who wrote or derived it."""

    replaces: str | None = None
    """rubric_id of the version before, which people reviewed; None for a first version."""


class Criterion(Record):
    """One thing a good response does."""

    table: ClassVar[str] = "criteria"
    key: ClassVar[tuple[str, ...]] = ("criterion_id",)

    criterion_id: str
    """SHA-256 of rubric_id, kind and text."""

    rubric_id: str
    """Rubric it belongs to."""

    kind: Literal["hard_rule", "principle", "checklist"]
    """A rule that must hold, a principle to weigh, or an item that is met or not."""

    text: str
    """The criterion, as annotators and judges read it."""

    weight: float = 1.0
    """How much it counts beside the others of its rubric."""

    source: str
    """Who wrote or derived it."""

    validity: Annotated[float, Field(ge=0, le=1)] | None = None
    """How often it alone predicts the gold verdict; None where not measured."""


class CriterionReview(Record):
    """What one person said of one criterion of a rubric."""

    table: ClassVar[str] = "criterion_reviews"
    key: ClassVar[tuple[str, ...]] = ("answer_id", "criterion_id")

    answer_id: str
    """Answer it was read from."""

    criterion_id: str
    """The criterion that was reviewed."""

    annotator_id: str
    """Who reviewed it."""

    decision: Literal["approve", "edit", "reject", "discarded"]
    """What to do with it; "discarded" where the person put the whole rubric aside."""

    text: str | None = None
    """The criterion as it should read, for an edit; None otherwise."""

    reason: str = ""
    """Why, as the person wrote it."""

    supersedes: str | None = None
    """answer_id of the review that this one replaces; None for a first review."""
