"""The terminal: names and texts of others stand in it as they are and never act; only a `Text` of ours is styled."""

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import typer
from rich.console import Console, ConsoleDimensions, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from winnow.schemas.printable import printable

AS_WIDE_AS_NEED_BE = 1_000_000
"""Columns of a pipe: no line is broken there."""


class Whole(Console):
    """A console that breaks lines where a terminal ends, and nowhere in a pipe; a plain string is no markup or emoji."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"markup": False, "emoji": False, **how})
        if "width" not in how and not is_screen(self.file):
            self.size = ConsoleDimensions(AS_WIDE_AS_NEED_BE, self.height)


class Terminal(Whole):
    """A console on which nothing but its own styles acts."""

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
    """Return where rows are printed: in a terminal nothing in them acts, in a pipe they stay as they are."""
    return Terminal() if is_screen(sys.stdout) else Whole()


def is_pipe(options: ConsoleOptions) -> bool:
    """Say whether what is rendered goes where no line is broken."""
    return options.max_width >= AS_WIDE_AS_NEED_BE


def is_screen(file: IO[str]) -> bool:
    """Say whether a person looks at what is written to a file; colours that are forced make a pipe no screen."""
    return not file.closed and file.isatty()


def styled(*parts: str | tuple[str, str]) -> Text:
    """Put a line together from texts and from (text, style)."""
    return Text.assemble(*parts)


def argument(path: Path) -> str:
    """Write a path as a shell takes it, so that a command that is shown can be copied."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
