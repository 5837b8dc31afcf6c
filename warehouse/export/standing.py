"""Whether a folder holds an export already, whole."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from winnow.warehouse.export.card import asked_for
from winnow.warehouse.export.files import ExportFile, sha256_of
from winnow.warehouse.export.folder import MARK
from winnow.warehouse.export.layout import Layout
from winnow.warehouse.export.rubrics import RubricsInForce
from winnow.warehouse.provenance import Provenance


class StandingExport(NamedTuple):
    """An export that is there."""

    files: tuple[ExportFile, ...]
    """Data files, with their SHA-256."""

    n_rows: dict[str, int]
    """Rows by split."""

    n_left_out: dict[str, int]
    """Units of the format that it cannot hold, by reason."""


def standing_export(
    folder: Path,
    provenance: Provenance,
    layout: Layout,
    splits: dict[str, float] | None,
    rubrics: RubricsInForce | None = None,
) -> StandingExport | None:
    """Read the export that a folder holds; None where it is another one, or a file of it is missing or changed.

    Args:
        folder: Where the export would be written.
        provenance: What stands behind the release.
        layout: The format with its options.
        splits: Shares that are asked for; None for the release's own splits.
        rubrics: The rubrics in force, of a format that writes them.
    """
    lineage = _read(folder / MARK)
    wanted = provenance.facts() | asked_for(layout, splits, rubrics)
    plain = json.loads(json.dumps(wanted))
    if lineage is None or any(lineage.get(key) != value for key, value in plain.items()):
        return None
    said: dict[str, dict[str, Any]] = lineage.get("files", {})
    files = tuple(ExportFile(path, f["sha256"], f["n_bytes"]) for path, f in said.items())
    if not (folder / "README.md").is_file() or not all(_is_whole(folder, f) for f in files):
        return None
    return StandingExport(files, lineage["n_rows"], lineage["n_left_out"])


def _is_whole(folder: Path, file: ExportFile) -> bool:
    path = folder / file.path
    return path.is_file() and sha256_of(path) == file.sha256


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
