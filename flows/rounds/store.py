"""What was asked in rounds and what people said, kept for good in the warehouse's place: `rounds/<name>/`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from winnow.annotation.queues.overlap import Opinion, verdict_of
from winnow.flows.people.names import as_one
from winnow.schemas.base import Record
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import VERIFIED, Gold, Judgment
from winnow.schemas.last_word import last_judgments
from winnow.schemas.plurals import counted
from winnow.schemas.rounds import Asked, RoundResult
from winnow.warehouse.folders import PEOPLE, ROUNDS
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.place import Place
from winnow.warehouse.staging import Staging

if TYPE_CHECKING:
    from winnow.pipelines.rounds import RoundSettings

Row = TypeVar("Row", bound=Record)
PART = "rounds"
"""Part that people's records have among the staged ones of a run."""


class RoundsStore:
    """The rounds of one run; each file is kept, whole, when the call that writes it returns."""

    def __init__(self, warehouse: Place | Path, name: str) -> None:
        """Name the rounds; nothing is made yet.

        Args:
            warehouse: Where the warehouse keeps what machines share.
            name: Name of the run.
        """
        self.name = name
        self.place = as_place(warehouse).within(ROUNDS).within(name)
        self._tables = Staging(self.place)
        self._people = as_place(warehouse).within(PEOPLE)

    @property
    def n_rounds(self) -> int:
        """Rounds that people were asked in."""
        return max((row.round for row in self._read(Asked)), default=0)

    @property
    def n_asked(self) -> int:
        """Comparisons that people were asked about."""
        return sum(row.is_new for row in self._read(Asked))

    def why_over(self, settings: "RoundSettings") -> str | None:
        """Say why no further round is asked for; None where one is, or the newest is not weighed."""
        results = self.results()
        if not results or results[-1].round < self.n_rounds:
            return None
        newest = results[-1]
        if settings.target is not None and newest.reached:
            return f"accuracy {settings.target:g} is reached"
        if newest.n_asked >= settings.budget:
            return f"the budget of {counted(settings.budget, 'label')} of people is spent"
        return "people were asked about everything" if newest.n_left == 0 else None

    def asked(self) -> pa.Table:
        """Return what people were asked, a table of `Asked`."""
        return self._tables.read(Asked)

    def ask(self, number: int, asked: Sequence[Asked]) -> None:
        """Add a round."""
        self._tables.write(Asked, asked, part=_part(number))

    def results(self) -> list[RoundResult]:
        """Return where the labels stood after each round, in order."""
        return sorted(self._read(RoundResult), key=lambda result: result.round)

    def keep_result(self, result: RoundResult) -> None:
        """Add where the labels stand after a round, in place of what was known of it."""
        self._tables.write(RoundResult, [result], part=_part(result.round))

    def hear(self, judgments: Sequence[Judgment]) -> None:
        """Add what people said.

        Answers that bear neither a time nor what they replace, such as those of a sheet, are what a person says now: one
        that differs from the same person's last word on the same question takes its place.
        """
        known = set(self._tables.read(Judgment)["judgment_id"].to_pylist())
        is_dated = [j.created_at is not None or j.supersedes is not None for j in judgments]
        dated = [j for j, has_time in zip(judgments, is_dated, strict=True) if has_time]
        now = [j for j, has_time in zip(judgments, is_dated, strict=True) if not has_time]
        new = [j for j in dated if j.judgment_id not in known] + self._changed(now)
        if new:
            part = content_id(sorted(j.judgment_id for j in new))[:16]
            self._tables.write(Judgment, new, part=part)

    def _changed(self, now: Sequence[Judgment]) -> list[Judgment]:
        before = {_question(j): j for j in self.judgments()}
        new = []
        for question, judgment in {_question(j): j for j in now}.items():
            old = before.get(question)
            if old is None:
                new.append(judgment)
            elif _words(old) != _words(judgment):
                replaced = {"supersedes": old.judgment_id, "created_at": datetime.now(UTC)}
                new.append(Judgment.model_validate({**_words(judgment), **replaced}))
        return new

    def judgments(self) -> list[Judgment]:
        """Return the last word of each person on each comparison."""
        by = ("comparison_id", "request_id", "created_at")
        said = last_judgments(as_one(self._read(Judgment), self._people, by=by))
        return sorted(said, key=lambda j: j.judgment_id)

    def pending(self, n_people: int) -> list[str]:
        """List the comparisons that fewer than `n_people` have answered or put aside."""
        people = defaultdict(set)
        for judgment in self.judgments():
            people[judgment.subject_id].add(judgment.annotator_id)
        asked = [row.comparison_id for row in self._read(Asked) if row.is_new]
        return sorted(i for i in asked if len(people[i]) < n_people)

    def gold(self, *, of_seed: bool = False) -> list[Gold]:
        """Return what people said, where more than half said the same.

        Args:
            of_seed: Only of the first round, which judges may take exemplars from: what they are asked then stays the
                same, and paid for, in every round.
        """
        rounds = {row.comparison_id: row.round for row in self._read(Asked) if row.is_new}
        opinions = defaultdict(list)
        for j in self.judgments():
            if j.verdict is not None:
                opinion = Opinion(j.subject_id, j.annotator_id, j.verdict)
                opinions[j.subject_id].append(opinion)
        found = ((i, verdict_of(said)) for i, said in sorted(opinions.items()))
        return [
            Gold(comparison_id=i, verdict=verdict, basis=VERIFIED)
            for i, verdict in found
            if verdict in ("a", "b", "tie") and i in rounds and (rounds[i] == 1 or not of_seed)
        ]

    def stage(self, staging: Staging, *, of_seed: bool = False) -> None:
        """Put what people said among the staged records of a run, in place of what was put there before."""
        gold = self.gold(of_seed=of_seed)
        about = {g.comparison_id for g in gold}
        said = [j for j in self.judgments() if not of_seed or j.comparison_id in about]
        staging.write(Gold, gold, part=PART)
        staging.write(Judgment, said, part=PART)

    def fingerprint(self) -> str:
        """Return the SHA-256 of what a run would take from here."""
        said = sorted(j.judgment_id for j in self.judgments())
        asked = sorted([a.comparison_id, a.round] for a in self._read(Asked))
        return content_id([said, asked])

    def _read(self, record: type[Row]) -> list[Row]:
        return record.from_table(self._tables.read(record))


def _question(judgment: Judgment) -> tuple[str, str, str | None]:
    return judgment.subject_id, judgment.annotator_id, judgment.request_id


def _words(judgment: Judgment) -> dict[str, Any]:
    """Return what was said, without when it was and what it replaced."""
    return judgment.model_dump(exclude={"judgment_id", "supersedes", "created_at", "seconds"})


def _part(number: int) -> str:
    return f"round-{number:04}"
