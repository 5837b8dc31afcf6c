"""The plain rows of a batch: which they are, and how they are taken in one after the other."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, compress, islice
from typing import Any, NamedTuple

import pyarrow as pa

from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.plain.chats import Chat
from winnow.pipelines.reading.plain.forms import RowForm, RowForms
from winnow.pipelines.reading.plain.keys import Objects
from winnow.pipelines.reading.plain.news import Learned, Profile
from winnow.pipelines.reading.usage import is_empty
from winnow.schemas.base import Record


class PlainRow:
    """A row that may be plain."""

    def __init__(self, number: int, place: str, data: Mapping[str, Any], form: RowForm) -> None:
        self.number = number
        """Its number in the batch."""

        self.place = place
        self.data = data
        self.form = form
        self.plan = form.plan

        self.inner: Sequence[Any] = ()
        """What stands in the list that it holds."""

        self.inner_forms: Sequence[RowForm] = ()
        """Forms of the objects in `inner`."""

        self.chat: Chat | None = None
        """What its responses say, where they are conversations."""

        self.filled: tuple[tuple[str, str], ...] = ()
        """Columns of objects elsewhere in it, all of which hold something, by place and column."""

    def inner_objects(self) -> Sequence[Any]:
        """Return the objects in `inner`."""
        if len(self.inner_forms) == len(self.inner):
            return self.inner
        return [one for one in self.inner if type(one) is dict]


class PlainTable(NamedTuple):
    """Rows that may be plain, and their values column by column; m of them."""

    rows: list[PlainRow]
    objects: Objects
    inner: Objects | None = None
    """The objects in their `inner`, one row's behind the other's; None where they were not looked at together."""

    def where(self, are_kept: Sequence[bool]) -> "PlainTable":
        """Return those of the rows that are kept; shape (m,)."""
        if all(are_kept):
            return self
        return PlainTable([*compress(self.rows, are_kept)], self.objects.only(are_kept))


def plain_rows(rows: Sequence[Row], forms: RowForms) -> PlainTable:
    """Return the rows of a batch that are objects of which there is a plan."""
    found = [(i, row) for i, row in enumerate(rows) if type(row.data) is dict]
    objects = Objects(row.data for _, row in found)
    of_rows = forms.of(objects)
    plain = [
        PlainRow(i, row.place, row.data, form)  # type: ignore[arg-type]
        for (i, row), form in zip(found, of_rows, strict=True)
    ]
    return PlainTable(plain, objects).where([form.plan is not None for form in of_rows])


def with_plain_objects(table: PlainTable, forms: RowForms) -> PlainTable:
    """Return the rows of which every object in `inner` has a plan, and note their forms."""
    objects = [[one for one in row.inner if type(one) is dict] for row in table.rows]
    inner = Objects(chain.from_iterable(objects))
    found = iter(forms.of(inner))
    for row, of_row in zip(table.rows, objects, strict=True):
        row.inner_forms = [*islice(found, len(of_row))]
    are_plain = [all(form.plan for form in row.inner_forms) for row in table.rows]
    return table._replace(inner=inner).where(are_plain)


class Outline(NamedTuple):
    """Which rows of a batch are plain, and what is known of how they are read; m plain rows."""

    n_rows: int
    """Rows of the batch."""

    numbers: list[int]
    """Number in the batch of each; shape (m,)."""

    kinds: list[int]
    """Which of `profiles` each has; shape (m,)."""

    profiles: list[Profile]
    words: Mapping[str, int]
    """Number of the first plain row with each word of the settings' `verdicts`."""

    odd: frozenset[int]
    """Numbers of the plain rows that have to be read alone after all."""


