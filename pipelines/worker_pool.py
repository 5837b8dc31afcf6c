"""Workers of a portable runner on one machine: `python -m winnow.pipelines.worker_pool --listen 127.0.0.1:50000`.

Each task manager of a Flink cluster asks the pool on its machine for worker processes, which run the code of a job.
Beam's own pool listens to everybody, starts whatever `python` comes first on the path, and never reads the pipe that its
workers print to, so that an engine which prints much stands still. This one listens where it is told, starts its own
Python, and lets its workers print where it prints itself.
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc

_LOG = logging.getLogger(__name__)
_KILL_AFTER_S = 10.0
_WORKER = (
    "import sys; from apache_beam.runners.worker.sdk_worker import SdkHarness; "
    "SdkHarness(sys.argv[1], worker_id=sys.argv[2], data_buffer_time_limit_ms=-1).run()"
)


class WorkerPool(beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolServicer):
    """Starts a process for each worker that a runner asks for, and ends it when the runner says so."""

    def __init__(self) -> None:
        self._workers: dict[str, list[subprocess.Popen[bytes]]] = {}
        self._lock = threading.Lock()

    def StartWorker(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Start a worker that connects to the runner."""
        command = [
            sys.executable, "-c", _WORKER, request.control_endpoint.url, request.worker_id,
        ]  # fmt: skip
        try:
            worker = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        except OSError as error:
            return beam_fn_api_pb2.StartWorkerResponse(error=str(error))
        with self._lock:
            self._alive(request.worker_id).append(worker)
        _LOG.info("worker %s started, process %d", request.worker_id, worker.pid)
        return beam_fn_api_pb2.StartWorkerResponse()

    def StopWorker(self, request: Any, context: Any) -> Any:  # noqa: N802
        """End a worker."""
        with self._lock:
            workers = self._alive(request.worker_id)
        # Two task managers on one machine name their workers alike. Which is meant then shows by itself: it loses
        # its connection, and ends.
        if len(workers) == 1:
            _end(workers)
        return beam_fn_api_pb2.StopWorkerResponse()

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            _end([worker for workers in self._workers.values() for worker in workers])

    def _alive(self, worker_id: str) -> list[subprocess.Popen[bytes]]:
        alive = [worker for worker in self._workers.get(worker_id, []) if worker.poll() is None]
        self._workers[worker_id] = alive
        return alive


def serve(address: str) -> tuple[grpc.Server, WorkerPool]:
    """Listen at an address, `HOST:PORT`.

    Raises:
        RuntimeError: The address is taken, or none of this machine.
    """
    pool = WorkerPool()
    server = grpc.server(ThreadPoolExecutor(max_workers=16))
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    server.add_insecure_port(address)
    server.start()
    return server, pool


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(
        description="Workers of a portable Beam runner on this machine."
    )
    parser.add_argument(
        "--listen",
        default="127.0.0.1:50000",
        help="where the runner's processes on this machine find it; whoever reaches it can run code",
    )
    listen = parser.parse_args().listen
    is_over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_over.set())
    logging.basicConfig(level=logging.INFO, force=True)  # importing Beam sets it up as well
    server, pool = serve(listen)
    _LOG.info("worker pool %d listens at %s", os.getpid(), listen)
    is_over.wait()
    server.stop(None)
    pool.close()


def _end(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        try:
            worker.wait(_KILL_AFTER_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


if __name__ == "__main__":
    main()
