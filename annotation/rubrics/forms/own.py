"""Winnow's own form: all that a rubric holds, as people write it in YAML."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from winnow.annotation.rubrics.forms.form import (
    IMPORTED,
    RUBRIC_FORMS,
    FileForm,
    WrittenRubric,
)
from winnow.schemas.base import Value
from winnow.schemas.new_rubrics import DraftCriterion, new_rubric
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rubrics import Criterion, CriterionKind, Importance, Rubric, ScoreLevel


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty; say something, or leave it out")
    return text


Text = Annotated[str, AfterValidator(_not_empty)]


class CriterionEntry(Value):
    """One criterion; a text alone is a checklist item."""

    text: Text
    """The criterion, as annotators and judges read it."""

    kind: CriterionKind = "checklist"
    """A rule that must hold, a principle to weigh, or an item that is met or not."""

    title: Text | None = None
    """What it is called in a few words."""

    weight: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    """How much it counts beside the others."""

    importance: Importance | None = None
    """How much depends on it; a response that meets a pitfall loses its weight."""

    turn: Annotated[int, Field(ge=1)] | None = None
    """The user's turn whose answer it is about, counted from 1."""

    levels: tuple[ScoreLevel, ...] = ()
    """What responses of each score are like."""

    requires: tuple[str, ...] = ()
    """Criteria that have to be met before this one counts, by title or text."""

    source: Text | None = None
    """Who wrote it, where that is somebody else than who wrote the rubric."""

    validity: Annotated[float, Field(ge=0, le=1)] | None = None
    """How often it alone predicts the gold verdict."""

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, data: Any) -> Any:
        return {"text": data} if isinstance(data, str) else data


class PromptEntry(Value):
    """A prompt with what is known of it beside its turns."""

    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    """The conversation, oldest turn first."""

    tools: str | None = None
    """JSON text of the tools' schemas."""

    contexts: tuple[str, ...] = ()
    """Documents that the answer may rest on."""

    reference: str | None = None
    """An answer known to be good."""

    domain: str | None = None
    """Subject or task."""

    language: str | None = None
    """BCP 47 tag."""

    source_id: str | None = None
    """The file's own id of it."""

    metadata: str | None = None
    """JSON object of what is known beside."""


class RubricEntry(Value):
    """A rubric with everything that Winnow knows of it, but for its proofs."""

    name: Text
    """What people call it."""

    prompt: Text | tuple[Message, ...] | PromptEntry | None = None
    """The one prompt it applies to: a text, a list of turns, or `messages` with what is known beside."""

    prompt_id: str | None = None
    """The one prompt it applies to, in place of `prompt`, where the warehouse holds it."""

    domain: Text | None = None
    """The one domain it applies to."""

    source: Text = IMPORTED
    """Who wrote or derived it."""

    derived_from: str | None = None
    """What it was derived from; such a rubric counts once it was proven."""

    criteria: Annotated[tuple[CriterionEntry, ...], Field(min_length=1)]
    """Its criteria, in order."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.prompt is not None and self.prompt_id is not None:
            raise ValueError("'prompt' and 'prompt_id' both say what it is for; leave one out")
        if self.domain and (self.prompt is not None or self.prompt_id is not None):
            raise ValueError(
                "'domain' stands beside a prompt; a rubric is for one prompt or for a domain"
            )
        seen: dict[tuple[str, str, int | None], int] = {}
        for n, one in enumerate(self.criteria):
            if (first := seen.setdefault((one.kind, one.text, one.turn), n)) != n:
                raise ValueError(f"criteria[{n}] says the same as criteria[{first}]; leave one out")
        for n, one in enumerate(self.criteria):
            for i, required in enumerate(one.requires):
                if self.found(required) in (None, n):
                    raise ValueError(
                        f"criteria[{n}].requires[{i}] is {required!r}, wanted title or text of another criterion of the rubric"
                    )
        return self

    def found(self, required: str) -> int | None:
        """Return which criterion a title or a text means; None where it means none, or several."""
        for names in ([c.title for c in self.criteria], [c.text for c in self.criteria]):
            if names.count(required) == 1:
                return names.index(required)
        return None


@RUBRIC_FORMS.register("winnow")
class OwnForm(FileForm[RubricEntry]):
    """All that a rubric holds; a file may hold one, or several below `rubrics`."""

    entry = RubricEntry

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Tell whether it has criteria of its own."""
        return "criteria" in row and "rubric" not in row

    def read(self, entry: RubricEntry, place: str) -> WrittenRubric:
        """Return the rubric."""
        prompt = _prompt(entry, place)
        made = new_rubric(
            [_draft(entry, one) for one in entry.criteria],
            source=entry.source,
            name=entry.name,
            prompt_id=prompt.prompt_id if prompt else entry.prompt_id,
            domain=entry.domain,
            derived_from=entry.derived_from,
        )
        criteria = (
            made_one.model_copy(
                update={"source": one.source or entry.source, "validity": one.validity}
            )
            for made_one, one in zip(made.criteria, entry.criteria, strict=True)
        )
        return WrittenRubric(made.rubric, tuple(criteria), prompt)

    def lacks(self, written: WrittenRubric) -> str | None:
        """Say which criterion another requires cannot be named; it carries all else."""
        criteria = written.criteria
        required = {one for c in criteria for one in c.requires}
        unnamed = (c for c in criteria if c.criterion_id in required and not _name_of(c, criteria))
        return next(
            (
                f"several criteria say {c.text!r}, which another requires; give it a title"
                for c in unnamed
            ),
            None,
        )

    def write(self, written: WrittenRubric) -> dict[str, Any]:
        """Return the row of a rubric; a criterion that has nothing but a text is that text."""
        said = _said(written, _prompt_entry)
        entries = [one["text"] if set(one) == {"text"} else one for one in said.pop("criteria")]
        return {**said, "criteria": entries}

    def write_columns(self, written: WrittenRubric) -> dict[str, Any]:
        """Return the row with its criteria and its prompt as keys throughout."""
        return _said(written, _whole_prompt_entry)


