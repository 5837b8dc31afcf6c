"""What the steps of a run work with, and how they reach people."""

from collections.abc import Sequence

from winnow.flows.curation.curation import Curation
from winnow.flows.curation.people_stage import stage_people
from winnow.pipelines.preferences.published import published_prompts
from winnow.pipelines.preferences.splits import PublishedPrompts
from winnow.pipelines.set_aside import asked_of
from winnow.pipelines.steps import AggregateStep, LabelStep, RoundsStep, StepContext
from winnow.pipelines.steps.rounds import labelling_in
from winnow.pipelines.steps.selecting import choose
from winnow.pipelines.steps.sequence import last_of
from winnow.pipelines.steps.step import Outcome, Step
from winnow.schemas.runs import StageCount
from winnow.warehouse.catalog import Warehouse


def context_of(curation: Curation, i: int, *, go_on: bool = False) -> StepContext:
    """Return what the i-th step of a run works with; what its `of` chooses is looked up now."""
    settings, placed = curation.settings, curation.settings.sequence[i]
    chosen = None
    if placed.of is not None and placed.step.works_on is not None:
        chosen = choose(placed.of, placed.step.works_on, asked_of(curation.staging))
    return StepContext(
        staging=asked_of(curation.staging),
        run_id=curation.run_id,
        stage=placed.stage,
        before=tuple(one.step for one in settings.sequence[:i]),
        after=tuple(one.step for one in settings.sequence[i + 1 :]),
        chosen=chosen,
        models=curation.models,
        answer=curation.asking.answer,
        complete=curation.asking.complete,
        recall=curation.asking.recall,
        beam=settings.beam,
        people=PeopleOfRun(curation, go_on=go_on),
        release=settings.release,
        published=lambda: _published(curation),
        call_in=curation.call_in,
        say=curation.progress.say,
        warn=curation.progress.warn,
        asks_again=curation.asks_again,
    )


def _published(curation: Curation) -> PublishedPrompts:
    with Warehouse.open(curation.settings.warehouse) as warehouse:
        return published_prompts(warehouse)


class PeopleOfRun:
    """How the steps of one run reach people: those of its queues, and those of its rounds."""

    def __init__(self, curation: Curation, *, go_on: bool) -> None:
        self._curation, self._go_on = curation, go_on

    def stage(self) -> Sequence[StageCount]:
        """Stage what people said in the queues of the run."""
        settings, curation = self._curation.settings, self._curation
        staging = asked_of(curation.staging)
        return stage_people(settings.warehouse, settings.queues, staging, curation.run_id)

    def take_turns(self, step: Step, at: StepContext) -> Outcome:
        """Have people and models take turns until people have to label; once they have, give the counts of the judges."""
        from winnow.flows.rounds.people import find_people
        from winnow.flows.rounds.store import RoundsStore
        from winnow.flows.rounds.turns import Turns

        assert isinstance(step, RoundsStep)
        settings, rounds = self._curation.settings, step.settings
        assert rounds.people is not None
        store = RoundsStore(settings.warehouse.kept, settings.name)
        is_over = store.why_over(rounds) is not None
        counts: list[StageCount] = []

        def judge() -> None:
            counts[:] = LabelStep(entries=rounds.label).work(labelling_in(at))
            for count in [] if is_over else counts:
                self._curation.progress.end(count)
            self._curation.guard(step.doubts(at, ()))

        turns = Turns(
            step,
            at,
            store,
            find_people(rounds.people, rounds.seed, settings.warehouse, settings.inputs()),
            judge=judge,
            combine=last_of(settings.sequence, AggregateStep).settings.combine,
        )
        if pause := turns.take(go_on=self._go_on):
            with Warehouse.open(settings.warehouse):
                pass  # makes the catalog that `winnow status` reads, where nothing was published yet
            return pause
        return counts
