"""Settings of one export."""

import re
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from schemas.errors import InvalidSettings, UnknownName
from schemas.wanted import refused
from warehouse.export.formats import FORMATS
from warehouse.export.layout import Layout


class ExportSettings(BaseModel):
    """What to export: a format, its splits, and the options of the format beside them."""

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)

    format: str
    """Name of the format, such as "trl"."""

    splits: dict[str, float] | None = None
    """Share of the prompts by split, summing to 1; left out, the splits that the release was published with."""

    out: Path | None = None
    """Folder to write; left out, a folder named after release and format."""

    @property
    def options(self) -> dict[str, Any]:
        """Options of the format, such as `variant` for "trl"."""
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _checked(self) -> Self:
        try:
            layout_of(self.format, self.options)
            check_splits(self.splits)
        except (InvalidSettings, UnknownName) as error:
            raise ValueError(error.message) from None
        return self


def layout_of(name: str, options: dict[str, Any]) -> Layout:
    """Give the layout of a format with its options.

    Raises:
        UnknownName: No format is called `name`.
        InvalidSettings: The format has no such option, or not with that value.
    """
    if name not in FORMATS:
        raise UnknownName.among("format", name, FORMATS)
    kind = FORMATS[name]
    if unknown := sorted(set(options) - set(kind.model_fields)):
        known = ", ".join(sorted(kind.model_fields)) or "none"
        raise InvalidSettings(
            f"format {name!r} has no option {unknown[0]!r}; its options: {known}",
            option=unknown[0],
        )
    try:
        return kind(**options)
    except ValidationError as error:
        first = error.errors()[0]
        option = ".".join(map(str, first["loc"]))
        raise InvalidSettings(
            f"format {name!r}: {refused(option, first)}",
            option=option,
        ) from None


def check_splits(splits: dict[str, float] | None) -> None:
    """Check names and shares of splits.

    Raises:
        InvalidSettings: A name is no word, a share is not positive, or the shares do not sum to 1.
    """
    if splits is None:
        return
    for name, share in splits.items():
        if not re.fullmatch(r"\w+", name) or name == "all":
            raise InvalidSettings(
                f"splits: {name!r} cannot name a split; use letters, digits and _, and not 'all'"
            )
        if share <= 0:
            raise InvalidSettings(f"splits: {name} is {share:g}, wanted a share above 0")
    if abs(sum(splits.values()) - 1) > 1e-6:
        shares = ", ".join(f"{name} {share:g}" for name, share in splits.items())
        raise InvalidSettings(
            f"splits: the shares sum to {sum(splits.values()):g} ({shares}), wanted 1"
        )
