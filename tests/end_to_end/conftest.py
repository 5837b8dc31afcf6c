"""Run the `winnow` command as a person would, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

Winnow = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def command_environment(prefect_api: str) -> dict[str, str]:
    """Give the environment of the command: the suite's Prefect server, wide lines, no colours."""
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {
        **os.environ,
        "PREFECT_API_URL": prefect_api,
        "PYTHONPATH": paths,
        "COLUMNS": "200",
        "NO_COLOR": "1",
    }


@pytest.fixture(scope="session")
def winnow(command_environment: dict[str, str]) -> Winnow:
    """Give a function that runs `winnow` with arguments and waits for its end."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "winnow", *map(str, arguments)]
        settings = {"cwd": ROOT, "env": command_environment, "timeout": 600, **options}
        return subprocess.run(command, capture_output=True, text=True, check=False, **settings)  # type: ignore[call-overload]

    return run
