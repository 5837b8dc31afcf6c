"""Hugging Face data sets: of the hub, or of a folder written by `save_to_disk`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.reading.formats.columnar import ROWS_PER_BATCH, ROWS_SHOWN, rows_of
from pipelines.reading.formats.row import Choose, Row
from schemas.errors import InvalidSettings, TransientError


def read_saved(path: Path, name: str, split: str | None, choose: Choose) -> Iterator[Row]:
    """Read a folder written by `save_to_disk`.

    Raises:
        InvalidSettings: The folder holds several splits and none, or no known one, is asked for.
    """
    from datasets import Dataset, load_from_disk

    loaded = load_from_disk(str(path))
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
    """Give the hash that `datasets` itself caches a data set of the hub under; another revision has another.

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
    except ConnectionError as error:
        raise TransientError(
            f"the hub does not answer for data set {dataset!r}: {_line(error)}"
        ) from error
    except (ValueError, FileNotFoundError) as error:
        raise InvalidSettings(f"data set {dataset!r} cannot be loaded: {_line(error)}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _dataset_rows(dataset: Any, name: str, choose: Choose) -> Iterator[Row]:
    chosen = choose(dataset.column_names)
    if unshown := choose.unshown():
        choose.show(_rows_shown(dataset.select_columns(unshown)))
    batches = dataset.select_columns(chosen).with_format("arrow").iter(ROWS_PER_BATCH)
    yield from rows_of(batches, name)


def _rows_shown(dataset: Any) -> list[Any]:
    first = dataset.select(range(min(ROWS_SHOWN, dataset.num_rows))).with_format("arrow")
    return [row.data for row in rows_of(first.iter(ROWS_SHOWN), "")]
