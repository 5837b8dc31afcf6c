"""Settings of rounds of people and models: those of a run, with how many labels of people there are and who they are."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from winnow.annotation.aggregation import DEFAULT
from winnow.flows.settings.files import read_yaml
from winnow.flows.settings.run import CurationSettings, load_settings_of
from winnow.pipelines.reading.settings import GoldSource, known_encoding
from winnow.pipelines.rounds import RoundSettings
from winnow.schemas.base import Value
from winnow.schemas.plurals import counted


def _as_source(value: Any) -> Any:
    return {"path": value} if isinstance(value, str | Path) else value


class PeopleSettings(Value):
    """Who labels, and where they find what to label: one of `queue`, `sheet` and `replay`."""

    queue: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")] | None = None
    """Queue in Argilla that each round is added to; made where there is none."""

    sheet: Path | None = None
    """Table (.csv) that each round is written to; people fill in the column `better`."""

    encoding: str | None = None
    """Encoding in which the sheet comes back, such as "cp1252"; left out, that of its byte-order mark, else UTF-8."""

    replay: Annotated[GoldSource | None, BeforeValidator(_as_source)] = None
    """Recorded verdicts that stand for people, so that a whole flow can be simulated."""

    n_people: Annotated[int, Field(ge=1)] = 1
    """People who label each comparison of a queue; its verdict is that of more than half."""

    workspace: str = "winnow"
    """Workspace of the queue."""

    accounts: tuple[str, ...] = ()
    """Accounts that work on the queue."""

    _known_encoding = field_validator("encoding")(known_encoding)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in ("queue", "sheet", "replay") if getattr(self, name) is not None]
        if len(ways) != 1:
            found = " and ".join(ways) or "nothing"
            raise ValueError(f"give one of 'queue', 'sheet' and 'replay'; found {found}")
        if self.n_people > 1 and self.queue is None:
            raise ValueError(
                f"n_people is {self.n_people}, but a {ways[0]} has one answer each; give a 'queue'"
            )
        if self.encoding is not None and self.sheet is None:
            raise ValueError(
                f"encoding is that of a 'sheet', and there is a {ways[0]!r}; leave it out"
            )
        if self.sheet is not None and self.sheet.suffix != ".csv":
            raise ValueError(f"sheet is {str(self.sheet)!r}, wanted a name that ends in .csv")
        return self


class FlowRoundSettings(RoundSettings):
    """The key `rounds` of a settings file."""

    people: PeopleSettings
    """Who labels."""

    @property
    def plan(self) -> str:
        """What is going to be asked, of how many and where."""
        people = self.people
        if people.queue is not None:
            each = f", {people.n_people} people each" if people.n_people > 1 else ""
            where = f"in queue '{people.queue}' of Argilla{each}"
        elif people.sheet is not None:
            where = f"in the table {people.sheet}"
        else:
            where = "of recorded verdicts"
        until = f", or until accuracy {self.target:g} is proved" if self.target else ""
        return (
            f"{counted(self.budget, 'label')} of people at most{until}, {self.per_round:,} a round, "
            f"{counted(self.n_rounds, 'round')} at most; asked {where}"
        )


class RoundsSettings(CurationSettings):
    """A run in which people and models take turns."""

    rounds: FlowRoundSettings
    """The rounds."""

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if self.aggregate.method != DEFAULT:
            raise ValueError(
                f"aggregate.method is {self.aggregate.method!r}; rounds decide by {DEFAULT!r} alone: leave it out"
            )
        return self

    def read_paths(self) -> dict[str, Path | None]:
        """Return what is read from disk, recorded verdicts among it."""
        replay = self.rounds.people.replay
        return {**super().read_paths(), "rounds.people.replay": replay.path if replay else None}

    def written_paths(self) -> dict[str, Path]:
        """Return what is written outside the warehouse, the sheet among it."""
        sheet = self.rounds.people.sheet
        return {**super().written_paths(), **({"rounds.people.sheet": sheet} if sheet else {})}

    @property
    def has_gold(self) -> bool:
        """Always: people's own verdicts are gold."""
        return True

    @property
    def has_people(self) -> bool:
        """Always: rounds ask them."""
        return True


def load_any_settings(path: Path, warehouse: Path | None = None) -> CurationSettings:
    """Read and check the settings of a run, or of rounds where the file has the key `rounds`.

    Raises:
        InvalidSettings: As `load_settings_of`.
    """
    kind = RoundsSettings if "rounds" in read_yaml(path) else CurationSettings
    return load_settings_of(kind, path, warehouse)
