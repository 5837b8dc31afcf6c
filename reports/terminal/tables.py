"""Tables in the terminal: side by side where all of it fits, else row by row; no word is broken and nothing is cut."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from winnow.schemas.printable import printable

_GAP = 2
_INDENT = 2
_LEAST_PROSE = 24

Cell = str | Text


class Column(NamedTuple):
    """What stands in one column."""

    name: str

    is_number: bool = False
    """Whether it stands on the right."""

    is_prose: bool = False
    """Whether it may take several lines, or lines of its own below its row."""


class _Layout(NamedTuple):
    """Where the columns of a row go."""

    above: tuple[int, ...]
    """Columns that take lines of their own before the row."""

    side: dict[int, int]
    """Columns that stand side by side, with their widths."""

    below: tuple[int, ...]
    """Columns that take lines of their own after the row."""


def number(name: str) -> Column:
    """Return a column of numbers."""
    return Column(name, is_number=True)


def prose(name: str) -> Column:
    """Return a column of sentences, which may break between words."""
    return Column(name, is_prose=True)


def facts_table(facts: Mapping[str, Cell]) -> "RowTable":
    """Show facts, a name and what there is to say in each line."""
    table = RowTable("", prose(""))
    for name, fact in facts.items():
        table.add_row(Text(name, style="dim"), fact)
    return table


class RowTable:
    """A table that takes the first form that fits.

    1. All columns side by side, their names on one line or on several.
    2. The same, with prose on several lines.
    3. Prose below its row.
    4. What the row is about, its first column, above its figures, and prose below.
    5. Row by row, a line for each column.

    A pipe is as wide as it need be (`winnow.reports.terminal.console.Terminal`), so a table is whole there.
    """

    def __init__(self, *columns: Column | str, is_keyed: bool = True) -> None:
        """Begin a table.

        Args:
            columns: In order; a name alone is a column of short texts.
            is_keyed: Whether the first column says what a row is about; else the table has forms 1 and 5 alone.
        """
        self._columns = [Column(one) if isinstance(one, str) else one for one in columns]
        self._is_keyed = is_keyed
        self._rows: list[tuple[list[Text], str]] = []

    def add_row(self, *cells: Cell, style: str = "") -> None:
        """Add a row; cells that are missing at its end are empty."""
        missing = [""] * (len(self._columns) - len(cells))
        texts = [Text(one) if isinstance(one, str) else one for one in (*cells, *missing)]
        self._rows.append((texts, style))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Return the lines in the form that fits."""
        shown = self._shown(options)
        layout = self._layout([cells for cells, _ in shown], options.max_width)
        if layout is None:
            lines = self._in_records(shown, console, options.max_width)
        else:
            lines = self._in_rows(shown, layout, console, options.max_width)
        for line in lines:
            line.rstrip()
            yield from line.render(console, end="\n")

    def _shown(self, options: ConsoleOptions) -> list[tuple[list[Text], str]]:
        """Return the rows as a terminal shows them, so that they can be measured; in a pipe they stay data."""
        if not options.is_terminal:
            return self._rows
        return [([_printable(cell) for cell in cells], style) for cells, style in self._rows]

    def _layout(self, rows: Sequence[Sequence[Text]], width: int) -> _Layout | None:
        """Return the first form that fits; None where only a line for each column does."""
        texts = tuple(i for i, column in enumerate(self._columns) if column.is_prose)
        figures = [i for i in range(len(self._columns)) if i not in texts]
        if side := self._fitting(range(len(self._columns)), rows, width):
            return _Layout((), side, ())
        if not self._is_keyed:
            return None
        if side := self._with_prose(figures, texts, rows, width):
            return _Layout((), side, ())
        if texts and (side := self._fitting(figures, rows, width)):
            return _Layout((), side, texts)
        key, *rest = figures
        if side := self._fitting(rest, rows, width - _INDENT):
            return _Layout((key,), side, texts)
        return None

    def _fitting(
        self, columns: Sequence[int], rows: Sequence[Sequence[Text]], room: int
    ) -> dict[int, int]:
        """Return the widths of columns side by side, their names broken between words if need be; none where they do not fit."""
        for name_width in (_width, _longest_word):
            widths = {i: self._natural(i, rows, name_width) for i in columns}
            if _together(widths.values()) <= room:
                return widths
        return {}

    def _with_prose(
        self,
        figures: Sequence[int],
        texts: Sequence[int],
        rows: Sequence[Sequence[Text]],
        width: int,
    ) -> dict[int, int]:
        """Return the widths of all columns where prose is narrowed; none where that leaves it too narrow."""
        if not texts:
            return {}
        natural = {i: self._natural(i, rows, _longest_word) for i in (*figures, *texts)}
        taken = _together([natural[i] for i in figures]) + _GAP * len(texts)
        share = (width - taken) // len(texts)
        for i in texts:
            least = max([_LEAST_PROSE, *(_longest_word(row[i]) for row in rows)])
            if min(natural[i], least) > share:
                return {}
            natural[i] = min(natural[i], share)
        return dict(sorted(natural.items()))

    def _natural(
        self, i: int, rows: Sequence[Sequence[Text]], name_width: Callable[[Text], int]
    ) -> int:
        return max([name_width(Text(self._columns[i].name)), *(_width(row[i]) for row in rows)])

    def _in_rows(
        self,
        rows: Iterable[tuple[list[Text], str]],
        layout: _Layout,
        console: Console,
        width: int,
    ) -> Iterator[Text]:
        indent = " " * _INDENT if layout.above else ""
        heads = [Text(self._columns[i].name, style="dim") for i in layout.side]
        if any(head.plain for head in heads):
            for i in layout.above:
                if self._columns[i].name:
                    yield Text(self._columns[i].name, style="dim")
            named = [
                _wrapped(head, console, wide)
                for head, wide in zip(heads, layout.side.values(), strict=True)
            ]
            highest = max(map(len, named))
            low = [[Text()] * (highest - len(lines)) + [*lines] for lines in named]
            yield from self._line(low, layout.side, indent, "")
        for cells, style in rows:
            for i in layout.above:
                if cells[i].plain:
                    yield from _styled(_wrapped(cells[i], console, width), style)
            side = [_wrapped(cells[i], console, wide) for i, wide in layout.side.items()]
            if not layout.above or any(cells[i].plain for i in layout.side):
                yield from self._line(side, layout.side, indent, style)
            for i in layout.below:
                yield from self._below(i, cells[i], console, width, style)

    def _line(
        self, cells: Sequence[Sequence[Text]], widths: Mapping[int, int], indent: str, style: str
    ) -> Iterator[Text]:
        """Put the cells of one row side by side, on as many lines as the highest of them has."""
        for k in range(max(map(len, cells), default=0)):
            line = Text(indent, style=style)
            for j, ((i, width), lines) in enumerate(zip(widths.items(), cells, strict=True)):
                text = lines[k] if k < len(lines) else Text()
                room = " " * (width - cell_len(text.plain))
                is_number = self._columns[i].is_number
                line.append(" " * _GAP if j else "")
                line.append(room if is_number else "").append_text(text)
                line.append("" if is_number else room)
            yield line

    def _below(
        self, i: int, cell: Text, console: Console, width: int, style: str
    ) -> Iterator[Text]:
        if not cell.plain:
            return
        name = self._columns[i].name
        text = Text.assemble((f"{name}: ", "dim"), cell) if name else cell
        for line in _wrapped(text, console, width - _INDENT):
            yield Text.assemble(" " * _INDENT, line, style=style)

    def _in_records(
        self,
        rows: Iterable[tuple[list[Text], str]],
        console: Console,
        width: int,
    ) -> Iterator[Text]:
        names = [_printable(Text(column.name)) for column in self._columns]
        label = max(map(_width, names), default=0) + _GAP
        for k, (cells, style) in enumerate(rows):
            if k:
                yield Text()
            for name, cell in zip(names, cells, strict=True):
                if self._is_keyed and not cell.plain:
                    continue
                head = Text(name.plain, style="dim")
                if _longest_word(cell) <= width - label:
                    first, *more = _wrapped(cell, console, width - label)
                    room = " " * (label - _width(head))
                    yield Text.assemble(head, room, first, style=style)
                    yield from (Text.assemble(" " * label, line, style=style) for line in more)
                else:
                    yield from _wrapped(head, console, width)
                    for line in _wrapped(cell, console, width - _INDENT):
                        yield Text.assemble(" " * _INDENT, line, style=style)


def _printable(text: Text) -> Text:
    seen = text.copy()
    seen.plain = printable(text.plain)
    return seen


def _together(widths: Collection[int]) -> int:
    return sum(widths) + _GAP * max(0, len(widths) - 1)


def _width(text: Text) -> int:
    return max(map(cell_len, text.plain.expandtabs().split("\n")))


def _longest_word(text: Text) -> int:
    return max(map(cell_len, text.plain.split()), default=0)


def _wrapped(text: Text, console: Console, width: int) -> Sequence[Text]:
    """Break a text between words; a word that is longer than a line is folded."""
    if "\n" not in text.plain and "\t" not in text.plain and cell_len(text.plain) <= width:
        return [text]
    return list(text.wrap(console, max(width, 1), overflow="fold", no_wrap=False))


def _styled(lines: Iterable[Text], style: str) -> Iterator[Text]:
    return (Text.assemble(line, style=style) for line in lines)
