"""Rubrics derived: one round of questions after the other, over portions of what they are drawn from."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from winnow.annotation.judge import Question
from winnow.annotation.rubrics.deriving import DERIVERS, Deriver, DerivingView
from winnow.pipelines.asking.answer import AnsweredRequests, AnswerRequests
from winnow.pipelines.beam import BeamSettings, for_each
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.request_frame import RequestFrame, WrittenRequest
from winnow.pipelines.inference.requests import Sampling
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.heard import HeardReplies, heard
from winnow.pipelines.labelling.hearing import AnsweredSubject, answered_in, once_more, stored_in
from winnow.pipelines.labelling.judging import MOST_ROUNDS
from winnow.pipelines.labelling.part_files import part_file
from winnow.pipelines.labelling.question_round import (
    NOTHING_YET,
    AskedSubject,
    QuestionRound,
    SubjectSoFar,
)
from winnow.pipelines.labelling.said_files import REJECTED
from winnow.pipelines.labelling.settings import mark_of
from winnow.pipelines.rubrics.drafts import DRAFTED, DraftFiles
from winnow.pipelines.rubrics.holding_out import SHARE
from winnow.pipelines.rubrics.subjects import SubjectPortion
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.registry import Registry
from winnow.schemas.rubrics import Reach
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile, placed_files


class DeriveSettings(PlugInSettings[Deriver]):
    """A way to derive rubrics, with the model that it asks; its own settings stand beside these."""

    named_by: ClassVar[str] = "by"
    registry: ClassVar[Registry[Deriver]] = DERIVERS

    by: str
    """Name of the way: "contrast", "profile", "feedback", "reasoning", "checklist" or "nuggets"."""

    model: str
    """Name of the model in the settings."""

    temperature: Annotated[float, Field(ge=0)] = 0.0
    """0 takes the model's likeliest reply."""

    share: Annotated[float, Field(gt=0, lt=1)] = SHARE
    """Share of the comparisons that rubrics are not derived from, so that they can be proven there; a step `prove` needs the
    same."""

    min_support: Annotated[int, Field(ge=1)] = 1
    """Distinct prompts that have to propose a criterion; of rubrics for one prompt there is one."""

    @property
    def title(self) -> str:
        """Name and version alone, such as "contrast@1"."""
        deriver = self.build()
        return f"{deriver.name}@{deriver.version}"

    @property
    def source(self) -> str:
        """Name, version and model, such as "contrast@1:gpt-oss", and a mark where settings are not the default."""
        sampling = {"temperature": self.temperature} if self.temperature else {}
        return f"{self.title}:{self.model}{mark_of(self.build(), sampling)}"


@dataclass(frozen=True)
class DeriverAtWork:
    """A deriver with all that it needs to ask, made once and sent to workers."""

    deriver: Deriver
    """The deriver."""

    model: ModelRef
    """The model."""

    temperature: float
    """Temperature of the sampling, where a question names none."""

    _frames: dict[object, RequestFrame] = field(default_factory=dict)

    def write(self, questions: Sequence[Question]) -> list[WrittenRequest]:
        """Write questions as requests to the model."""
        return [self._frame(question).write(question.messages) for question in questions]

    def _frame(self, q: Question) -> RequestFrame:
        key = (q.json_schema, q.max_tokens)
        if key not in self._frames:
            sampling = Sampling(temperature=self.temperature, max_tokens=q.max_tokens)
            self._frames[key] = RequestFrame(
                self.model, task=q.task, json_schema=q.json_schema, sampling=sampling
            )
        return self._frames[key]


