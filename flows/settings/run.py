"""The settings of a run: one YAML file, checked before anything costs money."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import Field, model_validator

from winnow.flows.output_checks import check_beside
from winnow.flows.settings.environment import FromEnvironment, in_warehouse, settings_of
from winnow.flows.settings.files import read_yaml
from winnow.flows.settings.rubrics import RubricSource
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.filters.targets import check_targets
from winnow.pipelines.guard import Reason
from winnow.pipelines.inference.models import ModelSettings, find_model
from winnow.pipelines.inference.served_names import check_told_apart
from winnow.pipelines.labelling.model_tasks import check_model_tasks
from winnow.pipelines.labelling.settings import JudgeSettings, LabelSettings
from winnow.pipelines.reading.settings import ComparisonSource, GoldSource, Inputs, PromptSource
from winnow.pipelines.shortcuts.find import ShortcutSettings
from winnow.pipelines.steps import (
    AggregateStep,
    AssembleStep,
    CompareStep,
    KeepStep,
    LabelStep,
    RoundsStep,
    SampleStep,
    Step,
)
from winnow.pipelines.steps.aggregate import AggregateSettings
from winnow.pipelines.steps.assemble import AssembleSettings
from winnow.pipelines.steps.compare import CompareSettings
from winnow.pipelines.steps.keep import FilterSettings
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.sequence import (
    PlacedStep,
    StepSettings,
    annotators_in,
    check_sequence,
    filters_in,
    in_sequence,
    models_in,
    place_in,
)
from winnow.schemas.errors import InvalidSettings, UnknownName
from winnow.schemas.explaining import KeysClash
from winnow.warehouse.export.settings import ExportSettings

SHORT_FORM = ("sample", "compare", "label", "aggregate", "keep", "assemble", "rounds")
"""Keys that stand for steps."""


class CurationSettings(FromEnvironment):
    """One curation run."""

    without_effect: ClassVar[frozenset[str]] = frozenset(
        {"warehouse", "export", "beam", "allow", "overlap"}
    )
    """Settings that change where and how a run works, but not what it publishes."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Name of the run, for people."""

    prompts: PromptSource | None = None
    """Prompts to sample responses to, with or without ready responses."""

    comparisons: ComparisonSource | None = None
    """Ready comparisons, with their judgments where there are any."""

    gold: GoldSource | None = None
    """Verdicts known to be right; annotators are measured by them."""

    queues: tuple[str, ...] = ()
    """Queues of people whose answers, as last pulled, are judgments of this run."""

    rubrics: RubricSource | None = None
    """Rubrics that judges which judge by rubrics find: of a file, or those in force in the warehouse."""

    models: dict[str, ModelSettings] = Field(default_factory=dict)
    """Models by the names that `sample` and `label` use; "smollm2", a small one, is always there."""

    sample: tuple[SampleSettings, ...] = ()
    """What to sample for every prompt; nothing where only ready responses are compared."""

    compare: CompareSettings = CompareSettings()
    """How responses are paired; left out, `all_pairs`, or `given` where `comparisons` is the one input and nothing is sampled."""

    label: LabelSettings = ()
    """Judges and verifiers that label every comparison."""

    aggregate: AggregateSettings = AggregateSettings()
    """How judgments become labels."""

    keep: tuple[FilterSettings, ...] = ()
    """What a label must fulfil to be published."""

    assemble: AssembleSettings = AssembleSettings()
    """Splits, and what becomes of ties."""

    steps: tuple[StepSettings, ...] = ()
    """The run as a list of steps, in place of `sample`, `compare`, `label`, `aggregate`, `keep` and `assemble`, which are the short form of the usual list."""

    shortcuts: ShortcutSettings = ShortcutSettings()
    """When a shortcut that predicts the labels is a warning."""

    release: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")] = "preferences"
    """Name of the release; its number is counted up."""

    allow: tuple[Reason, ...] = ()
    """What the run may publish nonetheless: "refused" or "unread", where half of what a model or annotator was asked got no answer or one that cannot be read; "owed", where credit ran out or a tenth failed that may succeed later; "empty"; "ties_only"."""

    export: tuple[ExportSettings, ...] = ()
    """Exports to write once the release is published."""

    beam: BeamSettings = BeamSettings()
    """Where the Beam jobs run."""

    overlap: bool | None = None
    """Whether judges begin while `sample` is at work; left out, those that ask another machine. true has those begin as well that ask a server of the sampled model, false none."""

    @model_validator(mode="before")
    @classmethod
    def _compare_as_given(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("compare") is not None or data.get("steps"):
            return data
        if data.get("comparisons") and not data.get("prompts") and not data.get("sample"):
            return data | {"compare": {"strategy": "given"}}
        return data

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.inputs()
        self._check_form()
        check_sequence(self.sequence)
        for one in self.sequence:
            if isinstance(one.step, RoundsStep) and one.step.settings.people is None:
                raise ValueError(
                    f"{place_in(one, 'people')} is missing; give it a queue, a sheet or a replay"
                )
        for place, name in models_in(self.sequence):
            try:
                find_model(name, self.models)
            except UnknownName as error:
                raise ValueError(f"{place}: {error}") from None
        check_told_apart(self.models, self.model_names())
        targets = {place: e.filter for place, e in filters_in(self.sequence) if e.target}
        check_targets(targets, has_gold=self.has_gold)
        self._check_learned_weights()
        annotators = list(annotators_in(self.sequence))
        check_model_tasks(annotators, self.models)
        for place, entry in annotators:
            if isinstance(entry, JudgeSettings) and entry.needs_gold and not self.has_gold:
                raise ValueError(
                    f"{place}.exemplars: exemplars are taken from gold, and there is none; give 'gold'"
                )
        if not annotators and not self.has_people and self.comparisons is None:
            raise ValueError(
                "nothing labels the comparisons: give 'label', 'queues' of people, or 'comparisons' with judgments"
            )
        return self

    def _check_learned_weights(self) -> None:
        """Check that there is gold to learn weights from."""
        for one in self.sequence:
            rules = one.step.settings.combine if isinstance(one.step, AggregateStep) else ()
            for i, rule in enumerate(rules):
                if rule.weights == "learned" and not self.has_gold:
                    raise ValueError(
                        f"{place_in(one, f'combine[{i}].weights')}: they are learned from gold, and there is none; give 'gold', "
                        "or weights as numbers"
                    )

    def _check_form(self) -> None:
        """Check that a run is either a list of steps or its short form."""
        said = [name for name in SHORT_FORM if name in self.model_fields_set]
        if self.steps and said:
            raise KeysClash(
                f"{said[0]!r} stands beside 'steps'; write it as a step, or leave 'steps' out",
                said[0],
                "steps",
            )

    @cached_property
    def sequence(self) -> tuple[PlacedStep, ...]:
        """The steps of the run in order, whichever way they are written."""
        if self.steps:
            listed = enumerate(self.steps)
            return in_sequence((f"steps[{i}].{e.step}", e.built, e.of) for i, e in listed)
        return in_sequence((place, step, None) for place, step in self.short_form())

    def short_form(self) -> Iterator[tuple[str, Step]]:
        """List the steps that the keys `sample` to `assemble` stand for, each with its place."""
        yield "sample", SampleStep(entries=self.sample)
        yield "compare", CompareStep(settings=self.compare)
        yield from self.labelling()
        yield "aggregate", AggregateStep(settings=self.aggregate)
        yield "keep", KeepStep(filters=self.keep)
        yield "assemble", AssembleStep(settings=self.assemble)

    def labelling(self) -> Iterator[tuple[str, Step]]:
        """List the steps of the short form that label."""
        yield "label", LabelStep(entries=self.label)

    @property
    def rounds_step(self) -> RoundsStep | None:
        """The step in which people and models take turns; None for a run without."""
        return next((one.step for one in self.sequence if isinstance(one.step, RoundsStep)), None)

    @property
    def has_gold(self) -> bool:
        """Whether verdicts that are known to be right will be there; those of people in rounds are."""
        return self.gold is not None or self.rounds_step is not None

    @property
    def has_people(self) -> bool:
        """Whether people's answers will be there, beside what the input brings."""
        return bool(self.queues) or self.rounds_step is not None

    def inputs(self) -> Inputs:
        """Return the part that says what is read."""
        return Inputs(prompts=self.prompts, comparisons=self.comparisons, gold=self.gold)

    def read_paths(self) -> dict[str, Path | None]:
        """List what is read from disk, by its place in the settings."""
        sources = self.inputs().sources()
        found: dict[str, Path | None] = {f"{p}.path": source.path for p, source in sources.items()}
        if self.rubrics is not None:
            found["rubrics.path"] = self.rubrics.path
        people = self.rounds_step and self.rounds_step.settings.people
        replay = people.replay if people else None
        return {**found, **({"rounds.people.replay": replay.path} if replay else {})}

    def written_paths(self) -> dict[str, Path]:
        """List what is written outside the warehouse, by its place in the settings."""
        exports = {f"export[{i}].out": e.out for i, e in enumerate(self.export) if e.out}
        people = self.rounds_step and self.rounds_step.settings.people
        sheet = people.sheet if people else None
        return {**exports, **({"rounds.people.sheet": sheet} if sheet else {})}

    def model_names(self) -> list[str]:
        """List the models that the run calls, each once."""
        return list(dict.fromkeys(name for _, name in models_in(self.sequence)))

    def effective(self) -> dict[str, Any]:
        """Return as plain data what determines the release."""
        return self.model_dump(mode="json", exclude=set(self.without_effect), exclude_defaults=True)


S = TypeVar("S", bound=CurationSettings)


def load_settings(path: Path, warehouse: Path | None = None) -> CurationSettings:
    """Read and check the settings of a run, as `load_settings_of` does.

    Raises:
        InvalidSettings: As there, or the file is one for rounds.
    """
    if "rounds" in read_yaml(path):
        raise InvalidSettings(
            f"{path} has the key 'rounds': people and models take turns in it; start it with winnow rounds {path}"
        )
    settings = load_settings_of(CurationSettings, path, warehouse)
    if settings.rounds_step is not None:
        raise InvalidSettings(
            f"{path} has a step 'rounds': people and models take turns in it; start it with winnow rounds {path}"
        )
    return settings


def load_settings_of(kind: type[S], path: Path, warehouse: Path | None = None) -> S:
    """Read and check settings of a kind.

    Args:
        kind: What the file has to hold.
        path: A YAML file.
        warehouse: Folder of the warehouse; wins over the file and the environment.

    Raises:
        InvalidSettings: The file is missing or no YAML, a key or value is wrong, or what is written would replace
            what is read; says which and what to do.
    """
    settings = in_warehouse(settings_of(kind, read_yaml(path), path), warehouse)
    try:
        for place, out in settings.written_paths().items():
            read = {"the settings": path, **settings.read_paths()}
            check_beside(out, settings.warehouse, read, option=place)
        return settings
    except InvalidSettings as error:
        raise InvalidSettings(f"{path}: {error}", **error.facts) from None
