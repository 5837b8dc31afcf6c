"""Hashes of the inputs, for the run_id."""

import hashlib
from pathlib import Path

from winnow.pipelines.reading.formats.hub import hub_hash
from winnow.pipelines.reading.pictures import pictures_of
from winnow.pipelines.reading.rows import files_of
from winnow.pipelines.reading.settings import Inputs, Source
from winnow.schemas.ids import content_id


def input_hashes(inputs: Inputs) -> dict[str, str]:
    """Return what tells the content of each input from any other content.

    Returns:
        For each place in the settings, such as "prompts": SHA-256 of the file; of a folder, SHA-256 over names and
        hashes of its files; with the hashes of the pictures that its rows name, where they name any; of a data set on the hub, the hash that `datasets` gives it at that revision.

    Raises:
        InvalidSettings: An input is missing.
        TransientError: The hub does not answer.
    """
    return {key: _hash(source) for key, source in inputs.sources().items()}


def _hash(source: Source) -> str:
    if source.dataset is not None:
        return hub_hash(source.dataset, source.config, source.revision)
    pictures = pictures_of(source)
    rows = _rows_hash(source)
    return content_id([rows, pictures]) if pictures else rows


def _rows_hash(source: Source) -> str:
    files = files_of(source)
    if files == [source.path]:
        return _file_hash(files[0])
    return content_id([[file.name, _file_hash(file)] for file in files])


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