def outline(
    n_rows: int,
    rows: Sequence[PlainRow],
    odd: Iterable[int],
    inside: str = "",
    words: Mapping[str, Iterable[int]] | None = None,
) -> Outline:
    """Draw the outline of a batch.

    Args:
        n_rows: Rows of the batch.
        rows: Those that may be plain; m of them.
        odd: Numbers among these of those that have to be read alone.
        inside: What the paths of the columns of the objects in them begin with.
        words: Numbers of the rows in which each word of `verdicts` occurs, ascending.
    """
    alone = frozenset(odd)
    numbers: dict[tuple[RowForm, frozenset[RowForm], tuple[tuple[str, str], ...]], int] = {}
    kinds = [
        numbers.setdefault((row.form, frozenset(row.inner_forms), row.filled), len(numbers))
        for row in rows
    ]
    members: list[list[int]] = [[] for _ in numbers]
    for j, kind in enumerate(kinds):
        if j not in alone:
            members[kind].append(j)
    profiles = [
        Profile(
            frozenset([("", form.key), *((inside, one.key) for one in inner), *filled]),
            {
                **{held: of_it[0] for held in filled if of_it},
                **dict(_shown(rows, of_it, form, inner, inside)),
            },
        )
        for (form, inner, filled), of_it in zip(numbers, members, strict=True)
    ]
    first = {
        word: next((j for j in of_it if j not in alone), len(rows))
        for word, of_it in (words or {}).items()
    }
    return Outline(n_rows, [row.number for row in rows], kinds, profiles, first, alone)


def _shown(
    rows: Sequence[PlainRow],
    members: Sequence[int],
    form: RowForm,
    inner: Iterable[RowForm],
    inside: str,
) -> Iterable[tuple[tuple[str, str], int]]:
    for column in form.types:
        first = next((j for j in members if not is_empty(rows[j].data[column])), None)
        if first is not None:
            yield ("", column), first
    for of_object in inner:
        for column in of_object.types:
            holding = (j for j in members if _holds(rows[j], of_object, column))
            if (first := next(holding, None)) is not None:
                yield (inside, column), first


def _holds(row: PlainRow, form: RowForm, column: str) -> bool:
    found = zip(row.inner_objects(), row.inner_forms, strict=True)
    return any(of_it is form and not is_empty(one[column]) for one, of_it in found)


class PlainBatch(ABC):
    """Plain rows, taken in one after the other unless they have to be read alone."""

    def __init__(self, outline: Outline, learned: Learned) -> None:
        self.numbers = outline.numbers
        self._outline = outline
        self._learned = learned
        self._places: list[int | None] = [None] * outline.n_rows
        for j, number in enumerate(outline.numbers):
            if j not in outline.odd:
                self._places[number] = j
        self._news = [learned.first_news(profile, outline.words) for profile in outline.profiles]

    def take_all(self) -> bool:
        """Take in all rows of the input's batch at once, before any of them; False where one may need a look of its own."""
        of = self._outline
        is_plain = (
            not of.odd
            and len(of.numbers) == of.n_rows
            and self._news.count(None) == len(self._news)
        )
        return is_plain and self._take_all()

    def _take_all(self) -> bool:
        return False

    def take(self, i: int) -> bool:
        """Take in a row of the input's batch; False where it has to be read alone."""
        j = self._places[i]
        return j is not None and not self._is_news(j) and self._take(j)

    def learn(self, i: int) -> None:
        """Note that a row of the input's batch was taken in alone, and whole."""
        j = self._places[i]
        if j is not None:
            self._learned.add(self._outline.profiles[self._outline.kinds[j]])

    def _is_news(self, j: int) -> bool:
        of, kind = self._outline, self._outline.kinds[j]
        first = self._news[kind]
        if first is None or j < first:
            return False
        first = self._news[kind] = self._learned.first_news(of.profiles[kind], of.words)
        return first is not None and j >= first

    def of_batch(self, table: pa.Table, taken: Sequence[int], owners: Sequence[int]) -> Numbered:
        """Return rows of a table that were taken in, with the number in the batch of the row that each comes from.

        Args:
            table: What all of the plain rows become.
            taken: Numbers of its rows, ascending.
            owners: The plain row that each of them comes from.
        """
        is_all = len(taken) == table.num_rows
        rows = table if is_all else table.take(pa.array(taken, pa.int64()))
        return Numbered(rows, [self.numbers[j] for j in owners])

    @abstractmethod
    def _take(self, j: int) -> bool: ...

    @abstractmethod
    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""
