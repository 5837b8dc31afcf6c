"""A page of the docs, done as it says: files are written, commands run in order, and what they print is compared."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_VARIES = (
    (re.compile(r"\d+(\.\d+)? s\b"), "N s"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "DATE"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)
"""What differs from run to run."""


class Block(NamedTuple):
    """A fenced block: its language, the file that it shows if it names one, and its text."""

    language: str
    file: str | None
    text: str


def blocks(page: Path) -> list[Block]:
    """Read the fenced blocks of a page."""
    return [Block(*found) for found in _FENCE.findall(page.read_text("utf-8"))]


def walk_through(
    page: Path,
    folder: Path,
    environment: Mapping[str, str],
    replaced: Mapping[str, str] | None = None,
    meanwhile: Mapping[str, Callable[[], None]] | None = None,
) -> None:
    """Do in an empty folder what a page says.

    A block with a name is a file. A block of sh is commands; each has to succeed. A block of text after it is what the
    last one prints, but for times.

    Args:
        page: The page.
        folder: Where to work; gets a link to the examples.
        environment: Of the commands.
        replaced: Texts of files that stand for something else here, such as a server's address, and of what is printed.
        meanwhile: What others do before a command that begins so.
    """
    if not (folder / "examples").exists():
        (folder / "examples").symlink_to(ROOT / "examples")
    printed = ""
    for block in blocks(page):
        if block.file:
            text = block.text
            for old, new in (replaced or {}).items():
                text = text.replace(old, new)
            (folder / block.file).write_text(text, encoding="utf-8")
        elif block.language == "sh":
            for command in block.text.splitlines():
                for beginning, happens in (meanwhile or {}).items():
                    if command.startswith(beginning):
                        happens()
                printed = _printed(command, folder, environment)
                for old, new in (replaced or {}).items():
                    printed = printed.replace(new, old)
        elif block.language == "text":
            assert _steady(printed) == _steady(block.text), f"{page.name}: {command}\n{printed}"


def _printed(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}"
    return done.stdout


def _steady(text: str) -> str:
    for pattern, word in _VARIES:
        text = pattern.sub(word, text)
    return text.strip()


def command_on_path(folder: Path) -> dict[str, str]:
    """Give an environment in which `winnow` is the command of this tree, in a terminal of 80 columns."""
    command = folder / "winnow"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m winnow "$@"\n')
    command.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "COLUMNS": "80",
        "NO_COLOR": "1",
    }