class DraftFolder(NamedTuple):
    """Where what is drawn from subjects is written."""

    root: Place
    """Its place."""

    def drafts(self) -> list[PlacedFile]:
        """List the files of criteria, with the columns `DRAFTED`."""
        return placed_files(self.root.within("drafts"))

    def refused(self) -> list[PlacedFile]:
        """List the files of criteria that were refused, with the columns `REJECTED`."""
        return placed_files(self.root.within("refused"))

    def unanswered(self) -> list[PlacedFile]:
        """List the files of subjects of which nothing could be drawn, with the columns `REJECTED`."""
        return placed_files(self.root.within("unanswered"))

    @contextmanager
    def opened(self, part: str, reach: Reach) -> Iterator[DraftFiles]:
        """Lend the files of a part, in place of what they held."""
        names = {"drafts": DRAFTED, "refused": REJECTED, "unanswered": REJECTED}
        with ExitStack() as opened:
            files = [
                opened.enter_context(
                    part_file(PlacedFile(self.root.within(name), f"{part}.parquet"), schema)
                )
                for name, schema in names.items()
            ]
            drafted = DraftFiles(reach, *files)
            yield drafted
            drafted.flush()


def draw(
    portions: Sequence[SubjectPortion],
    work: DeriverAtWork,
    *,
    answer: AnswerRequests,
    beam: BeamSettings,
    folder: Place,
    drafted: DraftFolder,
    asks_again: bool = False,
) -> int:
    """Have criteria proposed for all portions; gives how many of the answers were paid for before.

    Args:
        portions: What they are drawn from.
        work: The deriver.
        answer: Has requests answered.
        beam: Where portions are asked about and answers are read.
        folder: Takes the requests; empty, and every worker can reach it.
        drafted: Takes what is drawn.
        asks_again: Whether what cannot be read is asked once more; what another server gave, or another version of the engine, is in
            any case.
    """
    asked, n_reused = QuestionRound(folder.within("1")), 0
    for_each(partial(_pose, work=work, asked=asked, drafted=drafted), portions, beam)
    for number in range(1, MOST_ROUNDS + 1):
        if not asked.requests.shards():
            return n_reused
        further = QuestionRound(folder.within(str(number + 1)))
        answered = answer(asked.requests, model=work.model)
        same: dict[str, Any] = {
            "work": work,
            "asked": asked,
            "further": further,
            "drafted": drafted,
            "number": number,
        }
        hear = partial(_hear, stores=_places(answered), asks_again=asks_again, **same)
        for_each(hear, portions, beam)
        n_again = 0
        if asked.again.requests.shards():
            again = answer(asked.again.requests, model=work.model)
            n_again = again.counts.n_requests
            for_each(partial(_hear_again, stores=_places(again), **same), portions, beam)
        n_reused += max(0, answered.n_reused - n_again)
        asked = further
    raise ValueError(f"{work.deriver.name} has more to ask after {MOST_ROUNDS} rounds")


def _places(answered: AnsweredRequests) -> list[Place]:
    return [store.place for store in answered.stores]


def _pose(
    portion: SubjectPortion, work: DeriverAtWork, asked: QuestionRound, drafted: DraftFolder
) -> None:
    """Write the questions of the first round about a portion; what holds nothing to draw from is a reject."""
    with drafted.opened(f"{portion.name}-0", work.deriver.reach) as files:

        def posed() -> Iterator[AskedSubject]:
            for i, view in enumerate(portion.views()):
                if questions := work.deriver.ask(view):
                    yield AskedSubject(i, work.write(questions))
                elif lacking := work.deriver.lacks(view):
                    files.reject(view, lacking.reason, lacking.detail)

        asked.write(portion.name, posed())


def _hear(
    portion: SubjectPortion,
    work: DeriverAtWork,
    asked: QuestionRound,
    further: QuestionRound,
    stores: Sequence[Place],
    drafted: DraftFolder,
    number: int,
    asks_again: bool,
) -> None:
    """Read what became of the questions of a round about a portion, and write those of the next and those to be asked once more."""
    shards = asked.shards(portion.name)
    if not shards:
        return
    opened = [CompletionStore(place) for place in stores]
    with drafted.opened(f"{portion.name}-{number}", work.deriver.reach) as files:
        drawing = _Drawing(work, portion.views(), opened, files, asks_again=asks_again)
        waiting = asked.waiting(portion.name)
        for shard in shards:
            for answered in answered_in(shard, opened, asked.requests.failures, work.model):
                drawing.hear(answered, waiting)
    further.write(portion.name, drawing.further)
    asked.again.write(portion.name, drawing.again)


