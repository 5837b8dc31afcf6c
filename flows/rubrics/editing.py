"""A rubric edited by a person: written out, opened in an editor or read from a file, and kept as its next version."""

import os
import shlex
import subprocess
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from winnow.annotation.rubrics.versions import is_same
from winnow.flows.rubrics.bringing_in import replaced, sources_carried
from winnow.flows.rubrics.files import read_rubrics, rubric_text
from winnow.flows.rubrics.shelf import Shelf
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.rubrics import Rubric
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.shelving import shelve

_EDITORS = ("VISUAL", "EDITOR")


def edit_rubric(warehouse: Warehouse, reference: str, file: Path | None = None) -> Rubric | None:
    """Make the next version of a rubric from a file, or from what a person makes of it in an editor.

    Args:
        warehouse: Where it is; open for writing.
        reference: Which rubric, as `Shelf.find` takes it; its newest version is edited.
        file: What it is to say; None to open it in the editor that VISUAL or EDITOR names.

    Returns:
        The next version; None where it says what it did.

    Raises:
        UnknownName: There is no such rubric.
        InvalidSettings: A version that was replaced is named, the file holds several rubrics or one for something else, or no
            editor is named.
    """
    shelf = Shelf.of(warehouse)
    old = shelf.find(reference)
    if old not in shelf.newest:
        raise InvalidSettings(
            f"{shelf.reference(old)} was replaced; edit the newest version, {old.name}"
        )
    if file is not None:
        return _keep(warehouse, shelf, old, file)
    draft = Path(mkdtemp(prefix="winnow-rubric-")) / "rubric.yaml"
    draft.write_text(rubric_text(shelf.written(old)), encoding="utf-8")
    try:
        _open(draft, old)
    except InvalidSettings:
        rmtree(draft.parent)
        raise
    version = _keep(warehouse, Shelf.of(warehouse), old, draft)
    rmtree(draft.parent)  # what was refused stays: the message names it
    return version


def _open(draft: Path, rubric: Rubric) -> None:
    editor = next((os.environ[name] for name in _EDITORS if os.environ.get(name)), None)
    if editor is None:
        raise InvalidSettings(
            f"neither VISUAL nor EDITOR names an editor; set one, or export {rubric.name} to a file, edit that and name it "
            "with --file"
        )
    try:
        status = subprocess.run([*shlex.split(editor), str(draft)], check=False).returncode
    except OSError as error:
        raise InvalidSettings(
            f"the editor {editor!r} does not start ({error.strerror}); name another with EDITOR"
        ) from None
    if status:
        raise InvalidSettings(
            f"the editor {editor!r} ended with status {status}; nothing was changed"
        )


def _keep(warehouse: Warehouse, shelf: Shelf, old: Rubric, file: Path) -> Rubric | None:
    if old not in shelf.newest:
        raise InvalidSettings(
            f"{shelf.reference(old)} was replaced while it was edited; {file} holds what was written: look what is new with "
            f"winnow rubrics show {old.name}, and name that file with --file"
        )
    found = read_rubrics(file)
    if len(found) != 1:
        raise InvalidSettings(
            f"{file} holds {len(found)} rubrics, wanted one; winnow rubrics import takes several"
        )
    written = found[0].written
    if (written.rubric.prompt_id, written.rubric.domain) != (old.prompt_id, old.domain):
        raise InvalidSettings(
            f"{file}: prompt or domain is another than that of {old.name}; leave them, or bring it in as a rubric of its own "
            "with winnow rubrics import"
        )
    is_named = written.rubric.name == old.name
    if is_named and is_same(shelf.criteria[old.rubric_id], written.criteria):
        return None
    version = replaced(shelf, old, written)
    carried = sources_carried(shelf, old, version.criteria)
    shelve(warehouse, [version.rubric, *version.criteria, *carried])
    return version.rubric
