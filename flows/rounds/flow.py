"""The flow in which people and models take turns, until the budget of people's labels is spent."""

from datetime import UTC, datetime

import numpy as np
from prefect import flow

from winnow.annotation.aggregation.votes import Bools
from winnow.annotation.rounds import choose, figures
from winnow.flows.curation.curation import Curation
from winnow.flows.curation.flow import (
    aggregate_stage,
    assemble_stage,
    audit_stage,
    compare_stage,
    label_stage,
    publish_stage,
    read_stage,
    sample_stage,
    shortcuts_stage,
    stage,
)
from winnow.flows.curation.published import published
from winnow.flows.redacting import errors_without_secrets
from winnow.flows.rounds.people import Labellers, find_people
from winnow.flows.rounds.store import RoundsStore
from winnow.flows.rounds.waiting import WaitingRounds, forget
from winnow.flows.settings.rounds import RoundsSettings
from winnow.flows.stopping import now
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.labelling.ungrouping import ungroup
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.labels.combining import combine_ratings
from winnow.pipelines.rounds import Pool, RoundSettings, hold_back, read_pool
from winnow.pipelines.steps.keep import keep
from winnow.schemas.errors import MalformedInput
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.rounds import Asked, RoundResult
from winnow.warehouse.auditor import Auditor
from winnow.warehouse.catalog import Warehouse

ERROR = 0.05
"""Risk of calling the target met when it is not, over all rounds together."""


@flow(name="rounds", persist_result=False)
@errors_without_secrets()
def rounds(settings: RoundsSettings, go_on: bool = False) -> str | None:
    """Go as far as people's answers reach: judge, weigh, decide, ask for the next round; at the end publish.

    What people were asked and what they said is on the disk before anything rests on it, and answered requests are in
    the store, so that a call that was killed is continued by the next and repeats nothing.

    Args:
        settings: The run and its rounds.
        go_on: Begin the next round although people have not answered all of this one.

    Returns:
        Name of the release, once the budget is spent or the target met; None while people are to label.
    """
    progress = RunProgress.current()
    store = RoundsStore(settings.warehouse.path, settings.name)
    if store.why_over(settings.rounds) is None:
        curation = Curation(settings, progress)
        with curation.held():
            is_over = take_turns(curation, store, find_people(settings), settings, go_on)
        curation.clear()
        if not is_over:
            return None
    forget(store.root)
    progress.say(f"rounds are over: {store.why_over(settings.rounds)}")
    return publish_rounds(Curation(settings, progress, {"people": store.fingerprint()}), store)


def take_turns(
    curation: Curation, store: RoundsStore, people: Labellers, settings: RoundsSettings, go_on: bool
) -> bool:
    """Work until people have to label, or nothing is left to ask them; gives whether it is the latter."""
    read_stage(curation)
    sample_stage(curation)
    compare_stage(curation)
    ungroup(curation.staging)
    views = {view.comparison_id: view for view in read_views(curation.staging)}
    n_people = settings.rounds.people.n_people
    while True:
        waiting = [views[i] for i in store.pending(n_people) if i in views]
        now("people")
        if waiting:
            store.hear(people.collect(waiting))
            waiting = [views[i] for i in store.pending(n_people) if i in views]
        if waiting:
            where = people.hand_out(waiting)
            curation.progress.say(
                f"{counted(len(waiting), 'comparison')} {agreeing(len(waiting), 'waits', 'wait')} for people: {where}"
            )
            if not go_on:
                _wait(store, settings, len(waiting), where)
                return False
            go_on = False
        if store.n_rounds:
            weigh_stage(curation, store, people)
        if store.why_over(settings.rounds) is not None:
            return True
        ask_stage(curation, store, people)


@stage("weigh")
def weigh_stage(curation: Curation, store: RoundsStore, people: Labellers) -> None:
    """Have judges label what they have not, and see where the labels stand."""
    settings = _rounds_of(curation)
    pool = _judged(curation, store)
    result = to_result(
        store,
        pool,
        settings,
        n_left=int((_can_be_asked(pool, people) & ~pool.state.is_taken).sum()),
    )
    store.keep_result(result)
    accuracy = "unknown" if result.accuracy is None else f"{result.accuracy:.3f}"
    curation.progress.say(
        f"round {result.round}: {result.n_asked:,} of {counted(settings.budget, 'label')} of people, {result.n_keep:,} kept, "
        f"{result.n_flip:,} flipped, {result.n_discard:,} discarded, accuracy {accuracy} "
        f"({result.low:.3f} to {result.high:.3f})"
    )


@stage("ask")
def ask_stage(curation: Curation, store: RoundsStore, people: Labellers) -> None:
    """Choose what people see next."""
    settings, pool = _rounds_of(curation), _pool(curation, store)
    n = min(settings.per_round, settings.budget - store.n_asked)
    picks = choose(
        pool.state,
        pool.vectors,
        n,
        audit_share=settings.audit_share,
        seed=settings.seed,
        can_be_asked=_can_be_asked(pool, people),
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


def publish_rounds(curation: Curation, store: RoundsStore) -> str:
    """Publish a release that rests on what people said; discarded comparisons are rejects of it."""
    if release := published(curation):
        curation.progress.say(f"{release.release} was published before by this very run")
        return release.release
    with curation.held(), Auditor() as auditor:
        read_stage(curation)
        sample_stage(curation)
        compare_stage(curation)
        pool = _judged(curation, store)
        auditor.start()
        aggregate_stage(curation)
        keep_stage(curation, pool)
        assemble_stage(curation)
        shortcuts_stage(curation)
        release = publish_stage(curation, audit_stage(curation, auditor))
    curation.clear()
    return release.release


@stage("keep")
def keep_stage(curation: Curation, pool: Pool) -> None:
    """Keep the labels that pass every filter and are not discarded."""
    settings = curation.settings
    also = [hold_back(pool, _rounds_of(curation))]
    curation.count(
        "keep",
        lambda: keep(
            curation.staging,
            settings.keep,
            curation.run_id,
            beam=settings.beam,
            also=also,
            publishes=settings.assemble.publishes,
        ),
    )


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


def _wait(store: RoundsStore, settings: RoundsSettings, n_waiting: int, where: str) -> None:
    WaitingRounds(
        name=settings.name,
        round=store.n_rounds,
        n_asked=store.n_asked,
        budget=settings.rounds.budget,
        n_waiting=n_waiting,
        where=where,
        since=datetime.now(UTC),
    ).write(store.root)
    with Warehouse.open(settings.warehouse):
        pass  # makes the catalog that `winnow status` reads, where nothing was published yet


def _judged(curation: Curation, store: RoundsStore) -> Pool:
    store.stage(curation.staging, of_seed=True)
    label_stage(curation)
    store.stage(curation.staging)
    combine_ratings(curation.staging, curation.settings.aggregate.combine, curation.run_id)
    return _pool(curation, store)


def _pool(curation: Curation, store: RoundsStore) -> Pool:
    settings, is_judged = _rounds_of(curation), bool(curation.settings.label)
    return read_pool(curation.staging, store.asked(), settings, is_judged=is_judged)


def _can_be_asked(pool: Pool, people: Labellers) -> Bools:
    return np.array([people.knows(i) for i in pool.state.items.to_pylist()], bool)


def _rounds_of(curation: Curation) -> RoundSettings:
    settings = curation.settings
    assert isinstance(settings, RoundsSettings)
    return settings.rounds
