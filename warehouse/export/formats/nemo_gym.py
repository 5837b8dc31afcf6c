"""What NeMo Gym's rubric environments load."""

from typing import ClassVar, Literal

from winnow.schemas.rubric_forms import FormRow
from winnow.schemas.rubric_forms.nemo_gym import NemoGymForm
from winnow.warehouse.export.layout import FORMATS
from winnow.warehouse.export.rubrics import RubricLayout


@FORMATS.register("nemo_gym", version=1)
class NemoGymLayout(RubricLayout):
    """Prompts with questions that a judge answers with yes or no; of a pitfall the answer that earns the weight is no."""

    form: ClassVar[type[FormRow]] = NemoGymForm
    file_type: ClassVar[Literal["parquet", "jsonl"]] = "jsonl"

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "NeMo Gym's resources servers that judge by a rubric: one JSON object a line, with questions that a judge answers with yes or no."
