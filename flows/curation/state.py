"""How far a run is: one small file in its place, and a lock that ends with the process."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from winnow.pipelines.repeating import repeating
from winnow.schemas.base import Value
from winnow.schemas.errors import CurationError, TransientError
from winnow.schemas.ids import content_id
from winnow.warehouse.places.folder import Folder
from winnow.warehouse.places.place import Lock, Place

_STATE, _LOCK = "state.json", "lock"
_BEAT_EVERY_S = 2.0
_LOOK_S = 1.0
"""More than it takes to look whether a run is worked on, for which its lock is held for a moment."""


class RunState(Value):
    """Where one run stands."""

    run_id: str
    """The run."""

    name: str
    """Name in the settings."""

    started_at: datetime
    """When it was first started, however often it was started again."""

    updated_at: datetime
    """When this was written."""

    n_starts: int
    """How often it was started."""

    stage: str
    """The stage it is in, or was in when it ended."""

    n_done: int = 0
    """Requests of the stage that are done."""

    n_total: int = 0
    """Requests of the stage in all; 0 where the stage calls no model."""

    asking: str = ""
    """Who asks which model; empty where the stage calls none."""

    beside: str = ""
    """What goes on beside the stage, such as judging while it samples, and how far that is; empty where nothing does."""

    seconds: dict[str, float] = Field(default_factory=dict)
    """Time that was worked on each stage, all starts together; what lay between them is no part of it."""

    is_unread: bool = False
    """Whether it stopped because most replies of an annotator could not be read: started again, it asks for them again."""

    is_running: bool = False
    """Whether a process works on it now; told by the lock, not by the file."""

    @property
    def worked_s(self) -> float:
        """Time that was worked on the run, in seconds."""
        return sum(self.seconds.values())


class RunFolder:
    """The place of one run, held by one process at a time."""

    def __init__(
        self, root: Place | Path, run_id: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Name the place `run_id` in `root`; nothing is made yet.

        Args:
            root: The place of all runs.
            run_id: The run.
            clock: Seconds on a clock that only goes forward.
        """
        self._place = (Folder(root) if isinstance(root, Path) else root).within(run_id)
        self.run_id = run_id
        self._clock = clock
        self._worked_until = clock()
        self._writing = threading.Lock()
        self._lock: Lock | None = None

    @contextmanager
    def hold(self, name: str) -> Iterator["RunFolder"]:
        """Keep other processes from the run while this one works on it.

        Args:
            name: Name of the run in the settings.

        Raises:
            TransientError: Another process works on it.
        """
        with self._place.alone(_LOCK, _LOOK_S) as self._lock:
            self._keep_out(self._lock)
            self._begin(name)
            with self._beating():
                yield self

    def state(self) -> RunState | None:
        """Read how far the run is; None where it was never started."""
        try:
            state = RunState.model_validate_json(bytes(self._place.content(_STATE)))
        except FileNotFoundError:
            return None
        is_running = self._place.holder(_LOCK) is not None
        return state.model_copy(update={"is_running": is_running})

    def clear(self) -> None:
        """Forget how far the run is."""
        with self._writing:
            self._place.remove(_STATE)
            self._place.remove(_LOCK)
        if folder := self._place.folder:
            with suppress(OSError):  # it holds something else
                folder.rmdir()

    def update(self, stage: str, n_done: int = 0, n_total: int = 0, asking: str = "") -> None:
        """Write down how far the run is.

        Raises:
            TransientError: Another process works on the run by now, as where this machine slept.
        """
        self._change(stage=stage, n_done=n_done, n_total=n_total, asking=asking)

    def update_beside(self, what: str) -> None:
        """Write down what goes on beside the stage, and how far it is; empty where nothing does.

        Raises:
            TransientError: As in `update`.
        """
        self._change(beside=what)

    def beat(self) -> None:
        """Write down that the run is still worked on: what a killed process did since is not counted. Nothing once it is forgotten."""
        self._change()

    def stop_unread(self) -> None:
        """Write down that most replies of an annotator could not be read."""
        self._change(is_unread=True)

    def _begin(self, name: str) -> None:
        before, now = self.state(), datetime.now(UTC)
        self._worked_until = self._clock()
        self._write(
            RunState(
                run_id=self.run_id,
                name=name,
                started_at=before.started_at if before else now,
                updated_at=now,
                n_starts=before.n_starts + 1 if before else 1,
                stage="start",
                is_unread=before.is_unread if before else False,
                seconds=before.seconds if before else {},
            )
        )

    @contextmanager
    def _beating(self) -> Iterator[None]:
        try:
            with repeating(self._try_beat, _BEAT_EVERY_S, "run state"):
                yield
        finally:
            self.beat()

    def _try_beat(self) -> None:
        with suppress(CurationError):
            self.beat()

    def _keep_out(self, lock: Lock) -> None:
        if not lock.is_held:
            raise TransientError(
                f"run {self.run_id[:12]} is being worked on by {self._place.holder(_LOCK) or 'another process'}; "
                "wait for it (winnow status) or stop that process"
            )

    def _change(self, **change: Any) -> None:
        """Write down what changed, and the time worked since on the stage that it was in."""
        with self._writing:
            state = self.state()
            if state is None and not change:
                return  # a beat after clear()
            if state is None or self._lock is None:
                raise ValueError("a change before hold()")
            self._keep_out(self._lock)
            now = self._clock()
            if change.get("stage", state.stage) != state.stage:
                change["beside"] = ""
            worked_s = state.seconds.get(state.stage, 0.0) + now - self._worked_until
            self._worked_until = now
            change |= {"seconds": {**state.seconds, state.stage: worked_s}}
            self._write(state.model_copy(update={**change, "updated_at": datetime.now(UTC)}))

    def _write(self, state: RunState) -> None:
        content = state.model_dump_json(indent=1).encode()
        self._place.write(_STATE, lambda file: file.write(content), is_durable=False)


def next_run_id(run_id: str) -> str:
    """Return the id under which a published run goes on with the requests that it owes."""
    return content_id({"goes_on_from": run_id})


def unfinished_runs(root: Place | Path) -> list[RunState]:
    """List the runs in the place `root`, the one touched last first."""
    place = Folder(root) if isinstance(root, Path) else root
    folders = [RunFolder(place, name) for name in place.places()]
    states = [s for f in folders if (s := f.state())]
    return sorted(states, key=lambda s: s.updated_at, reverse=True)
