"""The terminal: names and texts of others stand in it as they are and never act; only a `Text` of ours is styled."""

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from schemas.printable import printable


class Terminal(Console):
    """A console on which nothing but its own styles acts: in a plain string nothing is read as markup or emoji."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"markup": False, "emoji": False, **how})

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as rich does, and make all text printable."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(printable(text), style)


def say(line: str) -> None:
    """Print a line, or several."""
    typer.echo(printable(line))


def console_of_data() -> Console:
    """Give where rows are printed: in a terminal nothing in them acts, in a pipe they stay as they are."""
    terminal = Terminal()
    return terminal if terminal.is_terminal else Console(markup=False, emoji=False)


def styled(*parts: str | tuple[str, str]) -> Text:
    """Put a line together from texts and from (text, style)."""
    return Text.assemble(*parts)


def argument(path: Path) -> str:
    """Write a path as a shell takes it, so that a command that is shown can be copied."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
