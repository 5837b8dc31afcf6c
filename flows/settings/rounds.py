"""Settings of rounds of people and models: those of a run, with how many labels of people there are and who they are."""

from collections.abc import Iterator
from pathlib import Path

from winnow.flows.settings.files import read_yaml
from winnow.flows.settings.run import CurationSettings, load_settings_of
from winnow.pipelines.rounds.people import PeopleSettings
from winnow.pipelines.rounds.settings import RoundSettings
from winnow.pipelines.steps import RoundsStep, Step
from winnow.pipelines.steps.rounds import TurnSettings
from winnow.schemas.errors import InvalidSettings


class FlowRoundSettings(RoundSettings):
    """The key `rounds` of a settings file."""

    people: PeopleSettings
    """Who labels."""


class RoundsSettings(CurationSettings):
    """A run in which people and models take turns."""

    rounds: FlowRoundSettings
    """The rounds."""

    def labelling(self) -> Iterator[tuple[str, Step]]:
        """List the rounds, whose judges are those of the key `label`."""
        rounds = {name: getattr(self.rounds, name) for name in type(self.rounds).model_fields}
        yield "", RoundsStep(settings=TurnSettings(**rounds, label=self.label))


def load_any_settings(path: Path, warehouse: Path | None = None) -> CurationSettings:
    """Read and check the settings of a run, or of rounds where the file has the key `rounds`.

    Raises:
        InvalidSettings: As `load_settings_of`.
    """
    kind = RoundsSettings if "rounds" in read_yaml(path) else CurationSettings
    return load_settings_of(kind, path, warehouse)


def load_rounds(path: Path, warehouse: Path | None = None) -> CurationSettings:
    """Read and check the settings of rounds, by the key `rounds` or by a step of that name.

    Raises:
        InvalidSettings: As `load_settings_of`, or the file has neither.
    """
    has_steps = "steps" in read_yaml(path)
    settings = (
        load_any_settings(path, warehouse)
        if has_steps
        else load_settings_of(RoundsSettings, path, warehouse)
    )
    if settings.rounds_step is None:
        raise InvalidSettings(
            f"{path} has no step 'rounds'; add one, or start it with winnow run {path}"
        )
    return settings
