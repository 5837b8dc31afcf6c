"""The forms in which trainers write prompts with their rubrics, one file each.

`FORMS[name].model_validate(row).read(source=...)` reads a row of a file; `FORMS[name].write(asked_rubric).model_dump()` writes
one. Where `why_left_out` gives no reason, what was written is read back as it was, but for kinds, titles and degrees of
importance, which only verl and TRL have a place for, and titles, which oumi and open-instruct have too.
"""

from collections.abc import Mapping

from winnow.schemas.rubric_forms.form import AskedRubric, FormRow
from winnow.schemas.rubric_forms.nemo_gym import NemoGymForm
from winnow.schemas.rubric_forms.open_instruct import OpenInstructForm
from winnow.schemas.rubric_forms.oumi import OumiForm
from winnow.schemas.rubric_forms.rubrichub import RubricHubForm
from winnow.schemas.rubric_forms.tinker import TinkerForm
from winnow.schemas.rubric_forms.trl import TrlForm
from winnow.schemas.rubric_forms.verl import VerlForm

__all__ = ["FORMS", "AskedRubric", "FormRow"]

FORMS: Mapping[str, type[FormRow]] = {
    form.name: form
    for form in (
        NemoGymForm,
        OpenInstructForm,
        OumiForm,
        RubricHubForm,
        TinkerForm,
        TrlForm,
        VerlForm,
    )
}
"""Forms by name."""
