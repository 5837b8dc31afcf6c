"""What is printed: text of others never acts in the terminal that shows it."""

from collections.abc import Iterable

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from schemas.printable import printable


class Terminal(Console):
    """A console on which nothing but its own styles acts: texts, names and words of servers are shown."""

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
    return terminal if terminal.is_terminal else Console()
