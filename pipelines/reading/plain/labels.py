"""Labels: ids and names of many rows, as `Fields.label` reads those of one."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.fields import Fields

LABELS = (str, int, type(None))
"""Types of values that are read together."""


class Labels(NamedTuple):
    """A column of labels."""

    values: list[str | None]
    """Each as text, None where there is none; shape (n,)."""

    unusable: list[int]
    """Numbers of those that are no usable text."""


def labels(values: Iterable[Any]) -> Labels:
    """Read a column of labels, which are of the types of LABELS; shape (n,)."""
    found: list[str | None] = []
    unusable = []
    for i, value in enumerate(values):
        if value is None or (type(value) is str and _is_plain(value)):
            found.append(value)
            continue
        try:
            found.append(Fields({"label": value}, {}).label("label"))
        except Defect:
            found.append(None)
            unusable.append(i)
    return Labels(found, unusable)


def _is_plain(value: str) -> bool:
    # What ends in 0 behind a point may be a whole number that a table wrote as 1.0.
    ends_plainly = value[-1:] not in ("", "0") or (value != "" and "." not in value)
    return ends_plainly and value.isascii() and "\0" not in value