def _hear_again(
    portion: SubjectPortion,
    work: DeriverAtWork,
    asked: QuestionRound,
    further: QuestionRound,
    stores: Sequence[Place],
    drafted: DraftFolder,
    number: int,
) -> None:
    """Read what became of the questions that were asked once more."""
    shards = asked.again.shards(portion.name)
    if not shards:
        return
    opened = [CompletionStore(place) for place in stores]
    with drafted.opened(f"{portion.name}-{number}-again", work.deriver.reach) as files:
        drawing = _Drawing(work, portion.views(), opened, files)
        waiting = asked.again.waiting(portion.name)
        failures = asked.again.requests.failures
        for shard in shards:
            for answered in answered_in(shard, opened, failures, work.model):
                drawing.hear_again(answered, waiting)
    further.write(f"{portion.name}-again", drawing.further)


class _Drawing:
    """Draws criteria from the replies about a portion; of several replies to the same the first that can be read counts."""

    def __init__(
        self,
        work: DeriverAtWork,
        views: Sequence[DerivingView],
        stores: Sequence[CompletionStore],
        files: DraftFiles,
        *,
        asks_again: bool = False,
    ) -> None:
        self._work, self._views, self._stores = work, views, stores
        self._files, self._asks_again = files, asks_again
        self.further: list[AskedSubject] = []
        self.again: list[AskedSubject] = []

    def hear(
        self, answered: Mapping[int, AnsweredSubject], waiting: Mapping[int, SubjectSoFar]
    ) -> None:
        """Read replies to what was asked for the first time."""
        for subject, (requests, replies, reason, detail) in answered.items():
            known = waiting.get(subject, NOTHING_YET)
            if replies is None:
                self._files.reject(self._views[subject], reason, detail)
            elif not self._read(subject, known.before + replies, wants_readable=True):
                self._hear_later(
                    subject, SubjectSoFar(before=known.before, unread=replies), requests
                )

    def hear_again(
        self, answered: Mapping[int, AnsweredSubject], waiting: Mapping[int, SubjectSoFar]
    ) -> None:
        """Read replies to what was asked once more; where none came, those that are there stay."""
        for subject, (_, replies, _, _) in answered.items():
            known = waiting[subject]
            self._read(subject, known.before + (replies or known.unread))

    def _hear_later(self, subject: int, known: SubjectSoFar, asked: Sequence[str]) -> None:
        """Take for replies that cannot be read what later attempts brought, or see to it that there is one."""
        for attempt in count(1):
            tries = [once_more(request, attempt) for request in asked]
            stored = stored_in(self._stores, tries)
            if len(stored) < len(tries):
                if self._asks_again or known.unread.is_elsewhere:
                    self.again.append(AskedSubject(subject, tries, known))
                else:
                    self._read(subject, known.before + known.unread)
                return
            answers = [stored[one.request_id] for one in tries]
            replies = heard([one.text for one in tries], answers, self._work.model)
            if self._read(subject, known.before + replies, wants_readable=True):
                return
            known = SubjectSoFar(before=known.before, unread=replies)

    def _read(self, subject: int, said: HeardReplies, *, wants_readable: bool = False) -> bool:
        """Ask further, or write down what is drawn; gives whether that was done, for not all replies may do."""
        view, deriver = self._views[subject], self._work.deriver
        if questions := deriver.ask(view, said.replies):
            so_far = SubjectSoFar(before=said)
            self.further.append(AskedSubject(subject, self._work.write(questions), so_far))
            return True
        derived = deriver.read(view, said.replies)
        if derived is not None:
            self._files.write(view, derived, said.request_ids)
        elif wants_readable:
            return False
        else:
            unread = deriver.unread(view, said.replies) or said.replies[-1]
            self._files.reject(view, "unreadable", unread.text)
        return True
