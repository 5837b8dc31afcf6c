"""What every step of a run has: a name, settings, what it works on, and the work."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple, NoReturn, Protocol, Union

import pyarrow as pa

from winnow.annotation.aggregation.votes import Bools
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.asking.before import AnsweredBefore
from winnow.pipelines.asking.complete import Complete
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.filters import Filter
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.targets import everything
from winnow.pipelines.guard import Doubt, RequestTally, doubts_of_requests
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.preferences.splits import NOTHING, PublishedPrompts
from winnow.pipelines.reading import Say, say_nothing
from winnow.schemas.base import Value
from winnow.schemas.registry import Registry
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

WorksOn = Literal["prompts", "responses", "comparisons"]


class Pause(NamedTuple):
    """A step cannot go on by itself: people are to label, or what they said begins the run anew."""

    is_over: bool
    """Whether people have said all they will, so that the run goes through its steps with that; else it waits."""


Outcome = Union[Sequence[StageCount], Pause]  # noqa: UP007 -- names a class that follows


class WayToPeople(Protocol):
    """How the steps of a run reach people."""

    def stage(self) -> Sequence[StageCount]:
        """Stage what people said in the queues of the run, in place of what was staged of them before."""
        ...

    def take_turns(self, step: "Step", at: "StepContext") -> Outcome:
        """Have people and models take turns, as a step `rounds` says."""
        ...


class Nobody:
    """A run without people."""

    def stage(self) -> Sequence[StageCount]:
        """Stage nothing."""
        return ()

    def take_turns(self, step: "Step", at: "StepContext") -> NoReturn:
        """Refuse: a run that asks people is given a way to them."""
        raise RuntimeError("no way to people was given")


Recall = Callable[[ModelRef, AnsweredBefore], None]
"""Takes up what was answered when a step was gone through before."""


def ask_nobody(*_: object, **__: object) -> NoReturn:
    """Stand for the models of a run that asks none."""
    raise RuntimeError("no model is asked here")


CallIn = Callable[[Sequence[str]], None]
"""Takes prompts that were set aside as near-duplicates and have to be asked after all, if there are any."""


def call_nobody_in(_: Sequence[str]) -> None:
    """Leave prompts aside."""


@dataclass(frozen=True)
class StepContext:
    """What a step works with."""

    staging: Staging
    """The tables that it reads, and adds rows to."""

    run_id: str
    """The run."""

    stage: str
    """Name of the step in counts and rejects, and of its parts of tables: "sample", and "sample-2" of the second of its kind."""

    before: tuple["Step", ...] = ()
    """The steps ahead of it, in order."""

    after: tuple["Step", ...] = ()
    """The steps that follow it, in order."""

    chosen: pa.Array | None = None
    """Ids of what it works on, of the kind `works_on`; None for all there is."""

    models: Mapping[str, ModelRef] = field(default_factory=dict)
    """Models by their names in the settings."""

    answer: AnswerRequests = ask_nobody
    """Has the requests in a folder answered."""

    complete: Complete = ask_nobody
    """Has a few requests answered."""

    recall: Recall | None = None
    """Takes up what was answered when the step was gone through before, or raises `AnswersGone`; None where nobody goes through
    it again."""

    beam: BeamSettings = field(default_factory=BeamSettings)
    """Where Beam jobs run."""

    people: WayToPeople = field(default_factory=Nobody)
    """The way to people."""

    release: str = "preferences"
    """Name of the release, without a number."""

    published: Callable[[], PublishedPrompts] = lambda: NOTHING
    """Looks up the prompts that were published before, with their splits."""

    call_in: CallIn = call_nobody_in
    """Takes prompts that were set aside and have to be asked after all."""

    say: Say = say_nothing
    """Takes what is worth a line."""

    warn: Say = say_nothing
    """Takes what one should not miss, a line each."""

    asks_again: bool = False
    """Whether models are asked again for replies that cannot be read."""

    @property
    def stages_before(self) -> tuple[str, ...]:
        """Names of the steps of the same kind ahead of it."""
        kind, _, number = self.stage.partition("-")
        return tuple(stage_name(kind, n) for n in range(1, int(number or 1)))


def stage_name(kind: str, n: int) -> str:
    """Name the n-th step of a kind, n from 1: "sample", "sample-2"."""
    return kind if n == 1 else f"{kind}-{n}"


class Step(Value):
    """A part of a run: it reads tables and adds rows where they lack, and changes none.

    A kind of step is a class of its own in `STEPS`, whose fields are its settings. The same tables give the same rows, so a
    run that was killed goes through its steps again; what was answered is in the store of completions, and what a finished step
    of samples or judgments added is taken up (`winnow.pipelines.steps.finished`).
    """

    name: ClassVar[str]
    """Name in settings."""

    version: ClassVar[int]
    """Version of what it makes."""

    subject: ClassVar[WorksOn | None] = None
    """What `of` chooses from; None where it works on all there is."""

    holds: ClassVar[str | None] = None
    """Field that takes what stands behind the step's name as a whole, where that is a list, or settings that have other homes."""

    is_derived: ClassVar[bool] = False
    """Whether it makes its rows anew from all there is, in place of those of an earlier step of its kind."""

    changes_labels: ClassVar[bool] = True
    """Whether labels that are made after it may differ from those before, so that it belongs ahead of the last step aggregate."""

    @property
    def works_on(self) -> WorksOn | None:
        """What `of` chooses from; None where it works on all there is."""
        return self.subject

    @property
    def learned(self) -> str | None:
        """Name of the embeddings that it compares texts by; None where it needs none, or the annotators that it asks say so."""
        return None

    def calls(self) -> Iterator[tuple[str, str]]:
        """List the models that it asks, each with its place in the step's settings, such as "[0].model"."""
        return iter(())

    def work(self, at: StepContext) -> Outcome:
        """Add the rows, and count what went in and what came out; or say why the run has to wait."""
        raise NotImplementedError

    def doubts(self, at: StepContext, asked: Sequence[RequestTally]) -> list[Doubt]:
        """Say what speaks against going on, once the work is done.

        Args:
            at: As at work.
            asked: What models were asked by it.
        """
        return doubts_of_requests(asked)

    def publishes(self, cases: Cases) -> Bools:
        """Say which labels, if they were kept, can become preferences in this step or after it; shape (n_cases,)."""
        return everything(cases)

    def checks(self, at: StepContext) -> Sequence[Filter]:
        """List the checks that a step `keep` after it makes beside its own.

        Args:
            at: As of that step.
        """
        return ()


STEPS: Registry[Step] = Registry("step")
"""Kinds of steps by name."""
