"""How files write rubrics: one form a file, each read and written."""

from winnow.annotation.rubrics.forms import levels, own, trainers
from winnow.annotation.rubrics.forms.form import (
    RUBRIC_FORMS,
    FileForm,
    WrittenRubric,
    form_of,
    named_form,
)

__all__ = [
    "RUBRIC_FORMS",
    "FileForm",
    "WrittenRubric",
    "form_of",
    "levels",
    "named_form",
    "own",
    "trainers",
]
