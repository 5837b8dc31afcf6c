"""Together: reads the plain rows of a source many at once, batch after batch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.intake import Numbered
from winnow.pipelines.reading.known import Known
from winnow.pipelines.reading.plain.rows import PlainBatch
from winnow.schemas.base import Record


class Together:
    """Reads rows together that have a plain form, and leaves the others."""

    def __init__(
        self,
        known: Known,
        reader: Callable[[Sequence[Row]], Any],
        batch: Callable[[Any], PlainBatch],
        elsewhere: Any = None,
    ) -> None:
        """Begin with nothing.

        Args:
            known: What the rows add to.
            reader: Says what the rows of a batch become, whatever was read before; None where none of them is plain.
            batch: Takes in what the reader gives.
            elsewhere: A reader that pickles, and gives the same in other processes; None where there is none.
        """
        self.elsewhere = elsewhere
        self._reader = reader
        self._n_rows = self._n_taken = self._n_looked_at = 0
        self._known = known
        self._made = batch
        self._batch: PlainBatch | None = None

    def is_usual(self) -> bool:
        """Tell whether most rows so far were taken in together."""
        return 2 * self._n_taken > self._n_rows

    def look_at(self, rows: Sequence[Row], columns: Any = None) -> None:
        """Look at the rows of a batch, or at what the reader has made of them elsewhere."""
        found = self._reader(rows) if columns is None else columns
        self._n_looked_at = len(rows)
        self._n_rows += len(rows)
        self._batch = None if found is None else self._made(found)

    def take_all(self) -> bool:
        """Take in all rows of the batch at once; False where they have to be taken one after the other."""
        if self._batch is None or not self._batch.take_all():
            return False
        self._n_taken += self._n_looked_at
        return True

    def take(self, i: int) -> bool:
        """Take in a row of the batch; False where it has to be read alone."""
        is_taken = self._batch is not None and self._batch.take(i)
        self._n_taken += is_taken
        return is_taken

    def learn(self, i: int) -> None:
        """Note that a row of the batch was taken in alone, and whole."""
        if self._batch:
            self._batch.learn(i)

    def finish(self) -> Mapping[type[Record], Numbered]:
        """End the batch: count what was taken in of it, and return it."""
        found = self._batch.finish() if self._batch else {}
        self._batch = None
        self._known.settle()
        return found
