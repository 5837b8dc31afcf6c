"""The steps of a run in order, as settings list them, each checked against those ahead of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ValidationError, create_model, model_serializer, model_validator

from winnow.pipelines.steps import STEPS, Aggregate, Assemble, Compare, Keep, Label, Rounds, Sample, Select, Step
from winnow.pipelines.steps.compare import check_scores
from winnow.pipelines.steps.selecting import check_of
from winnow.pipelines.steps.step import WorksOn, stage_name
from winnow.schemas.explaining import explain
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.registry import Registry

_LAST = (Aggregate, Keep, Assemble)
"""What a run ends with, in this order; what is not listed is added as it is by default."""


class PlacedStep(NamedTuple):
    """A step where it stands in a run."""

    place: str
    """Where the settings have it, such as "sample" or "steps[2].sample"."""

    stage: str
    """Its name in counts: "sample", and "sample-2" of the second of its kind."""

    step: Step
    """The step."""

    of: str | None = None
    """What it works on; None for all there is."""


class StepSettings(PlugInSettings[Step]):
    """One step, written {name: settings}, beside it `of`: what it works on."""

    named_by: ClassVar[str] = "step"
    registry: ClassVar[Registry[Step]] = STEPS

    step: str
    """Name of the step, such as "sample", "refine" or "select"; written as a key, its settings are the value."""

    of: str | None = None
    """What the step works on: "doubtful" (no label, or one below .8), "worst" or "best" (of each prompt, the response that labels prefer least or most), the name of a selection, or a condition in SQL on a row; left out, all there is."""

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, entry: Any) -> Any:
        if isinstance(entry, str):
            return {"step": entry}
        if not isinstance(entry, Mapping) or "step" in entry:
            return entry
        names = [key for key in entry if key != "of"]
        if len(names) != 1:
            found = " and ".join(map(repr, names)) or "nothing"
            raise ValueError(f"an entry has the name of one step, and beside it 'of'; found {found}")
        (name,) = names
        return {"step": name, "of": entry.get("of"), "options": {"settings": entry[name]}}

    @model_serializer
    def _fold(self) -> dict[str, Any]:
        settings = self.built.model_dump(mode="json", exclude_defaults=True)
        held = self.built.holds
        folded = {self.step: settings.get(held, {}) if held else settings}
        return folded if self.of is None else {**folded, "of": self.of}

    @cached_property
    def built(self) -> Step:
        """The step."""
        return self.build()

    def build(self) -> Step:
        """Make the step.

        Raises:
            UnknownName: There is none of that name.
            ValueError: A setting of it is wrong; names it from the step's name on.
        """
        kind = self.registry.find(self.step)
        value = self.options.get("settings")
        try:
            checked = _entry_of(kind).model_validate({kind.name: {} if value is None else value})
        except ValidationError as error:
            (first, *_) = error.errors(include_url=False)
            raise ValueError(explain(_entry_of(kind), first)) from None
        held = getattr(checked, kind.name)
        return kind.model_construct(**{kind.holds: held}) if kind.holds else held


@cache
def _entry_of(kind: type[Step]) -> type[BaseModel]:
    """Return a model of an entry of settings: the step's name as the key of its settings."""
    value: Any = kind
    if kind.holds:
        field = kind.model_fields[kind.holds]
        value = field.rebuild_annotation()
    return create_model(kind.__name__, **{kind.name: (value, ...)})


def in_sequence(steps: Iterable[tuple[str, Step, str | None]]) -> tuple[PlacedStep, ...]:
    """Put steps in order, each named by how many of its kind stand ahead of it; those that every run ends with are added.

    Args:
        steps: Place in the settings, step, and what it works on.
    """
    listed = list(steps)
    for kind in _LAST:
        if not any(isinstance(step, kind) for _, step, _ in listed):
            listed = _with_last(listed, kind())
    n_of: Counter[str] = Counter()
    placed = []
    for place, step, of in listed:
        n_of[step.name] += not (step.is_derived and n_of[step.name])
        placed.append(PlacedStep(place, stage_name(step.name, n_of[step.name]), step, of))
    return tuple(placed)


def check_sequence(sequence: Sequence[PlacedStep]) -> None:
    """Check each step against those ahead of it.

    Raises:
        ValueError: A step stands where it cannot, or its `of` chooses from what is not there; says which and the way out.
    """
    selections: dict[str, WorksOn] = {}
    for i, (place, _, step, of) in enumerate(sequence):
        before = [one.step for one in sequence[:i]]
        if of is not None:
            if step.works_on is None:
                raise ValueError(f"{place}: {step.name} works on all there is; leave 'of' out")
            try:
                is_labelled = any(isinstance(one, Aggregate) for one in before)
                check_of(of, step.works_on, selections, is_labelled=is_labelled)
            except ValueError as error:
                raise ValueError(f"{place}: of: {error}") from None
        if isinstance(step, Select):
            if step.named in selections:
                raise ValueError(f"{place}: a selection {step.named!r} stands before it; choose another name")
            selections[step.named] = step.works_on
        if isinstance(step, Compare):
            sampled = [entry for one in before if isinstance(one, Sample) for entry in one.entries]
            check_scores(step.settings, sampled)
    _check_last(sequence)


def _check_last(sequence: Sequence[PlacedStep]) -> None:
    """Check that what is made of labels stands once, at the end."""
    for kind in (Keep, Assemble, Rounds):
        places = [place for place, _, step, _ in sequence if isinstance(step, kind)]
        if len(places) > 1:
            raise ValueError(f"{places[1]}: a run has one step {kind.name}; leave it out, or {places[0]}")
    kinds = [type(one.step) for one in sequence]
    last = [kinds.index(Keep), kinds.index(Assemble)]
    labelled = max(i for i, kind in enumerate(kinds) if kind is Aggregate)
    for i, one in enumerate(sequence):
        if not isinstance(one.step, _LAST) and i > labelled:
            raise ValueError(
                f"{one.place}: a step {one.step.name} after the last aggregate changes no label; move it ahead, or add an aggregate after it"
            )
    if [labelled, *last] != list(range(len(kinds) - 3, len(kinds))):
        raise ValueError(
            "a run ends with aggregate, keep and assemble, in this order; put them at the end, or leave them out where they have no settings"
        )
