"""The forms of trainers, each read into a rubric with its prompt and written from one."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from winnow.annotation.rubrics.forms.form import IMPORTED, RUBRIC_FORMS, FileForm, WrittenRubric
from winnow.schemas import rubric_forms
from winnow.schemas.ids import canonical_json
from winnow.schemas.prompts import Prompt


class TrainerForm(FileForm[rubric_forms.FormRow]):
    """A form of `winnow.schemas.rubric_forms`; keys of a row that it has no field for are kept with the prompt."""

    entry: ClassVar[type[rubric_forms.FormRow]]

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row has all that the form must hold, a list where it has a list."""
        fields = self.entry.model_fields
        return all(name in row for name, field in fields.items() if field.is_required()) and all(
            _is_list(field.annotation) == isinstance(row[name], list)
            for name, field in fields.items()
            if field.is_required()
        )

    def read(self, entry: rubric_forms.FormRow, place: str) -> WrittenRubric:
        """Return the rubric, which is called after its place."""
        asked, rubric, criteria, reference = entry.read(source=place)
        prompt = Prompt(messages=asked, reference=reference, source=place)
        by = {"source": IMPORTED}
        return WrittenRubric(
            rubric.model_copy(update=by), tuple(c.model_copy(update=by) for c in criteria), prompt
        )

    def keep(self, written: WrittenRubric, row: Mapping[str, Any]) -> WrittenRubric:
        """Keep with the prompt what the row holds beside."""
        assert written.prompt is not None
        further = dict(_further(row, self.write(written)))
        kept = canonical_json({self.name: further}) if further else None
        return written._replace(prompt=written.prompt.model_copy(update={"metadata": kept}))

    def lacks(self, written: WrittenRubric) -> str | None:
        """Say what the form has no place for."""
        if written.prompt is None:
            return "no_prompt"
        return self.entry.why_left_out(_asked(written, written.prompt))

    def write(self, written: WrittenRubric) -> dict[str, Any]:
        """Return the row of a rubric that the form carries."""
        assert written.prompt is not None
        row = self.entry.write(_asked(written, written.prompt)).model_dump(mode="json")
        kept = json.loads(written.prompt.metadata or "{}").get(self.name, {})
        return _together(row, kept)


for _name, _form in rubric_forms.FORMS.items():
    RUBRIC_FORMS.register(_name)(type(f"{_form.__name__}Rows", (TrainerForm,), {"entry": _form}))


def _asked(written: WrittenRubric, prompt: Prompt) -> rubric_forms.AskedRubric:
    return rubric_forms.AskedRubric(
        prompt.messages, written.rubric, written.criteria, prompt.reference
    )


def _is_list(annotation: Any) -> bool:
    return str(annotation).startswith("list")


def _further(row: Mapping[str, Any], written: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give what a row holds that a form would not write, but for its lists and JSON texts, where the rubric stands."""
    for key, value in row.items():
        if key not in written:
            yield key, value
        elif isinstance(value, Mapping) and isinstance(written[key], Mapping):
            if inner := dict(_further(value, written[key])):
                yield key, inner
        elif value != written[key] and not isinstance(value, list) and not _is_json(value):
            yield key, value


def _is_json(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip().startswith("{")


def _together(row: dict[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    both = (k for k in further if isinstance(row.get(k), dict) and isinstance(further[k], dict))
    return {**row, **further, **{k: _together(row[k], further[k]) for k in both}}
