"""Answers: what one process makes of a range for another one."""

import pickle
import traceback
from typing import Any, NamedTuple

from winnow.pipelines.reading.elsewhere.ranges import Range
from winnow.pipelines.reading.formats.jsonl import row_of
from winnow.schemas.errors import CurationError

PROTOCOL = 5
"""Of pickle; the first that writes columns without copying them twice."""


class ReadElsewhere(NamedTuple):
    """What another process made of a range."""

    n_rows: int
    columns: Any
    """What the reader gave; None where no row is plain."""


def answer_of(reader: Any, of: Range) -> bytes:
    """Read a range, and pickle what the reader makes of it or the error that it ends with."""
    try:
        rows = [*map(row_of, of.lines())]
        return pickle.dumps(ReadElsewhere(len(rows), reader(rows)), PROTOCOL)
    except Exception as error:  # raised where the rows are wanted
        return _pickled(error)


def _pickled(error: Exception) -> bytes:
    """Pickle an error with where it arose, which users are not shown of those that have a line for them."""
    if isinstance(error, CurationError):
        return pickle.dumps(error, PROTOCOL)
    where = "".join(traceback.format_exception(error))
    error.add_note(where)
    try:
        pickled = pickle.dumps(error, PROTOCOL)
        pickle.loads(pickled)
    except Exception:  # whatever a class of errors does there, what is said is the error itself
        return pickle.dumps(RuntimeError(where), PROTOCOL)
    return pickled
