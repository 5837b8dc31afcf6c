"""Hugging Face data sets: of the hub, or of a folder written by `save_to_disk`."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from winnow.pipelines.hub import hub_errors, hub_name, is_silence, told
from winnow.pipelines.reading.formats.columnar import ROWS_PER_BATCH, ROWS_SHOWN, rows_of
from winnow.pipelines.reading.formats.row import Choose, Row
from winnow.schemas.errors import CurationError, InvalidSettings, MalformedInput, TransientError

_PARTS = ("dataset_info.json", "state.json")
_SAVE = "write it again with save_to_disk, or with to_parquet and give that file"


def read_saved(path: Path, name: str, split: str | None, choose: Choose) -> Iterator[Row]:
    """Read a folder written by `save_to_disk`.

    Raises:
        InvalidSettings: The folder holds several splits and none, or no known one, is asked for.
        MalformedInput: A file of it is missing or damaged, or of a newer `datasets`.
    """
    from datasets import Dataset, load_from_disk

    with _saved_named(path, name):
        _check_whole(path, name)
        loaded = load_from_disk(str(path.absolute()))
        if not isinstance(loaded, Dataset):
            loaded = loaded[_split_of(sorted(loaded), split, name)]
        yield from _dataset_rows(loaded, name, choose)


def _split_of(splits: list[str], split: str | None, name: str) -> str:
    if split is None and len(splits) == 1:
        return splits[0]
    if split not in splits:
        found = "no split is named" if split is None else f"no split {split!r}"
        raise InvalidSettings(f"{name}: {found}; it has: {', '.join(splits)}")
    return split


def read_hub(
    dataset: str, config: str | None, split: str | None, revision: str | None, choose: Choose
) -> Iterator[Row]:
    """Read a data set of the hub, through the local cache.

    Raises:
        InvalidSettings: There is no such data set, configuration, split or revision.
        TransientError: The hub does not answer, and the cache does not hold it.
    """
    from datasets import load_dataset

    with _errors_named(dataset):
        loaded = load_dataset(dataset, config, split=split or "train", revision=revision)
    yield from _dataset_rows(loaded, dataset, choose)


def hub_hash(dataset: str, config: str | None, revision: str | None) -> str:
    """Return the hash that `datasets` itself caches a data set of the hub under; another revision has another.

    Raises:
        InvalidSettings: There is no such data set, configuration or revision.
        TransientError: The hub does not answer, and the cache does not hold it.
    """
    from datasets import load_dataset_builder

    with _errors_named(dataset):
        return str(load_dataset_builder(dataset, config, revision=revision).hash)


@contextmanager
def _errors_named(dataset: str) -> Iterator[None]:
    try:
        yield
    except CurationError:
        raise
    except hub_errors() as error:
        if is_silence(error):
            raise TransientError(
                f"data set {dataset!r}: {hub_name()} does not answer ({told(error)}), and the cache does not hold it; "
                "run it again when the hub can be reached, or download the data set and give its folder as 'path'"
            ) from error
        raise InvalidSettings(
            f"data set {dataset!r} cannot be loaded: {told(error)}; correct 'dataset', 'config', 'split' or 'revision'"
        ) from error


@contextmanager
def _saved_named(path: Path, name: str) -> Iterator[None]:
    try:
        yield
    except CurationError:
        raise
    except FileNotFoundError as error:
        missing = os.path.relpath(error.filename, path) if error.filename else "a file"
        raise MalformedInput(f"{name} is not all there: {missing} is missing; {_SAVE}") from error
    except (OSError, ValueError, LookupError, TypeError, pa.ArrowException) as error:
        raise MalformedInput(f"{name} cannot be read: {told(error)}; {_SAVE}") from error


def _check_whole(path: Path, name: str) -> None:
    """Look for the files that every saved data set has; where one is missing, `datasets` only says that it is none."""
    folders = [path]
    if (path / "dataset_dict.json").is_file():
        folders = [
            path / str(split)
            for split in json.loads((path / "dataset_dict.json").read_text())["splits"]
        ]
    for file in (folder / part for folder in folders for part in _PARTS):
        if not file.is_file():
            raise MalformedInput(
                f"{name} is not all there: {file.relative_to(path)} is missing; {_SAVE}"
            )


def _dataset_rows(dataset: Any, name: str, choose: Choose) -> Iterator[Row]:
    chosen = choose(dataset.column_names)
    if unshown := choose.unshown():
        choose.show(_rows_shown(dataset.select_columns(unshown)))
    batches = dataset.select_columns(chosen).with_format("arrow").iter(ROWS_PER_BATCH)
    yield from rows_of(batches, name)


def _rows_shown(dataset: Any) -> list[Any]:
    first = dataset.select(range(min(ROWS_SHOWN, dataset.num_rows))).with_format("arrow")
    return [row.data for row in rows_of(first.iter(ROWS_SHOWN), "")]
