"""What one Beam job tells its starter beside the completions: failed requests, and why it stopped."""

import pickle
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from winnow.pipelines.inference.requests import Failure
from winnow.schemas.errors import CurationError, Stopped
from winnow.schemas.whole_files import remove_folder, whole_file, write_whole

_ATTEMPTS = "attempts"
_ERROR = "error.pickle"


class Attempt:
    """A folder that all workers of a job can reach, gone when the job is."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    @contextmanager
    def within(cls, folder: Path) -> "Iterator[Attempt]":
        """Make a folder for one attempt inside that of its requests."""
        root = folder / _ATTEMPTS / uuid.uuid4().hex
        root.mkdir(parents=True)
        try:
            yield cls(root)
        finally:
            remove_folder(root)

    def fail(self, error: CurationError | Stopped) -> None:
        """Note the error that ended the job."""
        # In a process that Dask is imported in, an error is pickled with its causes, some of which cannot be.
        error.__cause__ = error.__context__ = error.__traceback__ = None
        write_whole(self.root / _ERROR, pickle.dumps(error))

    def is_over(self) -> bool:
        """Tell a worker whether nobody waits for its answers: an error ended the job, or another job has taken its place."""
        return not self.root.is_dir() or (self.root / _ERROR).exists()

    def error(self) -> CurationError | Stopped | None:
        """Return the error that ended the job, or None."""
        try:
            error = pickle.loads((self.root / _ERROR).read_bytes())
        except FileNotFoundError:
            return None
        return error if isinstance(error, CurationError | Stopped) else None


def attempts_in(folder: Path) -> list[Attempt]:
    """List the attempts at work inside the folder of their requests."""
    return [Attempt(root) for root in (folder / _ATTEMPTS).glob("*")]


def write_failures(folder: Path, failures: Sequence[Failure]) -> None:
    """Note failed requests in a file of their own."""
    if not failures:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / f"{uuid.uuid4().hex}.parquet") as draft, draft.open("wb") as file:
        pq.write_table(Failure.to_table(failures), file)
