"""Rubrics derived: one round of questions after the other, over portions of what they are drawn from."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import Field

from winnow.annotation.judge import Question
from winnow.annotation.rubrics.deriving import DERIVERS, Deriver
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.beam import BeamSettings, for_each
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.request_frame import RequestFrame, WrittenRequest
from winnow.pipelines.inference.requests import Sampling
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.hearing import answered_in
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
) -> int:
    """Have criteria proposed for all portions; gives how many of the answers were paid for before.

    Args:
        portions: What they are drawn from.
        work: The deriver.
        answer: Has requests answered.
        beam: Where portions are asked about and answers are read.
        folder: Takes the requests; empty, and every worker can reach it.
        drafted: Takes what is drawn.
    """
    asked, n_reused = QuestionRound(folder.within("1")), 0
    for_each(partial(_pose, work=work, asked=asked), portions, beam)
    for number in range(1, MOST_ROUNDS + 1):
        if not asked.requests.shards():
            return n_reused
        further = QuestionRound(folder.within(str(number + 1)))
        answered = answer(asked.requests, model=work.model)
        n_reused += answered.n_reused
        same: dict[str, Any] = {
            "work": work,
            "asked": asked,
            "further": further,
            "stores": [store.place for store in answered.stores],
            "drafted": drafted,
            "number": number,
        }
        for_each(partial(_hear, **same), portions, beam)
        asked = further
    raise ValueError(f"{work.deriver.name} has more to ask after {MOST_ROUNDS} rounds")


def _pose(portion: SubjectPortion, work: DeriverAtWork, asked: QuestionRound) -> None:
    """Write the questions of the first round about a portion."""
    written = ((i, work.write(work.deriver.ask(view))) for i, view in enumerate(portion.views()))
    asked.write(portion.name, (AskedSubject(i, requests) for i, requests in written if requests))


def _hear(
    portion: SubjectPortion,
    work: DeriverAtWork,
    asked: QuestionRound,
    further: QuestionRound,
    stores: Sequence[Place],
    drafted: DraftFolder,
    number: int,
) -> None:
    """Read what became of the questions of a round about a portion, and write those of the next."""
    shards = asked.shards(portion.name)
    if not shards:
        return
    views, waiting = portion.views(), asked.waiting(portion.name)
    opened = [CompletionStore(place) for place in stores]
    more: list[AskedSubject] = []
    with drafted.opened(f"{portion.name}-{number}", work.deriver.reach) as files:
        for shard in shards:
            for answered in answered_in(shard, opened, asked.requests.failures, work.model):
                for subject, became in answered.items():
                    view, before = views[subject], waiting.get(subject, NOTHING_YET).before
                    if became.replies is None:
                        files.reject(view, became.reason, became.detail)
                        continue
                    said = before + became.replies
                    if questions := work.deriver.ask(view, said.replies):
                        so_far = SubjectSoFar(before=said)
                        more.append(AskedSubject(subject, work.write(questions), so_far))
                        continue
                    derived = work.deriver.read(view, said.replies)
                    if derived is None:
                        unread = work.deriver.unread(view, said.replies) or said.replies[-1]
                        files.reject(view, "unreadable", unread.text)
                    else:
                        files.write(view, derived, said.request_ids)
    further.write(portion.name, more)
