"""Settings of one export."""

import re
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import model_validator

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.plug_ins import PlugInSettings, build_plug_in
from winnow.schemas.registry import Registry
from winnow.warehouse.export.formats import FORMATS
from winnow.warehouse.export.layout import Layout


class ExportSettings(PlugInSettings[Layout]):
    """What to export: a format, its splits, and the settings of the format beside them."""

    named_by: ClassVar[str] = "format"
    registry: ClassVar[Registry[Layout]] = FORMATS

    format: str
    """Name of the format, such as "trl"."""

    splits: dict[str, float] | None = None
    """Share of the prompts by split, summing to 1; left out, the splits that the release was published with."""

    out: Path | None = None
    """Folder to write; left out, a folder named after release and format."""

    @model_validator(mode="after")
    def _check_splits(self) -> Self:
        try:
            check_splits(self.splits)
        except InvalidSettings as error:
            raise ValueError(error.message) from None
        return self


def layout_of(name: str, settings: dict[str, Any]) -> Layout:
    """Build the layout of a format with its settings.

    Raises:
        UnknownName: No format is called `name`.
        InvalidSettings: The format has no such setting, or not with that value.
    """
    kind = FORMATS.find(name)
    try:
        layout: Layout = build_plug_in(name, kind, settings)
    except ValueError as error:
        raise InvalidSettings(str(error), format=name) from None
    return layout


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
