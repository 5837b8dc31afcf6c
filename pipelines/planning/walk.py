"""The steps of a run gone through without a model: what each would ask, and what of it is answered."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, get_args

import pyarrow as pa

from winnow.annotation.judge import Judge, SubjectView
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.first_round import made_up, n_shown
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import judges_of
from winnow.pipelines.planning.choosing import choose_at_most
from winnow.pipelines.planning.comparing import compare_measured, is_measured
from winnow.pipelines.planning.known_answers import KnownAnswers, PlannedRequests
from winnow.pipelines.planning.unsaid import forget_what_is_said_of_stand_ins
from winnow.pipelines.steps import (
    AggregateStep,
    AssembleStep,
    CompareStep,
    KeepStep,
    LabelStep,
    RefineStep,
    RolloutStep,
    RoundsStep,
    SampleStep,
    SelectStep,
    StepContext,
)
from winnow.pipelines.steps.selecting import choose
from winnow.pipelines.steps.sequence import PlacedStep
from winnow.pipelines.steps.step import Outcome, Pause, Step, WayToPeople
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

_MAKES_RESPONSES = (SampleStep, RefineStep)
_MAKES_LABELS = (AggregateStep, KeepStep, AssembleStep)
Lack = Literal["responses", "comparisons", "judgments"]
"""What steps ahead of one will add, and is not there."""

_MAKES: dict[type[Step], tuple[Lack, ...]] = {
    SampleStep: ("responses",),
    RefineStep: ("responses",),
    CompareStep: ("comparisons",),
    SelectStep: (),
    LabelStep: ("judgments",),
    RoundsStep: ("judgments",),
    RolloutStep: ("judgments",),
    AggregateStep: (),
}
"""What steps add, which do with stand-ins for responses what they do with responses; others wait for these."""


def _any_subject(judge: Judge) -> SubjectView:
    prompt = Prompt(messages=(Message(role="user", content=""),), source="")
    return made_up(judge, prompt, *[""] * n_shown(judge, 2))


class PlannedStep(NamedTuple):
    """What a step of a run would do."""

    placed: PlacedStep
    """The step."""

    asked: tuple[PlannedRequests, ...] = ()
    """What it asks, by who asks which model."""

    added: tuple[StageCount, ...] = ()
    """What it adds, as far as that is worked out: nothing of the last three steps of a run, which ask nothing."""

    is_at_most: bool = False
    """Whether it asks and adds so much at most, since answers are missing that it goes by."""

    is_unknown: bool = False
    """Whether what it asks and adds shows only once answers are there that are missing."""

    @property
    def n_new(self) -> int:
        """Requests that it would make."""
        return sum(one.n_new for one in self.asked)


class Walk:
    """Goes through the steps of a run on what was read; what is not answered yet has stand-ins."""

    def __init__(
        self,
        staging: Staging,
        sequence: Sequence[PlacedStep],
        *,
        models: Mapping[str, ModelRef],
        store: CompletionStore,
        beam: BeamSettings,
        people: WayToPeople,
        asks_again: bool = False,
        measures: bool = True,
    ) -> None:
        """Begin ahead of the first step.

        Args:
            staging: Holds what was read; gets what the steps add.
            sequence: The steps.
            models: Models by their names in the settings.
            store: Where completions are kept; it is only read.
            beam: Where responses are measured.
            people: The way to what people said.
            asks_again: Whether replies that cannot be read are asked for again.
            measures: Whether verifiers measure responses where later steps go by it; else scores are taken to differ.
        """
        self._staging, self._sequence, self._measures = staging, sequence, measures
        self._answers = KnownAnswers(store, beam)
        self._context = StepContext(
            staging=staging,
            run_id="plan",
            stage="",
            models=models,
            answer=self._answers.answer,
            complete=self._answers.complete,
            beam=beam,
            people=people,
            asks_again=asks_again,
        )
        self._lacks: set[Lack] = set()

    def steps(self) -> Iterator[PlannedStep]:
        """Go through the steps; those that a run ends with ask nothing and are not worked."""
        for i, placed in enumerate(self._sequence):
            yield self._work(i) if i < self._n_worked else PlannedStep(placed)

    @property
    def _n_worked(self) -> int:
        """Steps ahead of those that only make labels, which a run ends with."""
        asks = (
            i for i, one in enumerate(self._sequence) if not isinstance(one.step, _MAKES_LABELS)
        )
        return max(asks, default=-1) + 1

    def _work(self, i: int) -> PlannedStep:
        placed = self._sequence[i]
        step = placed.step
        if self._lacks and (type(step) not in _MAKES or self._reads_texts(step)):
            self._lacks.update(get_args(Lack))
            return PlannedStep(placed, is_unknown=True)
        is_open = self._is_open(placed)
        self._answers.begin(stands_in=isinstance(step, _MAKES_RESPONSES))
        outcome = self._outcome(self._needed(step, i), self._context_of(i))
        goes_on = isinstance(step, LabelStep) and self._count_further(step)
        planned = PlannedStep(
            placed,
            tuple(self._answers.asked.values()),
            () if isinstance(outcome, Pause) else tuple(outcome),
            is_at_most=is_open or goes_on,
        )
        if "responses" in self._lacks and isinstance(step, LabelStep | RoundsStep):
            forget_what_is_said_of_stand_ins(self._staging)
        if is_open or planned.n_new:
            self._lacks.update(_MAKES.get(type(step), get_args(Lack)))
        return planned

    def _count_further(self, step: LabelStep) -> bool:
        """Count what judges of several rounds may ask at most after the first, of what they have not begun; tells whether there is any."""
        asked, goes_on = self._answers.asked, False
        for entry, asking in step.asking():
            judge = entry.build()
            first = asked.get(asking(judge.model_in(1) or entry.model))
            if not judge.most_asked or first is None or not first.n_new:
                continue
            like = replace(first)
            n_subjects = like.n_new / len(judge.ask(_any_subject(judge)))
            totals: Counter[str] = Counter()
            for name, most in judge.most_asked.items():
                totals[name or entry.model] += most
            for model, most in totals.items():
                told = asking(model)
                known = asked.setdefault(told, PlannedRequests(told, self._context.models[model]))
                known.add(round(n_subjects * most) - (like.n_new if known is first else 0), like)
            goes_on = True
        return goes_on

    def _reads_texts(self, step: Step) -> bool:
        """Say whether what a step asks depends on the very texts of responses that are not there."""
        return isinstance(step, RolloutStep) and "responses" in self._lacks

    def _is_open(self, placed: PlacedStep) -> bool:
        """Say whether what a step works on shows only once answers are there that are missing."""
        step = placed.step
        if isinstance(step, CompareStep):
            if step.settings.strategy == "given":
                return False
            if is_measured(step) and not self._measures:
                return True
        works_on = "comparisons" if isinstance(step, RoundsStep) else step.works_on
        orders = isinstance(step, SelectStep) and step.by is not None
        return works_on in self._lacks or bool(self._lacks and (placed.of is not None or orders))

    def _context_of(self, i: int) -> StepContext:
        placed, steps = self._sequence[i], [one.step for one in self._sequence]
        return replace(
            self._context,
            stage=placed.stage,
            before=tuple(steps[:i]),
            after=tuple(steps[i + 1 :]),
            chosen=self._chosen(placed, steps[:i]),
        )

    def _chosen(self, placed: PlacedStep, before: Sequence[Step]) -> pa.Array | None:
        kind = placed.step.works_on
        if placed.of is None or kind is None:
            return None
        if not self._lacks:
            return choose(placed.of, kind, self._staging)
        named = {step.named for step in before if isinstance(step, SelectStep)}
        return choose_at_most(placed.of, kind, self._staging, selections=named)

    def _needed(self, step: Step, i: int) -> Step:
        """Leave out verifiers whose verdicts no later step goes by."""
        later = self._sequence[i + 1 : self._n_worked]
        labels = any(isinstance(one.step, AggregateStep) for one in later)
        if isinstance(step, LabelStep) and not (labels and self._measures):
            return step.model_copy(update={"entries": tuple(judges_of(step.entries))})
        return step

    def _outcome(self, step: Step, at: StepContext) -> Outcome:
        if isinstance(step, CompareStep) and is_measured(step):
            return compare_measured(step, at, measures=self._measures)
        return step.work(at)
