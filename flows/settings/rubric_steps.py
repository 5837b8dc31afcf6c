"""Settings of steps that are gone through over a release: rubrics derived from it, merged and proven."""

from collections import Counter
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from winnow.flows.settings.environment import FromEnvironment, in_warehouse, settings_of
from winnow.flows.settings.files import read_yaml
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.guard import Reason
from winnow.pipelines.inference.models import ModelSettings, find_model
from winnow.pipelines.inference.served_names import check_told_apart
from winnow.pipelines.steps.sequence import PlacedStep, StepSettings, models_in
from winnow.pipelines.steps.step import stage_name
from winnow.schemas.errors import InvalidSettings, UnknownName

DERIVES = ("derive", "merge", "prove")
"""Steps that may stand in settings of deriving."""

MERGES = ("merge", "prove")
"""Steps that may stand in settings of merging."""

PROVES = ("prove",)
"""Steps that may stand in settings of proving."""


class RubricStepsSettings(FromEnvironment):
    """Steps that make or measure rubrics over the rows of a release."""

    without_effect: ClassVar[frozenset[str]] = frozenset({"warehouse", "allow", "beam"})
    """Settings that change where and how the steps work, but not what comes of them."""

    models: dict[str, ModelSettings] = Field(default_factory=dict)
    """Models by the names that the steps use; "smollm2", a small one, is always there."""

    steps: Annotated[tuple[StepSettings, ...], Field(min_length=1)]
    """The steps in order: derive, merge, prove."""

    allow: tuple[Reason, ...] = ()
    """What may be added nonetheless: "refused" or "unread", where half of what a model was asked got no answer or one that cannot be read."""

    beam: BeamSettings = BeamSettings()
    """Where the Beam jobs run."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for i, entry in enumerate(self.steps):
            if entry.step not in DERIVES:
                raise ValueError(
                    f"steps[{i}] is {entry.step!r}, wanted {', '.join(DERIVES)}; other steps belong into the settings of a run"
                )
        for place, name in models_in(self.sequence):
            try:
                find_model(name, self.models)
            except UnknownName as error:
                raise ValueError(f"{place}: {error}") from None
        check_told_apart(self.models, self.model_names())
        return self

    @cached_property
    def sequence(self) -> tuple[PlacedStep, ...]:
        """The steps in order."""
        n_of: Counter[str] = Counter()
        placed = []
        for i, entry in enumerate(self.steps):
            n_of[entry.step] += 1
            stage = stage_name(entry.step, n_of[entry.step])
            placed.append(PlacedStep(f"steps[{i}].{entry.step}", stage, entry.built, entry.of))
        return tuple(placed)

    @property
    def derives(self) -> bool:
        """Whether a step derives rubrics."""
        return any(entry.step == "derive" for entry in self.steps)

    def model_names(self) -> list[str]:
        """List the models that the steps call, each once."""
        return list(dict.fromkeys(name for _, name in models_in(self.sequence)))

    def effective(self) -> dict[str, Any]:
        """Return as plain data what determines what comes of it."""
        return self.model_dump(mode="json", exclude=set(self.without_effect), exclude_defaults=True)


def load_rubric_steps(
    path: Path, warehouse: Path | None, allowed: Collection[str]
) -> RubricStepsSettings:
    """Read and check settings of steps over a release.

    Args:
        path: A YAML file.
        warehouse: Folder of the warehouse; wins over the file and the environment.
        allowed: Steps that may stand there.

    Raises:
        InvalidSettings: The file is missing or no YAML, a key or value is wrong, or a step is another; says which and what to do.
    """
    data = read_yaml(path, such_as="'models' and 'steps'")
    settings = in_warehouse(settings_of(RubricStepsSettings, data, path), warehouse)
    for i, entry in enumerate(settings.steps):
        if entry.step not in allowed:
            raise InvalidSettings(
                f"{path}: steps[{i}] is {entry.step!r}, wanted {' or '.join(allowed)}; winnow rubrics derive takes all of "
                f"{', '.join(DERIVES)}"
            )
    return settings
