"""The terminal: names and texts stand in it as they are; only a `Text` of ours is styled."""

import shlex
from pathlib import Path

from rich.console import Console
from rich.text import Text


def terminal() -> Console:
    """Give the console that commands print to; in a plain string nothing is read as markup or emoji."""
    return Console(markup=False, emoji=False)


def styled(*parts: str | tuple[str, str]) -> Text:
    """Put a line together from texts and from (text, style)."""
    return Text.assemble(*parts)


def argument(path: Path) -> str:
    """Write a path as a shell takes it, so that a command that is shown can be copied."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
