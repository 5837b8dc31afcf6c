"""A real PostgreSQL and an S3 server of our own, each on a free port of this machine for as long as a test needs it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

_USER = "postgres"


@dataclass(frozen=True)
class Postgres:
    """Where a running PostgreSQL listens."""

    port: int

    def catalog(self, database: str) -> str:
        """Make an empty database and give its DuckLake catalog string."""
        place = f"host=127.0.0.1 port={self.port} user={_USER}"
        subprocess.run(
            [_program("psql"), f"{place} dbname=postgres", "-qc", f"CREATE DATABASE {database}"],
            check=True,
        )
        return f"postgres:{place} dbname={database}"


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    place = str(found[-1]) if found else shutil.which(name)
    if place is None:
        pytest.skip(f"no {name} on this machine; apt-get install postgresql")
    return place


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_postgres() -> dict[str, int]:
    # PostgreSQL refuses to run as root.
    return {"user": pwd.getpwnam(_USER).pw_uid} if os.getuid() == 0 else {}


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run PostgreSQL on an empty data folder."""
    initdb, server = _program("initdb"), _program("postgres")
    folder = Path(mkdtemp(prefix="winnow-pg-", dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(folder, _USER)
    data, port = folder / "data", free_port()
    subprocess.run(
        [initdb, "-D", data, "-U", _USER, "-A", "trust", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        **_as_postgres(),
    )
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder), "-F"]
    process = subprocess.Popen(
        [server, "-D", data, *options],
        cwd=folder,
        stderr=subprocess.DEVNULL,
        **_as_postgres(),
    )
    try:
        _wait_for(port, process)
        yield Postgres(port)
    finally:
        process.send_signal(signal.SIGINT)  # disconnects whoever is still there
        process.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    ready = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(300):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        assert process.poll() is None, "PostgreSQL ended at once"
        time.sleep(0.1)
    raise AssertionError("PostgreSQL did not answer within 30 s")


@contextmanager
def s3_server() -> Iterator[str]:
    """Run moto's S3 server with the bucket "winnow"; gives host and port.

    In a process of its own: vLLM looks at all that a process has imported, and moto's web framework takes that ill.
    """
    import boto3

    address = f"127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_port(port, server)
        client = boto3.client(
            "s3",
            endpoint_url=f"http://{address}",
            region_name="us-east-1",
            aws_access_key_id="toy",
            aws_secret_access_key="toy",
        )
        client.create_bucket(Bucket="winnow")
        yield address
    finally:
        server.terminate()
        server.wait(10)


def _await_port(port: int, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, "moto ended at once"
        time.sleep(0.05)
    raise AssertionError("moto did not answer within 60 s")
