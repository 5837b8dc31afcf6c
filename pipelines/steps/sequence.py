"""The steps of a run in order, as settings list them, each checked against those ahead of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, ClassVar, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError, create_model, model_serializer, model_validator

from winnow.annotation.aggregation.methods import DEFAULT
from winnow.pipelines.filters import NearDuplicate
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.steps import (
    STEPS,
    AggregateStep,
    AssembleStep,
    CompareStep,
    KeepStep,
    LabelStep,
    RefineStep,
    RoundsStep,
    SampleStep,
    SelectStep,
    Step,
)
from winnow.pipelines.steps.compare import CompareSettings, check_scores
from winnow.pipelines.steps.keep import FilterSettings
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.selecting import check_of
from winnow.pipelines.steps.step import WorksOn, stage_name
from winnow.schemas.explaining import WrongInside
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.registry import Registry

_LAST: tuple[type[Step], ...] = (AggregateStep, KeepStep, AssembleStep)
"""What a run ends with, in this order; what is not listed is added as it is by default."""


S = TypeVar("S", bound=Step)


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
            raise ValueError(
                f"an entry has the name of one step, and beside it 'of'; found {found}"
            )
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
        if value is None and kind.holds and not kind.model_fields[kind.holds].is_required():
            return kind()
        try:
            checked = _entry_of(kind).model_validate({kind.name: {} if value is None else value})
        except ValidationError as error:
            (first, *_) = error.errors(include_url=False)
            raise WrongInside(_entry_of(kind), first) from None
        held = getattr(checked, kind.name)
        return kind.model_construct(**{kind.holds: held}) if kind.holds else held


@cache
def _entry_of(kind: type[Step]) -> type[BaseModel]:
    """Return a model of an entry of settings: the step's name as the key of its settings."""
    value: Any = kind
    if kind.holds:
        field = kind.model_fields[kind.holds]
        value = field.rebuild_annotation()
    fields: dict[str, Any] = {kind.name: (value, ...)}
    return create_model(kind.__name__, **fields)


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
            entry = place.rpartition(".")[0]
            if step.works_on is None:
                raise ValueError(
                    f"{entry}.of is {of!r}, but {step.name} works on all there is; leave 'of' out"
                )
            try:
                is_labelled = any(isinstance(one, AggregateStep) for one in before)
                check_of(of, step.works_on, selections, is_labelled=is_labelled)
            except ValueError as error:
                raise ValueError(f"{entry}.of: {error}") from None
        if isinstance(step, SelectStep):
            if step.named in selections:
                raise ValueError(
                    f"{place}.named is {step.named!r}, as that of a selection before it; choose another name"
                )
            selections[step.named] = step.works_on
        if isinstance(step, CompareStep):
            check_scores(place, step.settings, samples_in(sequence[:i]))
    _check_last(sequence)


def _check_last(sequence: Sequence[PlacedStep]) -> None:
    """Check that what is made of labels stands once, at the end."""
    kind: type[Step]
    for kind in (KeepStep, AssembleStep, RoundsStep):
        places = [place for place, _, step, _ in sequence if isinstance(step, kind)]
        if len(places) > 1:
            raise ValueError(
                f"{places[1]}: a run has one step {kind.name}; leave it out, or {places[0]}"
            )
    labelled = max(i for i, one in enumerate(sequence) if isinstance(one.step, AggregateStep))
    for i, one in enumerate(sequence):
        if one.step.changes_labels and not isinstance(one.step, _LAST) and i > labelled:
            raise ValueError(
                f"{one.place}: a step {one.step.name} after the last aggregate changes no label; move it ahead, or add an aggregate after it"
            )
    if any(isinstance(one.step, RoundsStep) for one in sequence):
        for one in sequence:
            if isinstance(one.step, AggregateStep) and one.step.settings.method != DEFAULT:
                raise ValueError(
                    f"{one.place}.method is {one.step.settings.method!r}; rounds decide by {DEFAULT!r} alone: leave it out"
                )
    for one, kind in zip(sequence[-2:], _LAST[1:], strict=True):
        if not isinstance(one.step, kind):
            place = next(one.place for one in sequence if isinstance(one.step, kind))
            raise ValueError(
                f"{place}: a run ends with aggregate, keep and assemble, in this order; put {kind.name} after all that it has to follow"
            )


