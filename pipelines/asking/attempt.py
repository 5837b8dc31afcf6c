"""What one Beam job tells its starter beside the completions: failed requests, and why it stopped."""

import pickle
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from winnow.pipelines.inference.requests import Failure
from winnow.schemas.errors import CurationError, Stopped, TransientError
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile

_ATTEMPTS = "attempts"
_ERROR = "error.pickle"
_OPEN = "open"


class Attempt:
    """A place that all workers of a job can reach, gone when the job is."""

    def __init__(self, root: Place | Path) -> None:
        self.root = as_place(root)

    @classmethod
    @contextmanager
    def within(cls, place: Place | Path) -> "Iterator[Attempt]":
        """Make a place for one attempt inside that of its requests."""
        attempt = cls(as_place(place).within(_ATTEMPTS).within(uuid.uuid4().hex))
        attempt.open()
        try:
            yield attempt
        finally:
            # What stays where the place cannot be reached goes with that of its requests.
            with suppress(TransientError):
                attempt.root.clear()

    def open(self) -> None:
        """Begin it: a file stands for it, which goes with its place."""
        self.root.write(_OPEN, lambda file: None, is_durable=False)

    def fail(self, error: CurationError | Stopped) -> None:
        """Note the error that ended the job; where the place cannot be written to, raise it for the runner to tell."""
        # In a process that Dask is imported in, an error is pickled with its causes, some of which cannot be.
        error.__cause__ = error.__context__ = error.__traceback__ = None
        content = pickle.dumps(error)
        try:
            self.root.write(_ERROR, lambda file: file.write(content), is_durable=False)
        except (CurationError, OSError):
            is_noted = False
        else:
            is_noted = True
        if not is_noted:
            raise error

    def is_over(self) -> bool:
        """Tell a worker whether nobody waits for its answers: an error ended the job, or another job has taken its place."""
        names = {entry.name for entry in self.root.entries()}
        return _OPEN not in names or _ERROR in names

    def error(self) -> CurationError | Stopped | None:
        """Return the error that ended the job, or None."""
        try:
            error = pickle.loads(self.root.content(_ERROR))
        except FileNotFoundError:
            return None
        return error if isinstance(error, CurationError | Stopped) else None


def attempts_in(place: Place) -> list[Attempt]:
    """List the attempts at work inside the place of their requests."""
    attempts = place.within(_ATTEMPTS)
    return [Attempt(attempts.within(name)) for name in attempts.places()]


def write_failures(place: Place, failures: Sequence[Failure]) -> None:
    """Note failed requests in a file of their own."""
    if failures:
        PlacedFile(place, f"{uuid.uuid4().hex}.parquet").write(Failure.to_table(failures))
