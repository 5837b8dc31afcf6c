"""What tinker-cookbook's rubric recipe loads."""

from typing import ClassVar, Literal

from winnow.schemas.rubric_forms import FormRow
from winnow.schemas.rubric_forms.tinker import TinkerForm
from winnow.warehouse.export.layout import FORMATS
from winnow.warehouse.export.rubrics import RubricLayout


@FORMATS.register("tinker", version=1)
class TinkerLayout(RubricLayout):
    """Conversations with rubrics of free text, all of which count alike: a rubric of different weights is left out."""

    form: ClassVar[type[FormRow]] = TinkerForm
    file_type: ClassVar[Literal["parquet", "jsonl"]] = "jsonl"

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "tinker-cookbook's rubric recipe: a conversation, and rubrics of free text with the words by which a grader gives its score."
