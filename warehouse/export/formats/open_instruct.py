"""What open-instruct loads for rewards by rubric."""

from collections.abc import Sequence
from typing import ClassVar

from winnow.schemas.rubric_forms import FormRow
from winnow.schemas.rubric_forms.open_instruct import OpenInstructForm
from winnow.warehouse.export.layout import FORMATS, Content, PreferenceText, Rows
from winnow.warehouse.export.rubrics import RubricLayout, rubric_rows


@FORMATS.register("open_instruct", version=1)
class OpenInstructLayout(RubricLayout):
    """Messages with a ground truth of JSON text that holds the rubric."""

    form: ClassVar[type[FormRow]] = OpenInstructForm

    dataset: str = "rubric"
    """By this name open-instruct looks up what scores a response."""

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return (
            "open-instruct's GRPO: messages, and a ground truth of JSON text that holds the rubric."
        )

    def rows(self, group: Sequence[PreferenceText], content: Content) -> Rows:
        """Yield the row of a prompt, or why there is none."""
        return rubric_rows(self.form, group, dataset=self.dataset)
