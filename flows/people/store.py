"""What people did, kept for good in the warehouse's place: `people/<queue>/`."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.queues.reading import read_answers
from winnow.annotation.queues.tasks import EDIT, ReadAnswers, task_id
from winnow.flows.people.names import QUEUE, as_one, queues_in
from winnow.flows.settings.queue import QueueSettings
from winnow.pipelines.tally import Tally
from winnow.schemas.answers import Answer
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import InvalidSettings, UnknownName
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import last_judgments
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionReview
from winnow.warehouse.folders import PEOPLE
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.place import Place
from winnow.warehouse.staging import Staging

Row = TypeVar("Row", bound=Record)

PART = "people"
"""Part that people's records have among the staged ones of a run."""

_CURSOR = "cursor.json"
_WHY_CUT = (
    "the edit stands for the last text alone, but the original has several turns or calls tools: "
    "beside it the edit would lack them"
)


class PeopleStore:
    """The answers of one queue, to which is only ever added, and what is read from them."""

    def __init__(self, warehouse: Place | Path, queue: str) -> None:
        """Name the queue; nothing is made yet.

        Args:
            warehouse: Where the warehouse keeps what machines share.
            queue: Name of the queue.
        """
        self.people = as_place(warehouse).within(PEOPLE)
        self._queue, self._place = queue, self.people.within(queue)
        self._tables = Staging(self._place)

    def remember(self, settings: QueueSettings) -> None:
        """Keep the settings that the queue was pushed with, so that answers are read by them."""
        self._keep(QUEUE, settings.model_dump_json(indent=2))

    def check(self, settings: QueueSettings) -> None:
        """See that the answers which are here can be read by other settings.

        Raises:
            InvalidSettings: They answer another task, or questions with other choices.
        """
        if not self.has_answers():
            return
        old, new = self.settings().build(), settings.build()
        if task_id(old) != task_id(new) or old.form().choices != new.form().choices:
            raise InvalidSettings(
                f"queue '{self._queue}' holds answers to task '{task_id(old)}', which {settings.task!r} as it is set "
                "now cannot read; choose another name for the queue"
            )

    @contextmanager
    def trying(self, settings: QueueSettings, may_be_seen: Callable[[], bool]) -> Iterator[None]:
        """Keep the settings of a push that is made inside; those from before come back where it came to nothing.

        Args:
            settings: What the queue is pushed with.
            may_be_seen: Says of a push that broke off whether people may see something of it.
        """
        before = self._kept(QUEUE)
        self.remember(settings)
        try:
            yield
        except BaseException:
            if not may_be_seen() and before is not None:
                self._keep(QUEUE, before)
            elif not may_be_seen():
                self._place.remove(QUEUE)
            raise

    def was_pushed(self) -> bool:
        """Whether the queue was pushed to, from whichever machine."""
        return self._kept(QUEUE) is not None

    def check_pushed(self) -> None:
        """See that there is such a queue.

        Raises:
            UnknownName: Nothing was pushed to a queue of that name.
        """
        self._pushed_with()

    def has_answers(self) -> bool:
        """Whether anything was pulled."""
        return self._tables.n_rows(Answer) > 0

    def settings(self) -> QueueSettings:
        """Return the settings that the queue was pushed with.

        Raises:
            UnknownName: Nothing was pushed to a queue of that name.
        """
        return QueueSettings.model_validate_json(self._pushed_with())

    def answers(self) -> list[Answer]:
        """Read all answers, of whoever was stored under a name and a pseudonym as those of one person, each once."""
        return as_one(self._read(Answer), self.people, by=("item_id", "created_at"))

    def keep(self, answers: list[Answer]) -> None:
        """Add answers; kept when this returns."""
        self._tables.write(Answer, answers, part=content_id([a.answer_id for a in answers])[:16])

    def cursor(self) -> dict[str, str]:
        """Return the cursor of the last pull."""
        kept = self._kept(_CURSOR)
        return {} if kept is None else json.loads(kept)

    def advance(self, cursor: Mapping[str, str]) -> None:
        """Keep the cursor of a pull."""
        self._keep(_CURSOR, json.dumps(dict(cursor)))

    def read_out(self) -> ReadAnswers:
        """Read all answers anew and store what they come to."""
        task = self.settings().build()
        reading = read_answers(self.answers(), {task_id(task): task})
        self._tables.write(Judgment, reading.judgments)
        self._tables.write(Comparison, _distinct(reading.comparisons))
        self._tables.write(Response, _distinct(reading.responses))
        self._tables.write(Criterion, _distinct(reading.criteria))
        self._tables.write(CriterionReview, reading.reviews)
        return reading

    def judgments(self) -> pa.Table:
        """Read all judgments, superseded ones too."""
        return self._tables.read(Judgment)

    def fingerprint(self) -> str:
        """Return the SHA-256 of what a run would take from here."""
        said = self.judgments()["judgment_id"].to_pylist()
        return content_id(
            sorted([*said, *(f"{r.answer_id} {r.criterion_id}" for r in self.reviews())])
        )

    def reviews(self) -> list[CriterionReview]:
        """Read all reviews of criteria, superseded ones too."""
        return self._read(CriterionReview)

    def stage(self, staging: Staging, tally: Tally) -> int:
        """Put what people said of the prompts of a run among its staged records; gives how many judgments.

        Comparisons and responses that came about by ranking and editing come along. Of each answer only the last word
        counts, so that a verdict taken back has no weight. What was said of other comparisons is rejected, and so is the
        edit of a response of several turns or with calls, since people edit the text of its last turn alone.
        """
        prompts = set(staging.read(Prompt)["prompt_id"].to_pylist())
        written = [r for r in self._read(Response) if r.prompt_id in prompts]
        texts = {
            *staging.read(Response)["response_id"].to_pylist(),
            *(r.response_id for r in written),
        }
        staged = set(staging.read(Comparison)["comparison_id"].to_pylist())
        made = [c for c in self._read(Comparison) if texts.issuperset(c.response_ids)]
        several = _of_several_parts(staging.read(Response))
        cut = {
            c.comparison_id
            for c in made
            if c.strategy == EDIT and not several.isdisjoint(c.response_ids)
        }
        made = [c for c in made if c.comparison_id not in cut]
        known = staged.union(c.comparison_id for c in made)
        last = last_judgments(self._read(Judgment))
        heard = [j for j in last if j.comparison_id in known]
        for j in last:
            if j.comparison_id in cut:
                tally.reject("judgment", j.judgment_id, "edit_of_turns", _WHY_CUT)
            elif j.comparison_id not in known:
                tally.reject(
                    "judgment",
                    j.judgment_id,
                    "not_compared",
                    f"{j.comparison_id} is not in this run",
                )
        made_of = {response_id for c in made for response_id in c.response_ids}
        written = [r for r in written if r.response_id in made_of]
        part = f"{PART}-{self._queue}"
        staging.write(Response, written, part=part)
        staging.write(Comparison, [c for c in made if c.comparison_id not in staged], part=part)
        staging.write(Judgment, heard, part=part)
        return len(heard)

    def _pushed_with(self) -> str:
        kept = self._kept(QUEUE)
        if kept is None:
            raise UnknownName.among("queue", self._queue, queues_in(self.people))
        return kept

    def _kept(self, name: str) -> str | None:
        try:
            return bytes(self._place.content(name)).decode()
        except FileNotFoundError:
            return None

    def _keep(self, name: str, text: str) -> None:
        self._place.write(name, lambda file: file.write(text.encode()))

    def _read(self, record: type[Row]) -> list[Row]:
        return record.from_table(self._tables.read(record))


def _of_several_parts(responses: pa.Table) -> set[str]:
    """Return the ids of responses that are more than one text: several turns, calls of tools or media."""
    lengths = (pc.list_value_length(responses[name]) for name in ("turns", "tool_calls", "parts"))
    turns, calls, parts = (pc.fill_null(length, 0) for length in lengths)
    is_several = pc.greater(pc.add(pc.add(turns, calls), parts), 0)
    return set(responses.filter(is_several)["response_id"].to_pylist())


def _distinct(records: Iterable[Row]) -> list[Row]:
    """Keep one record for each key."""
    return list({tuple(getattr(r, name) for name in r.key): r for r in records}.values())
