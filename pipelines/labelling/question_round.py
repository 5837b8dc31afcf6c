"""One round of questions as files: the requests, and what is known of their subjects meanwhile."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from winnow.pipelines.asking.shards import REQUESTS, RequestFolder
from winnow.pipelines.inference.request_frame import WrittenRequest
from winnow.pipelines.labelling.heard import HeardReplies
from winnow.pipelines.labelling.part_files import part_file
from winnow.schemas.base import Value
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile, placed_files

_WAITING = pa.schema({"subject": pa.int32(), "waiting": pa.string()})
_BATCH = 4096


class SubjectSoFar(Value):
    """What is known of a subject while its questions are answered."""

    before: HeardReplies = HeardReplies()
    """Replies of the rounds before."""

    unread: HeardReplies = HeardReplies()
    """Replies of this round that could not be read, and stay unless better ones come; none where it is asked first."""


NOTHING_YET = SubjectSoFar()


class AskedSubject(NamedTuple):
    """Questions about one subject."""

    subject: int
    """The subject, by its place among those of its portion."""

    requests: Sequence[WrittenRequest]
    """The questions as requests."""

    waiting: SubjectSoFar = NOTHING_YET
    """What is known of it."""


@dataclass(frozen=True)
class QuestionRound:
    """The files of one round; each portion has parts of its own."""

    root: Place
    """Their place."""

    @property
    def requests(self) -> RequestFolder:
        """The requests."""
        return RequestFolder(self.root)

    @property
    def again(self) -> "QuestionRound":
        """The same questions once more, where replies could not be read."""
        return QuestionRound(self.root.within("again"))

    def shards(self, portion: str) -> list[PlacedFile]:
        """List the shards of the requests of a portion; those of a subject stand in one."""
        return self.requests.shards(portion)

    def waiting(self, portion: str) -> dict[int, SubjectSoFar]:
        """Read what is known of subjects of a portion; of those that nothing is known of yet, nothing is."""
        tables = [file.read() for file in placed_files(self._waiting, portion)]
        return {
            subject: SubjectSoFar.model_validate_json(text)
            for table in tables
            for subject, text in zip(*(c.to_pylist() for c in table.columns), strict=True)
        }

    def write(self, part: str, asked: Iterable[AskedSubject]) -> None:
        """Write questions in place of what a part held.

        Args:
            part: The portion's name, with "-again" behind it for questions that follow on replies of the second asking.
            asked: The questions; never held whole.
        """
        with part_file(PlacedFile(self._waiting, f"{part}.parquet"), _WAITING) as file:

            def batches() -> Iterator[pa.Table]:
                for batch in _batched(asked):
                    known = [(i, w.model_dump_json()) for i, _, w in batch if w is not NOTHING_YET]
                    file.write(_table(known, _WAITING))
                    yield _requests(batch)

            self.requests.write(batches(), part=part)

    @property
    def _waiting(self) -> Place:
        return self.root.within("waiting")


def _batched(asked: Iterable[AskedSubject]) -> Iterator[list[AskedSubject]]:
    held: list[AskedSubject] = []
    n_requests = 0
    for one in asked:
        held.append(one)
        n_requests += len(one.requests)
        if n_requests >= _BATCH:
            yield held
            held, n_requests = [], 0
    yield held


def _requests(batch: Sequence[AskedSubject]) -> pa.Table:
    rows = [
        (r.request_id, r.text, str(one.subject), place, r.most_tokens, r.attempt)
        for one in batch
        for place, r in enumerate(one.requests)
    ]
    return _table(rows, REQUESTS)


def _table(rows: Sequence[Sequence[object]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