def _with_last(
    listed: Sequence[tuple[str, Step, str | None]], last: Step
) -> list[tuple[str, Step, str | None]]:
    """Add a step that every run ends with, ahead of those that end a run after it."""
    later = _LAST[_LAST.index(type(last)) + 1 :]
    at = next((i for i, (_, step, _) in enumerate(listed) if isinstance(step, later)), len(listed))
    return [*listed[:at], (last.name, last, None), *listed[at:]]


def place_in(step: PlacedStep, inside: str) -> str:
    """Name a place in the settings of a step, such as "sample[0].model" and "steps[2].refine.model"."""
    is_plain = bool(step.place) and not inside.startswith("[")
    return f"{step.place}.{inside}" if is_plain else f"{step.place}{inside}"


def models_in(sequence: Iterable[PlacedStep]) -> Iterator[tuple[str, str]]:
    """List the models that a run calls, by place in the settings."""
    for one in sequence:
        for inside, name in one.step.calls():
            yield place_in(one, inside), name


def samples_in(sequence: Iterable[PlacedStep]) -> Iterator[tuple[str, SampleSettings]]:
    """List what is sampled, by place in the settings."""
    for one in sequence:
        if isinstance(one.step, SampleStep):
            for i, entry in enumerate(one.step.entries):
                yield place_in(one, f"[{i}]"), entry


def refinements_in(sequence: Iterable[PlacedStep]) -> list[RefineStep]:
    """List the steps that refine."""
    return [one.step for one in sequence if isinstance(one.step, RefineStep)]


def annotators_in(
    sequence: Iterable[PlacedStep],
) -> Iterator[tuple[str, JudgeSettings | VerifierSettings]]:
    """List judges and verifiers, by place in the settings."""
    for one in sequence:
        if isinstance(one.step, LabelStep):
            for i, entry in enumerate(one.step.entries):
                yield place_in(one, f"[{i}]"), entry
        if isinstance(one.step, RoundsStep):
            for i, entry in enumerate(one.step.settings.label):
                yield place_in(one, f"label[{i}]"), entry


def filters_in(sequence: Iterable[PlacedStep]) -> Iterator[tuple[str, FilterSettings]]:
    """List the checks on labels, by place in the settings."""
    for one in sequence:
        if isinstance(one.step, KeepStep):
            for i, entry in enumerate(one.step.filters):
                yield place_in(one, f"[{i}]"), entry


def asks_without_repeats(sequence: Sequence[PlacedStep]) -> float | None:
    """Return the similarity from which on prompts are set aside before anything is asked.

    None where no check is against near-duplicates, where no model is asked, and where people take turns with models: whom they
    are asked about is settled in the first round.
    """
    asks = any(True for _ in models_in(sequence))
    has_rounds = any(isinstance(one.step, RoundsStep) for one in sequence)
    checks = (entry.build() for _, entry in filters_in(sequence))
    thresholds = [check.threshold for check in checks if isinstance(check, NearDuplicate)]
    return min(thresholds) if thresholds and asks and not has_rounds else None


def comparisons_in(sequence: Iterable[PlacedStep]) -> list[CompareSettings]:
    """List how comparisons are formed."""
    return [one.step.settings for one in sequence if isinstance(one.step, CompareStep)]


def last_of(sequence: Iterable[PlacedStep], kind: type[S]) -> S:
    """Return the last step of a kind that a run ends with."""
    return [one.step for one in sequence if isinstance(one.step, kind)][-1]
