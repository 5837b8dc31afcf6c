"""Reads inputs twice, together and row by row, and holds that both give the same."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest

from winnow.pipelines.reading import Inputs, read_inputs
from winnow.pipelines.reading.elsewhere import batches
from winnow.pipelines.reading.intake import RECORDS
from winnow.pipelines.reading.plain.news import Learned
from winnow.schemas.errors import CurationError
from winnow.schemas.labels import Membership
from winnow.warehouse.staging import Staging


def outcome(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that reading gives: rows, counts and what is said; or the error that it ends with."""
    said: list[str] = []
    with TemporaryDirectory() as folder:
        staging = Staging(Path(folder))
        try:
            counts = read_inputs(Inputs.model_validate(settings), staging, "run-1", said.append)
        except CurationError as error:
            assert not staging.tables()
            return {"error": str(error), "said": said}
        tables: dict[str, pa.Table] = {r.table: staging.read(r) for r in (*RECORDS, Membership)}
    counts = [count.model_copy(update={"seconds": 0.0}) for count in counts]
    return {"counts": counts, "said": said, **tables}


def same_both_ways(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read inputs together and row by row, in batches of few rows; gives what comes out of both."""
    with small_batches():
        together = outcome(settings)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Learned, "add", lambda *_: None)
            alone = outcome(settings)
    assert together.keys() == alone.keys()
    for name, found in together.items():
        wanted = alone[name]
        if isinstance(found, pa.Table):
            assert found.schema.equals(wanted.schema, check_metadata=True)
            assert found.to_pylist() == wanted.to_pylist(), name
        else:
            assert found == wanted, name
    return together


@contextmanager
def small_batches() -> Iterator[None]:
    """Read the first two rows, then seven at a time, so that few rows are many batches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "_FIRST_ROWS", 2)
        patch.setattr(batches, "_ROWS", 7)
        yield
