"""Lines in the terminal: they go on below their own beginning where it is narrow, and a log has each of them whole."""

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from winnow.schemas.printable import printable

_HEAD = re.compile(r" *\S+ {2,}| +\S+ ")
_WORD = re.compile(r"\S+\s*|\s+")
_DEEPEST = 20


class Line:
    """One line; a terminal breaks it between words, and no word, so that a path can be copied, however long it is."""

    def __init__(self, text: Text | str) -> None:
        """Take the text; what goes on hangs below what follows its first word, where that stands apart."""
        self._text = Text(text) if isinstance(text, str) else text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Return the line, or its parts."""
        if not options.is_terminal:
            yield from self._text.render(console, end="\n")
            return
        seen = self._text.copy()
        seen.plain = printable(seen.plain)
        head = _HEAD.match(seen.plain)
        hang = head.end() if head and head.end() <= _DEEPEST else 0
        for i, part in enumerate(seen.divide(_breaks(seen.plain, options.max_width, hang))):
            part.rstrip()
            line = Text.assemble(" " * hang, part) if i else part
            yield from line.render(console, end="\n")


def _breaks(text: str, width: int, hang: int) -> Iterator[int]:
    """Yield the places in a text before which a new line begins."""
    column = 0
    for word in _WORD.finditer(text):
        if column > hang and column + cell_len(word[0].rstrip()) > width:
            yield word.start()
            column = hang
        column += cell_len(word[0])
