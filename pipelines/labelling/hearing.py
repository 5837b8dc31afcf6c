"""What came back of a judge's questions about one portion: judgments, rejects, and further questions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import pyarrow as pa

from winnow.annotation.judge import Reading, SubjectView, TurnNote
from winnow.pipelines.asking.read import with_answers
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.request_frame import WrittenRequest
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.heard import ANSWER, HeardReplies, heard, rows_of
from winnow.pipelines.labelling.judge_at_work import JudgeAtWork
from winnow.pipelines.labelling.question_round import NOTHING_YET, AskedSubject, SubjectSoFar
from winnow.pipelines.labelling.said_files import SaidFiles
from winnow.pipelines.labelling.subjects import JudgedPart, judged_parts
from winnow.schemas.panel_turns import PanelTurn
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile

_NO_RUBRIC = "no rubric in force applies to prompt {}"
_NO_REFERENCE = "prompt {} has no reference"
_UNPROVEN = (
    "; derived ones are in force once they are proven, or with unproven: true for this judge"
)
_QUESTION = ["subject", "place", "request_id", "request"]


class AnsweredSubject(NamedTuple):
    """The questions of one round about one subject, and what became of them."""

    requests: Sequence[str]
    """The questions as requests, in JSON."""

    replies: HeardReplies | None
    """The replies; None where a question has none."""

    reason: str = ""
    """Why the first question without an answer has none, by name."""

    detail: str = ""
    """The same in words."""


class Hearing:
    """Reads what came back about one portion."""

    def __init__(
        self,
        work: JudgeAtWork,
        subjects: Sequence[SubjectView],
        stores: Sequence[CompletionStore],
        said: SaidFiles,
    ) -> None:
        """Begin with nothing read.

        Args:
            work: The judge.
            subjects: What it is asked about.
            stores: Where completions are.
            said: Takes judgments, and those that are not given.
        """
        self._work, self._subjects, self._stores, self._said = work, subjects, stores, said
        self._kind = work.entry.drawn_once.kind
        self._next = work.in_round(work.number + 1)
        self.further: list[AskedSubject] = []
        """What is to be asked in the next round."""

        self.again: list[AskedSubject] = []
        """What is to be asked once more, since replies could not be read."""

    def hear(
        self, answered: Mapping[int, AnsweredSubject], waiting: Mapping[int, SubjectSoFar]
    ) -> None:
        """Read the answers to questions that were asked for the first time; replies that cannot be read give way to later ones.

        Asking again is a request of its own, told apart by `ChatRequest.attempt`, and its reply is stored beside the first.
        Of all attempts the first readable replies count, of unreadable ones the last: so the same store always gives the
        same replies. Questions that are read together are asked again together, once, where the judge is to ask again, or where
        another server or another version of the engine has answered before; what has no reply yet is asked in any case.

        A subject of which a question has no answer becomes as many rejects as it would have given judgments.

        Args:
            answered: What became of the questions, by subject.
            waiting: What is known of subjects already.
        """
        unread: dict[int, tuple[SubjectSoFar, Sequence[str]]] = {}
        for subject, (requests, replies, reason, detail) in answered.items():
            known = waiting.get(subject, NOTHING_YET)
            if replies is None:
                self._reject(subject, reason, detail)
            elif not self._read(subject, known.before + replies, wants_readable=True):
                unread[subject] = SubjectSoFar(before=known.before, unread=replies), requests
        self._hear_later(unread)

    def hear_again(
        self, answered: Mapping[int, AnsweredSubject], waiting: Mapping[int, SubjectSoFar]
    ) -> None:
        """Read the answers to questions that were asked once more.

        A failure to answer again takes nothing away: the replies that are there stay.
        """
        for subject, (_, replies, _, _) in answered.items():
            known = waiting[subject]
            self._read(subject, known.before + (replies or known.unread))

    def hear_nothing(self, subjects: Iterable[int]) -> None:
        """Read subjects about which nothing was asked; those that lack a rubric or a reference are rejects."""
        for subject in subjects:
            view = self._subjects[subject]
            if self._work.lacks_rubric(view):
                more = "" if self._work.judge.takes_unproven else _UNPROVEN
                self._reject(subject, "no_rubric", _NO_RUBRIC.format(view.prompt.prompt_id) + more)
            elif self._work.lacks_reference(view):
                said = _NO_REFERENCE.format(view.prompt.prompt_id)
                self._reject(subject, "no_reference", said)
            else:
                self._read(subject, HeardReplies())

    def _hear_later(self, unread: dict[int, tuple[SubjectSoFar, Sequence[str]]]) -> None:
        """Take for replies that cannot be read what later attempts brought; see what is to be asked once more."""
        attempt = 0
        while unread:
            attempt += 1
            tries = {i: [once_more(r, attempt) for r in asked] for i, (_, asked) in unread.items()}
            stored = stored_in(self._stores, [r for rs in tries.values() for r in rs])
            for subject, requests in tries.items():
                known, _ = unread[subject]
                if all(r.request_id in stored for r in requests):
                    answers = [stored[r.request_id] for r in requests]
                    replies = heard([r.text for r in requests], answers, self._work.model)
                    if not self._read(subject, known.before + replies, wants_readable=True):
                        later = SubjectSoFar(before=known.before, unread=replies)
                        unread[subject] = later, [r.text for r in requests]
                        continue
                elif self._work.asks_again or known.unread.is_elsewhere:
                    self.again.append(AskedSubject(subject, requests, known))
                else:
                    self._read(subject, known.before + known.unread)
                del unread[subject]

    def _read(self, subject: int, said: HeardReplies, *, wants_readable: bool = False) -> bool:
        """Ask further, or write judgments down; gives whether that was done, for not all replies may do."""
        view, judge = self._subjects[subject], self._work.judge
        if more := judge.ask(view, said.replies):
            asked = self._next.write(more)
            self.further.append(AskedSubject(subject, asked, SubjectSoFar(before=said)))
            return True
        readings = judge.read(view, said.replies)
        is_readable = bool(readings) and all(one.verdict != "invalid" for one in readings)
        if is_readable or not wants_readable:
            self._write(view, readings, said)
            return True
        return False

    def _write(self, view: SubjectView, readings: Sequence[Reading], said: HeardReplies) -> None:
        """Write the judgments of a subject (`judged_parts`), which share what they cost; with steps, that of the response has it all.

        Each names the completion that was answered last, and what the judge wants kept of the turns that led there is told. What no reading is about is invalid and holds the last reply.
        """
        of_steps = {one.step: one for one in readings if one.step is not None}
        found: dict[tuple[str, ...] | None, Reading] = {
            one.of: one for one in readings if one.step is None
        }
        last = said.replies[-1].text if said.replies else ""
        parts, cost = judged_parts(view), said.cost
        n_share = sum(part.step is None for part in parts)
        notes = self._work.judge.transcript(view, said.replies)
        for part in parts:
            reading = (
                of_steps.get(part.step.index)
                if part.step
                else found.get(part.of) or found.get(None)
            )
            judgment_id = self._said.judge(
                self._work.annotator_id,
                self._kind,
                part,
                reading or Reading(verdict="invalid", rationale=last),
                said.request_id,
                None if cost is None else 0.0 if part.step else cost / n_share,
                view.rubric.rubric.rubric_id if view.rubric else None,
            )
            if notes and part.step is None:
                self._said.tell(self._turns(judgment_id, part, notes, said))

    def _turns(
        self, judgment_id: str, part: JudgedPart, notes: Sequence[TurnNote], said: HeardReplies
    ) -> Iterator[PanelTurn]:
        """Write down the turns that led to a judgment, with what each alone says of what was judged.

        Of a response that is judged step by step they are told once, with what each says of the whole.
        """
        spoken = zip(notes, said.replies, said.request_ids, strict=True)
        for number, (note, reply, request_id) in enumerate(spoken, 1):
            found: dict[tuple[str, ...] | None, Reading] = {
                one.of: one for one in note.says if one.step is None
            }
            alone = found.get(part.of) or found.get(None)
            yield PanelTurn(
                judgment_id=judgment_id,
                turn=number,
                round=note.round,
                role=note.role,
                model=self._work.name_in(note.round),
                saw=note.saw,
                request_id=request_id,
                text=reply.text,
                verdict=alone.verdict if alone else None,
                ratings=alone.ratings if alone else (),
                note=note.note,
            )

    def _reject(self, subject: int, reason: str, detail: str) -> None:
        for part in judged_parts(self._subjects[subject]):
            named = (self._work.annotator_id, part.subject_id, part.order)
            self._said.reject(" ".join(filter(None, named)), reason, detail)


def stored_in(
    stores: Sequence[CompletionStore], requests: Sequence[WrittenRequest]
) -> dict[str, dict[str, Any]]:
    """Look up which requests are answered, by request_id."""
    ids = pa.array([r.request_id for r in requests], pa.string())
    columns = ["request_id", *ANSWER]
    found = [row for store in stores for row in rows_of(store.table(ids, columns))]
    return {row["request_id"]: row for row in found}


def answered_in(
    shard: PlacedFile, stores: Sequence[CompletionStore], failures: Place, model: ModelRef
) -> Iterator[dict[int, AnsweredSubject]]:
    """Read what became of the requests of a shard, by the number of the subject that they are about, some at a time.

    Args:
        shard: The shard.
        stores: Where completions are.
        failures: Where the failures of these requests are.
        model: The model that was asked.
    """
    asked = shard.read(_QUESTION)
    asked = asked.set_column(0, "subject", asked["subject"].cast(pa.int64()))
    for batch in with_answers(asked, stores, failures, ANSWER):
        groups = groupby(rows_of(batch), itemgetter("subject"))
        yield {subject: _became(list(rows), model) for subject, rows in groups}


def _became(rows: Sequence[Mapping[str, Any]], model: ModelRef) -> AnsweredSubject:
    requests = [row["request"] for row in rows]
    for row in rows:
        if row["failure"]:
            return AnsweredSubject(requests, None, row["failure"], row["detail"])
    return AnsweredSubject(requests, heard(requests, rows, model))


def once_more(request: str, attempt: int) -> WrittenRequest:
    """Write a request that was asked before and could not be read.

    Args:
        request: The request, in JSON.
        attempt: How often the same was asked before.
    """
    asked = ChatRequest.model_validate_json(request).model_copy(update={"attempt": attempt})
    return WrittenRequest(asked.request_id, asked.canonical(), asked.most_tokens, attempt)
