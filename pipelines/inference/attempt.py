"""What one Beam job tells its starter beside the completions: failed requests, and why it stopped."""

import pickle
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from winnow.pipelines.inference.requests import Failure
from winnow.schemas.errors import CurationError, Stopped
from winnow.schemas.whole_files import write_whole

_ERROR = "error.pickle"
_LEFTOVER_AGE_S = 7 * 24 * 3600


class Attempt:
    """A folder that all workers of a job can reach, gone when the job is."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    @contextmanager
    def within(cls, store_root: Path) -> "Iterator[Attempt]":
        """Make a folder for one attempt inside the store's, hidden from its readers."""
        _clear_leftovers(store_root / ".attempts")
        root = store_root / ".attempts" / uuid.uuid4().hex
        root.mkdir(parents=True)
        try:
            yield cls(root)
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def add_failures(self, failures: Sequence[Failure]) -> None:
        """Note failed requests."""
        if failures:
            lines = "".join(f.model_dump_json() + "\n" for f in failures)
            self._write(f"{uuid.uuid4().hex}.jsonl", lines.encode())

    def failures(self) -> dict[str, Failure]:
        """Return the failed requests by request_id."""
        lines = [
            line for p in self.root.glob("*.jsonl") for line in p.read_text("utf-8").splitlines()
        ]
        return {f.request_id: f for f in map(Failure.model_validate_json, lines)}

    def fail(self, error: CurationError | Stopped) -> None:
        """Note the error that ended the job."""
        self._write(_ERROR, pickle.dumps(error))

    def error(self) -> CurationError | Stopped | None:
        """Return the error that ended the job, or None."""
        try:
            error = pickle.loads((self.root / _ERROR).read_bytes())
        except FileNotFoundError:
            return None
        return error if isinstance(error, CurationError | Stopped) else None

    def _write(self, name: str, content: bytes) -> None:
        write_whole(self.root / name, content)


def _clear_leftovers(attempts: Path) -> None:
    """Remove what jobs that were killed long ago left behind."""
    for left in attempts.glob("*"):
        if time.time() - left.stat().st_mtime > _LEFTOVER_AGE_S:
            shutil.rmtree(left, ignore_errors=True)
