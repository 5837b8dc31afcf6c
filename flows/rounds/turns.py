"""People and models in turns, until the budget of people's labels is spent."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from winnow.annotation.aggregation.rules import Rule
from winnow.annotation.aggregation.votes import Bools
from winnow.annotation.judge import ComparisonView
from winnow.annotation.rounds import choose, figures
from winnow.flows.rounds.people import Labellers
from winnow.flows.rounds.store import RoundsStore
from winnow.flows.rounds.waiting import WaitingRounds, forget
from winnow.flows.stopping import now
from winnow.pipelines.labelling.ungrouping import ungroup
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.labels.combining import combine_ratings
from winnow.pipelines.rounds import Pool, RoundSettings, read_pool
from winnow.pipelines.steps import RoundsStep
from winnow.pipelines.steps.step import Pause, StepContext
from winnow.schemas.errors import MalformedInput
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.rounds import Asked, RoundResult

ERROR = 0.05
"""Risk of calling the target met when it is not, over all rounds together."""


class Turns:
    """The turns of one run: what people were asked and said is on the disk before anything rests on it.

    Answered requests are in the store of completions, so that a call that was killed is continued by the next and repeats
    nothing.
    """

    def __init__(
        self,
        step: RoundsStep,
        at: StepContext,
        store: RoundsStore,
        people: Labellers,
        *,
        judge: Callable[[], None],
        combine: Sequence[Rule],
    ) -> None:
        """Begin where the last call left off.

        Args:
            step: The rounds.
            at: The run; holds the comparisons.
            store: What people were asked and said.
            people: The way to them.
            judge: Has judges and verifiers label what they have not.
            combine: How ratings become verdicts.
        """
        self._settings, self._at, self._store, self._people = step.settings, at, store, people
        self._judge, self._combine, self._is_judged = judge, combine, bool(step.settings.label)

    def take(self, *, go_on: bool) -> Pause | None:
        """Work until people have to label, or nothing is left to ask them.

        Args:
            go_on: Begin the next round although people have not answered all of this one.

        Returns:
            Why the run cannot go on; None where it can, with what people said among its rows.
        """
        if (why := self._store.why_over(self._settings)) is not None:
            forget(self._store.place)
            self._at.say(f"rounds are over: {why}")
            self._have_judged()
            return None
        ungroup(self._at.staging)
        views = {view.comparison_id: view for view in read_views(self._at.staging)}
        while True:
            if waiting := self._hear(views):
                where = self._people.hand_out(waiting)
                self._at.say(
                    f"{counted(len(waiting), 'comparison')} {agreeing(len(waiting), 'waits', 'wait')} for people: {where}"
                )
                if not go_on:
                    self._wait(len(waiting), where)
                    return Pause(is_over=False)
                go_on = False
            if self._store.n_rounds:
                self._weigh()
            if self._store.why_over(self._settings) is not None:
                return Pause(is_over=True)
            self._ask()

    def _hear(self, views: dict[str, ComparisonView]) -> list[ComparisonView]:
        """Take over what people said, and return what waits for them still."""
        n_people = self._settings.people.n_people if self._settings.people else 1
        waiting = [views[i] for i in self._store.pending(n_people) if i in views]
        now("people")
        if waiting:
            self._store.hear(self._people.collect(waiting))
            waiting = [views[i] for i in self._store.pending(n_people) if i in views]
        return waiting

    def _weigh(self) -> None:
        """Have judges label what they have not, and see where the labels stand."""
        self._have_judged()
        pool = self._pool()
        n_left = int((self._can_be_asked(pool) & ~pool.state.is_taken).sum())
        result = to_result(self._store, pool, self._settings, n_left=n_left)
        self._store.keep_result(result)
        accuracy = "unknown" if result.accuracy is None else f"{result.accuracy:.3f}"
        self._at.say(
            f"round {result.round}: {result.n_asked:,} of {counted(self._settings.budget, 'label')} of people, {result.n_keep:,} kept, "
            f"{result.n_flip:,} flipped, {result.n_discard:,} discarded, accuracy {accuracy} "
            f"({result.low:.3f} to {result.high:.3f})"
        )

    def _ask(self) -> None:
        """Choose what people see next."""
        settings, store, pool = self._settings, self._store, self._pool()
        picks = choose(
            pool.state,
            pool.vectors,
            min(settings.per_round, settings.budget - store.n_asked),
            audit_share=settings.audit_share,
            seed=settings.seed,
            can_be_asked=self._can_be_asked(pool),
        )
        if not picks:
            raise MalformedInput(
                "people can label nothing: no comparison of two different responses is judged"
            )
        number = store.n_rounds + 1
        rows = [
            Asked.model_validate(
                {
                    "comparison_id": pool.state.items[pick.item].as_py(),
                    "round": number,
                    "purpose": pick.purpose,
                    "is_new": pick.is_new,
                }
            )
            for pick in picks
        ]
        store.ask(number, rows)

    def _have_judged(self) -> None:
        """Have everything judged; exemplars come of the first round alone, so that no judge is asked anew for each."""
        self._store.stage(self._at.staging, of_seed=True)
        self._judge()
        self._store.stage(self._at.staging)
        combine_ratings(self._at.staging, self._combine, self._at.run_id)

    def _pool(self) -> Pool:
        asked = self._store.asked()
        return read_pool(self._at.staging, asked, self._settings, is_judged=self._is_judged)

    def _can_be_asked(self, pool: Pool) -> Bools:
        return np.array([self._people.knows(i) for i in pool.state.items.to_pylist()], bool)

    def _wait(self, n_waiting: int, where: str) -> None:
        WaitingRounds(
            name=self._store.name,
            round=self._store.n_rounds,
            n_asked=self._store.n_asked,
            budget=self._settings.budget,
            n_waiting=n_waiting,
            where=where,
            since=datetime.now(UTC),
        ).write(self._store.place)


def to_result(
    store: RoundsStore, pool: Pool, settings: RoundSettings, *, n_left: int
) -> RoundResult:
    """Return the record of where the labels stand after the newest round."""
    found = figures(pool.state, pool.decided)
    # One-sided, the risk shared by all rounds: who looks often enough sees any target met once by chance.
    bound = figures(pool.state, pool.decided, confidence=1 - 2 * ERROR / settings.n_rounds)
    return RoundResult(
        round=store.n_rounds,
        n_asked=store.n_asked,
        n_items=found.n_items,
        n_left=n_left,
        n_keep=found.n_keep,
        n_flip=found.n_flip,
        n_discard=found.n_discard,
        n_sample=found.audited.n,
        n_right=found.audited.n_right,
        unseen_low=found.audited.low,
        unseen_high=found.audited.high,
        accuracy=found.accuracy,
        low=found.low,
        high=found.high,
        reached=settings.target is not None and bound.low >= settings.target,
    )
