"""Whether a file holds the report of a release already, as this version would write it."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from winnow.schemas.ids import content_id
from winnow.warehouse.provenance import Provenance, provenance_of

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse

MARK = "winnow-report"
"""Name of the `meta` element that says what a page was written of."""

_N_CHARACTERS = 4096
"""As far as the mark stands from the beginning of the page, and more."""


def mark_of(provenance: Provenance) -> str:
    """Hash the release with all that stands behind it, and the version that shows it."""
    return content_id({"of": provenance.facts(), "by": version("winnow")})


def holds_report(warehouse: "Warehouse", release: str, path: Path) -> bool:
    """Tell whether `path` is the page that `write_report` would write there.

    Raises:
        UnknownName: There is no such release.
    """
    try:
        with path.open(encoding="utf-8") as file:
            beginning = file.read(_N_CHARACTERS)
    except (OSError, UnicodeDecodeError):
        return False
    return mark_of(provenance_of(warehouse, release)) in beginning
