"""Workers of a job that are processes of this machine: one that dies ends the job, and a job that dies ends them.

Beam's own workers of `direct_running_mode: multi_processing` leave a job waiting for ever when one of them is killed, and print
what every call to a server was. A worker is this module, run as `python -m winnow.pipelines.local_workers PID FILE`: it reads a line
`ADDRESS ID` for each job that it serves, and writes a byte to an open file when it is done with it. To start one takes seconds of a
processor, so it waits for the next job of the same process; one that loaded an engine ends with its job, and gives its memory back.
"""

import atexit
import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from winnow.schemas.errors import GO_ON, WorkerLost

_LOST = "a Beam worker of this machine was lost"

_LOOKS_EVERY_S = 0.5
_KILL_AFTER_S = 30.0


class _Worker:
    """A worker process, which serves one job after the other."""

    _spare: ClassVar[list["_Worker"]] = []
    _most_spare: ClassVar[int] = os.cpu_count() or 1
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self.is_kept = True
        self._place = _place()
        self._done, theirs = os.pipe()
        command = [sys.executable, "-m", __name__, str(os.getpid()), str(theirs)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, text=True, pass_fds=[theirs]
        )
        os.close(theirs)

    @classmethod
    def spare_or_new(cls) -> "_Worker":
        """Return one that waits for a job, started as one would be now, or start one; others that wait are of no use."""
        place = _place()
        with cls._lock:
            of_use = [one for one in cls._spare if one._place == place and not one.has_ended]
            others = [one for one in cls._spare if one not in of_use]
            found, cls._spare[:] = of_use[:1], of_use[1:]
        cls._end_all(others)
        return found[0] if found else cls()

    @classmethod
    def start_spare(cls, n: int) -> None:
        """Start workers until so many wait for a job, and keep no more from now on."""
        with cls._lock:
            cls._most_spare = n
            while len(cls._spare) < n:
                cls._spare.append(cls())

    @classmethod
    def end_spare(cls) -> None:
        """End those that wait for a job."""
        with cls._lock:
            ended, cls._spare[:] = list(cls._spare), []
        cls._end_all(ended)

    @classmethod
    def _end_all(cls, workers: list["_Worker"]) -> None:
        for one in workers:
            one._process.terminate()  # it holds nothing
        for one in workers:
            one._end()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether its process is gone."""
        return self._process.poll() is not None

    def serve(self, address: str, worker_id: str) -> None:
        """Have it serve a job."""
        assert self._process.stdin
        with suppress(BrokenPipeError):  # it has ended, which `wait` tells
            self._process.stdin.write(f"{address} {worker_id}\n")
            self._process.stdin.flush()

    def wait(self) -> int | None:
        """Wait until it is done with its job: None, and it waits for another one; or the status that its process ended with."""
        told = select.poll()
        told.register(self._done, select.POLLIN)
        # Processes that it forked may hold its end of the pipe open longer than it lives.
        while not told.poll(_LOOKS_EVERY_S * 1000) and not self.has_ended:
            pass
        if self.has_ended or not os.read(self._done, 1):
            return self._end()
        with self._lock:
            if self.is_kept and len(self._spare) < self._most_spare:
                self._spare.append(self)
                return None
        self._process.terminate()
        return self._end()

    def _end(self) -> int:
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        os.close(self._done)
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_KILL_AFTER_S)
        self._process.kill()  # something in it does not end; nobody waits for what it does
        return self._process.wait()


start_spare_workers = _Worker.start_spare
"""Starts workers before the first job of this process needs them."""

end_spare_workers = _Worker.end_spare
"""Ends the workers that wait for another job of this process."""

atexit.register(end_spare_workers)


def _place() -> tuple[object, ...]:
    """Return what a process takes over from the one that starts it."""
    return Path.cwd(), dict(os.environ)


@cache
def use_own_workers() -> None:
    """Have Beam's local runner start its worker processes by this module."""
    from apache_beam.portability import python_urns
    from apache_beam.portability.api import beam_fn_api_pb2
    from apache_beam.runners.portability.fn_api_runner.worker_handlers import (
        GrpcWorkerHandler,
        WorkerHandler,
    )
    from grpc import RpcError

    class LocalWorkerHandler(GrpcWorkerHandler):
        """Starts a worker process, and fails what it was asked when it ends before its time."""

        def __init__(
            self, _command: bytes, state: Any, provision_info: Any, grpc_server: Any
        ) -> None:
            super().__init__(state, provision_info, grpc_server)
            self._is_over = False

        def start_worker(self) -> None:
            self._worker = _Worker.spare_or_new()
            self._worker.serve(self.control_address, self.worker_id)
            self._watching = threading.Thread(target=self._watch, name="watch", daemon=True)
            self._watching.start()

        def close(self) -> None:
            is_lost = self._worker.has_ended
            self._is_over = True
            # What a job that failed left at work there would go on beside the next one.
            asked = list(self.control_conn._futures_by_id.values())
            self._worker.is_kept = all(future.is_done() for future in asked)
            # Its connections broke off, which is told a second time here.
            with suppress(RpcError) if is_lost else nullcontext():
                super().close()

        def stop_worker(self) -> None:
            self._watching.join()

        def _watch(self) -> None:
            status = self._worker.wait()
            # Looked at again and again, since the runner may ask it something more.
            while status is not None and not self._is_over:
                self._fail_all(f"{_LOST}: process {self._worker.pid} {_ended(status)}")
                time.sleep(_LOOKS_EVERY_S)

        def _fail_all(self, said: str) -> None:
            for asked, future in list(self.control_conn._futures_by_id.items()):
                if not future.is_done():
                    future.set(
                        beam_fn_api_pb2.InstructionResponse(instruction_id=asked, error=said)
                    )

    def pass_over_lost_connections(raised: threading.ExceptHookArgs) -> None:
        if (
            raised.exc_type is not RpcError
        ):  # Beam's threads print it; that a worker died is said once
            others(raised)

    others, threading.excepthook = threading.excepthook, pass_over_lost_connections
    WorkerHandler.register_environment(python_urns.SUBPROCESS_SDK, bytes)(LocalWorkerHandler)


