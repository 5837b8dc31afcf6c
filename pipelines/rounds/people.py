"""Settings of the people who label in rounds: who they are, and where they find what to label."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from winnow.pipelines.reading.settings import GoldSource, known_encoding
from winnow.schemas.base import Value


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

    def __str__(self) -> str:
        """Say where people are asked."""
        if self.queue is not None:
            each = f", {self.n_people} people each" if self.n_people > 1 else ""
            return f"in queue '{self.queue}' of Argilla{each}"
        return f"in the table {self.sheet}" if self.sheet is not None else "of recorded verdicts"
