"""What lies where in the folder of a warehouse."""

from pathlib import Path
from typing import NamedTuple

COMPLETIONS, STAGING, PEOPLE, ROUNDS = "completions", "staging", "people", "rounds"
"""Names of what lies where machines share it."""

REPORTS, EXPORTS = "reports", "exports"
WRITTEN_FOR_PEOPLE = (EXPORTS, REPORTS)
"""Folders of what was written for people, and can be written again."""


class WarehouseFolders(NamedTuple):
    """The places in a warehouse's folder; none need be there."""

    root: Path
    """Folder of the warehouse."""

    @property
    def catalog(self) -> Path:
        """The SQLite file of a catalog that is no server."""
        return self.root / "catalog.sqlite"

    @property
    def data(self) -> Path:
        """Parquet files of the published tables, where they are not kept elsewhere."""
        return self.root / "data"

    @property
    def staging(self) -> Path:
        """A folder of staged tables for each run that has not been cleared away."""
        return self.root / STAGING

    @property
    def models(self) -> Path:
        """Models that were built on the spot."""
        return self.root / "models"

    @property
    def argilla(self) -> Path:
        """The home of the Argilla that was started on this machine."""
        return self.root / "argilla"

    def report(self, release: str) -> Path:
        """Return the usual place of a release's report."""
        return self.root / REPORTS / f"{release}.html"

    def export(self, release: str, label: str) -> Path:
        """Return the usual place of an export of a release; `label` tells the exports of one release apart."""
        return self.root / EXPORTS / release / label
