"""Settings of an evaluation: the judges to run, from a settings file or from the command line."""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from winnow.flows.settings.environment import FromEnvironment, in_warehouse, settings_of
from winnow.flows.settings.files import read_yaml
from winnow.flows.settings.rubrics import RubricSource
from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelSettings, find_model
from winnow.pipelines.inference.served_names import check_told_apart
from winnow.pipelines.labelling.model_tasks import check_model_tasks
from winnow.pipelines.labelling.settings import (
    LabelSettings,
    judges_in,
    models_called,
)
from winnow.schemas.errors import InvalidSettings, UnknownName

_COMMAND_LINE = Path("command line")


class EvaluationSettings(FromEnvironment):
    """The judges that an evaluation runs; `models` and `label` are those of a run."""

    models: dict[str, ModelSettings] = Field(default_factory=dict)
    """Models by the names that `label` uses; "smollm2", a small one, is always there."""

    label: LabelSettings = ()
    """Judges and verifiers to run; none where recorded judgments alone are looked at."""

    rubrics: RubricSource | None = None
    """Rubrics that judges which judge by rubrics find: of a file, or those in force in the warehouse."""

    beam: BeamSettings = BeamSettings()
    """Where the Beam jobs run."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for place, name in self._called():
            try:
                find_model(name, self.models)
            except UnknownName as error:
                raise ValueError(f"{place}: {error}") from None
        judges = judges_in(self.label)
        check_model_tasks(((f"label[{i}]", entry) for i, entry in judges), self.models)
        check_told_apart(self.models, self.model_names())
        for i, entry in judges_in(self.label):
            if entry.build().by_rubric and self.rubrics is None:
                raise ValueError(
                    f"label[{i}]: {entry.title} goes by rubrics, which labelled comparisons do not bring; name them with "
                    "rubrics: {path: rubrics.yaml} or rubrics: {stored: true}, or leave it out"
                )
        return self

    def model_names(self) -> list[str]:
        """List the models that the judges ask, each once."""
        return list(dict.fromkeys(name for _, name in self._called()))

    def _called(self) -> Iterator[tuple[str, str]]:
        return ((f"label{place}", name) for place, name in models_called(self.label))


def load_evaluation(
    config: Path | None,
    judges: Sequence[str] = (),
    models: Sequence[str] = (),
    warehouse: Path | None = None,
) -> EvaluationSettings:
    """Put together which judges run.

    Args:
        config: A YAML file with `models` and `label`; the settings of a run serve as well, the rest of them is left.
        judges: Names of judges beside those of the file; each asks each model of `models`.
        models: Names of models in the file, or "smollm2".
        warehouse: Folder of the warehouse; wins over the file and the environment.

    Raises:
        InvalidSettings: A key or a value is wrong, or judges are named without a model or the other way round.
    """
    data = _of_evaluation(read_yaml(config)) if config else {}
    if bool(judges) != bool(models):
        given, missing = ("--judge", "--model") if judges else ("--model", "--judge")
        raise InvalidSettings(
            f"{given} needs {missing} beside it, such as --judge pairwise --model smollm2"
        )
    named = [{"judge": judge, "model": model} for judge, model in product(judges, models)]
    if named and isinstance(data.get("label", []), list | None):
        data["label"] = [*(data.get("label") or []), *named]
    path = config or _COMMAND_LINE
    return in_warehouse(settings_of(EvaluationSettings, data, path), warehouse)


def _of_evaluation(data: dict[str, Any]) -> dict[str, Any]:
    own = set(EvaluationSettings.model_fields)
    others = set(CurationSettings.model_fields) - own
    return {key: value for key, value in data.items() if key not in others}
