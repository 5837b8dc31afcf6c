"""What a run chose to work on."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from winnow.schemas.base import Record


class Selection(Record):
    """One prompt, response or comparison that a step `select` of a run chose, for steps after it to work on."""

    table: ClassVar[str] = "selections"
    key: ClassVar[tuple[str, ...]] = ("run_id", "name", "subject_id")

    run_id: str
    """Run that chose it."""

    name: str
    """Name of the selection in the settings."""

    subjects: Literal["prompts", "responses", "comparisons"]
    """What it is."""

    subject_id: str
    """Its prompt_id, response_id or comparison_id."""

    place: Annotated[int, Field(ge=1)]
    """Place in the order that the settings ask for, 1 the first."""
