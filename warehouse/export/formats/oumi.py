"""What oumi's rubric data sets load."""

from typing import ClassVar, Literal

from winnow.schemas.rubric_forms import FormRow
from winnow.schemas.rubric_forms.oumi import OumiForm
from winnow.warehouse.export.layout import FORMATS
from winnow.warehouse.export.rubrics import RubricLayout


@FORMATS.register("oumi", version=1)
class OumiLayout(RubricLayout):
    """A question with criteria that have a name, a description and a weight, below 0 for a pitfall.

    One question of the user and at most one system message have a place.
    """

    form: ClassVar[type[FormRow]] = OumiForm
    file_type: ClassVar[Literal["parquet", "jsonl"]] = "jsonl"

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "oumi's rubric data sets for GRPO: a question, perhaps a system message, and criteria with a name, a description and a weight."
