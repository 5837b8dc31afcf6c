"""The server's own Python environment: argilla-server cannot live beside Winnow's pydantic."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from winnow.annotation.argilla.server.locks import held
from winnow.schemas.errors import CurationError, InvalidSettings

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_OLDEST, _NEWEST = (3, 11), (3, 12)


def ensure(folder: Path, say: Callable[[str], None]) -> Path:
    """Return the environment's Python, making the environment first where it is missing, half made or outdated.

    Args:
        folder: Where it is, or is to be.
        say: Told what happens, since it takes half a minute to two minutes.

    Raises:
        InvalidSettings: This Python cannot make one.
        CurationError: The packages could not be installed; the end of pip's output is in the text.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with held(folder.with_name(f"{folder.name}.lock"), patience_s=600) as lock:
        if not is_ready(folder):
            try:
                _make(folder, say, lock)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            (folder / "complete").write_text(_fingerprint())
    return python(folder)


def python(folder: Path) -> Path:
    """Return the environment's Python."""
    return folder.resolve() / "bin" / "python"


def is_ready(folder: Path) -> bool:
    """Whether the environment is whole and made for these requirements."""
    stamp = folder / "complete"
    return stamp.exists() and stamp.read_text() == _fingerprint()


def _fingerprint() -> str:
    """Return a mark that changes with the requirements and with the Python underneath."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    return f"{wanted} {sys.version_info.major}.{sys.version_info.minor} {sys.base_prefix}\n"


def _make(folder: Path, say: Callable[[str], None], lock: int) -> None:
    if not _OLDEST <= sys.version_info[:2] <= _NEWEST:
        raise InvalidSettings(
            f"the Argilla server needs Python 3.11 or 3.12 and this is {sys.version.split()[0]}; start winnow with one "
            "of them, or use an Argilla of your own (ARGILLA_API_URL, ARGILLA_API_KEY)"
        )
    shutil.rmtree(folder, ignore_errors=True)
    say(f"making the Argilla server's environment in {folder} (once, about a minute, 900 MB)")
    venv.EnvBuilder(with_pip=True, symlinks=True).create(folder)
    install = [
        str(python(folder)),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
    ]
    done = subprocess.run(
        [*install, "--no-deps", "-r", str(REQUIREMENTS)],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        pass_fds=(
            lock,
        ),  # where this process is killed, nobody touches the folder until pip has ended
    )
    if done.returncode:
        raise CurationError(
            f"could not install the Argilla server: {_last_line(done.stderr)}; check the network, then start again",
            output=done.stderr,
        )
    say("the Argilla server is installed")


def _last_line(output: str) -> str:
    lines = [
        line for line in output.splitlines() if line.startswith("ERROR")
    ] or output.splitlines()
    return lines[-1] if lines else "pip said nothing"
