"""Rubrics as RubricHub has them."""

from typing import ClassVar

from winnow.schemas.rubric_forms import FormRow
from winnow.schemas.rubric_forms.rubrichub import RubricHubForm
from winnow.warehouse.export.layout import FORMATS
from winnow.warehouse.export.rubrics import RubricLayout


@FORMATS.register("rubrichub", version=1)
class RubricHubLayout(RubricLayout):
    """A question with criteria of so many points each, below 0 for a pitfall; only prompts of one user turn have a place."""

    form: ClassVar[type[FormRow]] = RubricHubForm

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "What reads RubricHub: a question, and criteria of so many points each."
