"""Fixtures of what takes long to start: one engine and one server for all tests, on stand-in models."""

import logging
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import STAND_INS, ModelRef, OpenAIModel, identify
from winnow.pipelines.inference.open_engines import close_engines, open_engine

_START_S = 300

# Torch traces its compiler at DEBUG level, thousands of lines that pytest would show with each failure.
logging.getLogger("torch.__trace").propagate = False


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that stand-in models are built in."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def tiny(models_dir: Path) -> ModelRef:
    """The stand-in model, run by vLLM in this process."""
    return identify(STAND_INS["tiny"], models_dir, name="tiny")


@pytest.fixture(scope="session")
def engines_closed() -> Iterator[None]:
    """Close the engines of this process in the end; tests that open one ask for it, and run in one process."""
    yield
    close_engines()


@pytest.fixture
def tiny_engine(tiny: ModelRef, engines_closed: None) -> Engine:
    """The engine of `tiny`; started once, and again only where a test opened another model."""
    return open_engine(tiny)


@pytest.fixture(scope="session")
def tiny_server(tiny: ModelRef) -> Iterator[str]:
    """Address of an OpenAI-compatible vLLM server with the stand-in model, started as the README says."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "served-model-name": "tiny",
        "host": "127.0.0.1",
        "port": port,
        "dtype": "float32",
        "max-num-seqs": 64,
    }
    command = [*_documented_command(tiny.path), "--enforce-eager"]
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    quiet = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    small = {"VLLM_CPU_KVCACHE_SPACE": "1", "OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(
        command,
        env={**os.environ, **quiet, **small, "VLLM_ENABLE_V1_MULTIPROCESSING": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_up(server, f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@pytest.fixture(scope="session")
def tiny_remote(tiny_server: str, models_dir: Path) -> ModelRef:
    """The stand-in model behind the server."""
    settings = OpenAIModel(model="tiny", urls=(tiny_server,))
    return identify(settings, models_dir, name="remote")


def _documented_command(model: str) -> list[str]:
    """Give the command that the README has for a server on a CPU, as this environment has it."""
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    (line,) = re.findall(r"^vllm serve .*# on a CPU.*$", text, re.MULTILINE)
    name, *words = shlex.split(line, comments=True)
    return [
        str(Path(sys.executable).with_name(name)),
        *(model if w == "MODEL" else w for w in words),
    ]


def _wait_until_up(server: "subprocess.Popen[bytes]", health: str) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(health, timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    pytest.fail(
        f"the inference server did not start: exit status {server.poll()}; vllm serve needs what make setup installs"
    )
