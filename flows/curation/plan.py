"""What a run would do, worked out without calling a model."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from winnow.flows.curation.ahead import overlap_at
from winnow.flows.curation.changes import Changes, changes_since, keys_of
from winnow.flows.curation.curation import Curation
from winnow.flows.curation.people_stage import stage_people
from winnow.flows.curation.prospects import doubts_of_inputs, warnings_of_inputs
from winnow.flows.curation.published import made_by
from winnow.flows.curation.reading import read_all
from winnow.flows.curation.setting_aside import set_aside_of
from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.ahead.overlap import Overlap
from winnow.pipelines.beam import on_this_machine
from winnow.pipelines.guard import stop_for
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import judges_of
from winnow.pipelines.planning.walk import PlannedStep, Walk
from winnow.pipelines.question_sizes import Ask, asks_of
from winnow.pipelines.set_aside import asked_of
from winnow.pipelines.steps import LabelStep, RoundsStep, StepContext
from winnow.pipelines.steps.rounds import labelling_in
from winnow.pipelines.steps.sequence import filters_in
from winnow.pipelines.steps.step import Outcome, Step
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Gold
from winnow.schemas.runs import StageCount
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.staging import Staging


class Plan(NamedTuple):
    """What a run would read, ask and publish."""

    read: list[StageCount]
    """Counts of reading, as the run itself will have them."""

    steps: list[PlannedStep]
    """What each step would ask and add, in order."""

    reasons: list[str]
    """Of each step, why it asks what is new, or which of its settings changed since the newest run of the same name."""

    overlaps: list[Overlap]
    """Of each step, which judges begin while it is at work, and why others wait."""

    asks: list[Ask]
    """What entries of the settings ask, at its shortest and longest, to be held against contexts."""

    warnings: list[str]
    """What is asked for in vain."""

    n_people_asked: int
    """Labels that people have given in rounds."""

    published: str | None
    """The release that leaves this very run nothing to do; None where there is none."""


def plan(curation: Curation, *, looks_up: bool) -> Plan:
    """Read the inputs into a folder that is thrown away, and go through the steps with what is answered already.

    Args:
        curation: The run; it is not begun.
        looks_up: Whether answers are looked up and verifiers measure; else it is counted as if nothing were answered.

    Raises:
        MalformedInput: The run itself would stop at its inputs.
        Unpublishable: Nothing can come of it.
        InvalidSettings: A setting of the inputs has no effect, or there is too little gold for what `keep` asks for.
    """
    settings = curation.settings
    rounds = settings.rounds_step
    with TemporaryDirectory(prefix="winnow-plan-") as folder, _warehouse(settings) as warehouse:
        staging = Staging(Path(folder))
        people = PlannedPeople(settings, asked_of(staging))
        counts = read_all(settings, staging, "plan", curation.progress.note)
        stop_for(doubts_of_inputs(settings, staging), settings.allow)
        n_to_come = rounds.settings.budget if rounds else 0
        _check_gold(settings, staging.n_rows(Gold) + n_to_come)
        asks = asks_of(staging, settings.sequence)
        counts = [*counts, *(one for one in [set_aside_of(settings, staging, "plan")] if one)]
        warnings = list(warnings_of_inputs(settings, staging))
        published = _published(warehouse, curation) if warehouse and looks_up else None
        changes = changes_since(warehouse, curation, staging) if warehouse and looks_up else None
        walk = Walk(
            asked_of(staging),
            settings.sequence,
            models=curation.models,
            store=curation.store if looks_up else CompletionStore(Path(folder) / "none"),
            beam=on_this_machine(settings.beam),
            people=people,
            asks_again=looks_up and _asks_again(curation),
            measures=looks_up,
        )
        with _quiet():
            steps = [] if published else list(walk.steps())
    return Plan(
        read=list(counts),
        steps=steps,
        reasons=_reasons(steps, changes),
        overlaps=[overlap_at(curation, i) for i, _ in enumerate(steps)],
        asks=asks,
        warnings=warnings,
        n_people_asked=people.n_asked,
        published=published,
    )


class PlannedPeople:
    """The way of a plan to people: what they said is read, and nobody is asked anything."""

    def __init__(self, settings: CurationSettings, staging: Staging) -> None:
        self._settings, self._staging = settings, staging
        self.n_asked = 0

    def stage(self) -> Sequence[StageCount]:
        """Stage what people said in the queues of the run."""
        settings, at = self._settings, self._staging
        return stage_people(settings.warehouse, settings.queues, at, "plan")

    def take_turns(self, step: Step, at: StepContext) -> Outcome:
        """Have judges asked what they are asked between the turns of people."""
        from winnow.flows.rounds.store import RoundsStore

        assert isinstance(step, RoundsStep)
        settings = self._settings
        store = RoundsStore(settings.warehouse.kept, settings.name)
        n_people = step.settings.people.n_people if step.settings.people else 1
        self.n_asked = store.n_asked - len(store.pending(n_people))
        store.stage(at.staging, of_seed=True)
        judges = {"entries": tuple(judges_of(step.settings.label))}
        return LabelStep().model_copy(update=judges).work(labelling_in(at))


@contextmanager
def _warehouse(settings: CurationSettings) -> Iterator[Warehouse | None]:
    """Open the warehouse to read; None where there is none yet."""
    catalog = settings.warehouse.catalog_file
    if catalog is not None and not catalog.exists():
        yield None
        return
    with Warehouse.open(settings.warehouse, read_only=True) as warehouse:
        yield warehouse


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what steps say of labels: they are of what is there so far."""
    logger = logging.getLogger("winnow.pipelines")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _published(warehouse: Warehouse, curation: Curation) -> str | None:
    """Return the release that leaves this very run nothing to do; of one that requests are owed to, they are asked again."""
    made = made_by(warehouse, curation.run_id)
    return next((one.release.release for one in made if not one.n_owed), None)


def _asks_again(curation: Curation) -> bool:
    state = curation.folder.state()
    return bool(state and state.is_unread)


def _reasons(steps: Sequence[PlannedStep], changes: Changes | None) -> list[str]:
    """Say of each step why it asks what is new, or what of its settings changed; nothing where there was no run before."""
    if changes is None:
        return ["" for _ in steps]
    reasons, asking = [], ""
    for key, step in zip(keys_of(one.placed for one in steps), steps, strict=True):
        changed = list(changes.steps.get(key, ()))
        models = dict.fromkeys(one.model.name for one in step.asked if one.n_new)
        changed += [changes.models[name] for name in models if name in changes.models]
        if step.n_new and not changed:
            follows = f"follows from {asking}" if asking else ""
            changed = [why for why in (changes.input, follows) if why] or ["not asked yet"]
        if step.n_new:
            asking = asking or step.placed.stage
        reasons.append(", ".join(changed))
    return reasons


def _check_gold(settings: CurationSettings, n_gold: int) -> None:
    for place, entry in filters_in(settings.sequence):
        if entry.target and n_gold < entry.target.least_gold:
            raise InvalidSettings(
                f"{place}: {entry.filter} for {entry.target} needs {entry.target.least_gold} gold items at the least, "
                f"all of them right, and there are {n_gold}; ask for less, or add gold"
            )
