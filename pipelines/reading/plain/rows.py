"""The plain rows of a source: a batch is looked at together, and its rows are taken in one after the other."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.plain.forms import RowForm, RowForms, shows_something
from winnow.schemas.base import Record


class PlainRow:
    """A row that may be plain."""

    def __init__(self, number: int, place: str, data: Mapping[str, Any], form: RowForm) -> None:
        self.number = number
        """Its number in the batch."""

        self.place = place
        self.data = data
        self.plan = form.plan
        self.forms = [form]
        """Forms of the row and of the objects in it."""

        self.inner: Sequence[Any] = ()
        """What stands in the list that it holds."""


class PlainBatch(ABC):
    """Rows that may be plain, read together; every list by row has the shape (m,)."""

    def __init__(self, n_rows: int, rows: Sequence[PlainRow]) -> None:
        self.rows = rows
        self._places: list[int | None] = [None] * n_rows

    def held(self) -> set[str]:
        """Return the keys that hold something in any row, or in any object in a row."""
        return {key for form in {f for row in self.rows for f in row.forms} for key in form.types}

    def admit(self, odd: Iterable[int]) -> None:
        """Admit all rows but those that have to be read alone."""
        alone = set(odd)
        for j, row in enumerate(self.rows):
            self._places[row.number] = None if j in alone else j

    def take(self, i: int) -> bool:
        """Take in a row of the input's batch; False where it has to be read alone."""
        j = self._places[i]
        if j is None:
            return False
        for form in self.rows[j].forms:
            if not form.is_learned:
                return False
        return self._take(j)

    def learn(self, i: int) -> None:
        """Note that a row of the input's batch was taken in alone, and whole."""
        j = self._places[i]
        if j is not None:
            for form in self.rows[j].forms:
                form.is_learned = True

    @abstractmethod
    def _take(self, j: int) -> bool: ...

    @abstractmethod
    def finish(self) -> dict[type[Record], Numbered]:
        """Count what was taken in, and return it."""


class PlainRows(ABC):
    """Reads the plain ones among the rows of a source."""

    def __init__(self, importer: Importer, forms: RowForms) -> None:
        """Begin with nothing.

        Args:
            importer: Of the run.
            forms: Of the rows.
        """
        self.importer = importer
        self._forms = forms
        self._batch: PlainBatch | None = None

    def look_at(self, rows: Sequence[Row]) -> None:
        """Look at the rows of a batch."""
        objects = [(i, row.place, row.data) for i, row in enumerate(rows) if type(row.data) is dict]
        forms = self._forms.of(data for *_, data in objects)
        found = [
            PlainRow(*one, form)
            for one, form in zip(objects, forms, strict=True)
            if form.plan and not (form.unshown and shows_something(one[2], form))
        ]
        self._batch = self._read(len(rows), found)

    @abstractmethod
    def _read(self, n_rows: int, rows: list[PlainRow]) -> PlainBatch | None: ...

    def take(self, i: int) -> bool:
        """Take in a row of the batch; False where it has to be read alone."""
        return self._batch is not None and self._batch.take(i)

    def learn(self, i: int) -> None:
        """Note that a row of the batch was taken in alone, and whole."""
        if self._batch:
            self._batch.learn(i)

    def finish(self) -> dict[type[Record], Numbered]:
        """End the batch: count what was taken in of it, and return it."""
        found = self._batch.finish() if self._batch else {}
        self._batch = None
        self.importer.known.settle()
        return found


def with_plain_objects(rows: Sequence[PlainRow], forms: RowForms) -> list[PlainRow]:
    """Return the rows of which every object in `inner` has a plan, and note their forms."""
    objects = [[one for one in row.inner if type(one) is dict] for row in rows]
    found = iter(forms.of(chain.from_iterable(objects)))
    plain = []
    for row, of_row in zip(rows, objects, strict=True):
        inner = [next(found) for _ in of_row]
        of_it = set(inner)
        if any(not form.plan for form in of_it):
            continue
        if any(form.unshown for form in of_it) and any(map(shows_something, of_row, inner)):
            continue
        row.forms += of_it
        plain.append(row)
    return plain