def lost_worker(error: Exception) -> WorkerLost | None:
    """Find in an error of Beam's that a worker died; None where it tells of something else."""
    _, found, rest = str(error).partition(_LOST)
    said = f"{found}{rest.splitlines()[0]}" if found else ""
    return WorkerLost(f"{said}{GO_ON}", said=said) if said else None


def _ended(status: int) -> str:
    if status < 0:
        return f"was killed by signal {-status}; look whether memory ran out"
    return f"ended with status {status}; look at what it printed"


def _end_with(pid: int) -> None:
    while os.getppid() == pid:
        time.sleep(_LOOKS_EVERY_S)
    os._exit(1)


def _main(job_pid: str, done: str) -> None:
    # A terminal tells Ctrl-C to workers as well, which end with their job.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(int(job_pid),), daemon=True, name="job").start()
    jobs = os.fdopen(os.dup(0))
    with Path(
        os.devnull
    ).open() as nothing:  # what a job starts reads no line that is meant for here
        os.dup2(nothing.fileno(), 0)
    from apache_beam.runners.worker.sdk_worker import SdkHarness

    import winnow.pipelines.run_inference  # noqa: F401  # before a job brings it along with torch
    from winnow.pipelines.inference.open_engines import close_engines

    for line in jobs:
        address, worker_id = line.split()
        SdkHarness(address, worker_id=worker_id, data_buffer_time_limit_ms=-1).run()
        close_engines()
        if "torch" in sys.modules:
            return
        os.write(int(done), b".")


if __name__ == "__main__":
    _main(*sys.argv[1:])