def _said(
    written: WrittenRubric,
    prompt_entry: Callable[[Prompt], str | tuple[Message, ...] | PromptEntry],
) -> dict[str, Any]:
    rubric, criteria, prompt = written
    entry = RubricEntry(
        name=rubric.name,
        prompt=prompt_entry(prompt) if prompt else None,
        prompt_id=None if prompt else rubric.prompt_id,
        domain=rubric.domain,
        source=rubric.source,
        derived_from=rubric.derived_from,
        criteria=tuple(_entry(one, criteria, rubric) for one in criteria),
    )
    return entry.model_dump(mode="json", exclude_defaults=True)


def _draft(entry: RubricEntry, one: CriterionEntry) -> DraftCriterion:
    said = one.model_dump(exclude={"requires", "source", "validity"})
    levels = tuple(sorted(one.levels, key=lambda level: level.score))
    places = (entry.found(required) for required in one.requires)
    requires = tuple(place for place in places if place is not None)
    return DraftCriterion.model_validate({**said, "levels": levels, "requires": requires})


def _prompt(entry: RubricEntry, place: str) -> Prompt | None:
    match entry.prompt:
        case None:
            return None
        case str() as text:
            return Prompt(messages=(Message(role="user", content=text),), source=place)
        case PromptEntry() as said:
            return Prompt.model_validate({**said.model_dump(), "source": place})
        case messages:
            return Prompt(messages=messages, source=place)


def _entry(criterion: Criterion, criteria: tuple[Criterion, ...], rubric: Rubric) -> CriterionEntry:
    names = {c.criterion_id: _name_of(c, criteria) for c in criteria}
    said = criterion.model_dump(include=set(CriterionEntry.model_fields) - {"requires", "source"})
    required = (name for one in criterion.requires if (name := names.get(one)))
    return CriterionEntry(
        **said,
        source=None if criterion.source == rubric.source else criterion.source,
        requires=tuple(required),
    )


def _name_of(criterion: Criterion, criteria: tuple[Criterion, ...]) -> str | None:
    """Return what names one criterion of a rubric alone: its title, else its text; None where others are called the same."""
    titles, texts = [c.title for c in criteria], [c.text for c in criteria]
    if criterion.title and titles.count(criterion.title) == 1:
        return criterion.title
    is_named = texts.count(criterion.text) == 1 and criterion.text not in titles
    return criterion.text if is_named else None


def _whole_prompt_entry(prompt: Prompt) -> PromptEntry:
    return PromptEntry.model_validate(prompt.model_dump(include=set(PromptEntry.model_fields)))


def _prompt_entry(prompt: Prompt) -> str | tuple[Message, ...] | PromptEntry:
    said = prompt.model_dump(include=set(PromptEntry.model_fields), exclude_defaults=True)
    if set(said) > {"messages"}:
        return _whole_prompt_entry(prompt)
    if [set(turn) for turn in said["messages"]] == [{"role", "content"}] and said["messages"][0][
        "role"
    ] == "user":
        return str(said["messages"][0]["content"])
    return prompt.messages
