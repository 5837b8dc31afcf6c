"""Workers of a job that are processes of this machine: one that dies ends the job, and a job that dies ends them.

Beam's own workers of `direct_running_mode: multi_processing` leave a job waiting for ever when one of them is killed, and print
what every call to a server was. A worker is this module, run as `python -m winnow.pipelines.local_workers ADDRESS ID JOB_PID`.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext, suppress
from functools import cache
from typing import Any

from winnow.schemas.errors import GO_ON, WorkerLost

_LOST = "a Beam worker of this machine was lost"

_LOOKS_EVERY_S = 0.5


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
            command = [sys.executable, "-m", __name__, self.control_address, self.worker_id]
            self._process = subprocess.Popen([*command, str(os.getpid())], stdin=subprocess.DEVNULL)
            self._watching = threading.Thread(target=self._watch, name="watch", daemon=True)
            self._watching.start()

        def close(self) -> None:
            is_lost = self._process.poll() is not None
            self._is_over = True
            # Its connections broke off, which is told a second time here.
            with suppress(RpcError) if is_lost else nullcontext():
                super().close()

        def stop_worker(self) -> None:
            self._watching.join()

        def _watch(self) -> None:
            status = self._process.wait()
            # Looked at again and again, since the runner may ask it something more.
            while not self._is_over:
                self._fail_all(f"{_LOST}: process {self._process.pid} {_ended(status)}")
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


def _main(address: str, worker_id: str, job_pid: str) -> None:
    # A terminal tells Ctrl-C to workers as well, which end with their job.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(int(job_pid),), daemon=True, name="job").start()
    from apache_beam.runners.worker.sdk_worker import SdkHarness

    import winnow.pipelines.run_inference  # noqa: F401  # before a job brings it along with torch

    SdkHarness(address, worker_id=worker_id, data_buffer_time_limit_ms=-1).run()


if __name__ == "__main__":
    _main(*sys.argv[1:])
