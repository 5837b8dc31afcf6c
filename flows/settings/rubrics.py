"""Which rubrics a run judges by."""

from pathlib import Path
from typing import Self

from pydantic import field_validator, model_validator

from winnow.schemas.base import Value


class RubricSource(Value):
    """Rubrics of a file, or those that the warehouse holds."""

    path: Path | None = None
    """File of rubrics: .yaml, .json, .jsonl or .parquet."""

    form: str | None = None
    """Form of the file: winnow, levels, nemo_gym, open_instruct, oumi, rubrichub, tinker, trl or verl; left out, what the keys of its first row show."""

    stored: bool = False
    """Whether to judge by those that are in force in the warehouse, in place of a file."""

    unproven: bool = False
    """Whether derived ones that were not proven are taken from the warehouse as well."""

    @field_validator("form")
    @classmethod
    def _known(cls, form: str | None) -> str | None:
        if form is not None:
            from winnow.annotation.rubrics.forms import named_form

            named_form(form)
        return form

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.path is None) == (not self.stored):
            raise ValueError(
                "give either 'path', a file of rubrics, or 'stored: true', for those of the warehouse"
            )
        if self.form is not None and self.path is None:
            raise ValueError("'form' is for a 'path', but 'stored' is given; drop it")
        if self.unproven and not self.stored:
            raise ValueError("'unproven' is for 'stored'; drop it: what a file holds is taken")
        return self
