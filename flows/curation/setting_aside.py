"""How a run sets aside prompts that nearly repeat another, and calls in those that might be kept after all."""

from winnow.flows.curation.curation import Curation
from winnow.flows.people.store import PeopleStore
from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.set_aside import CALLED, STAGE, call_in, set_aside
from winnow.pipelines.steps.sequence import asks_without_repeats
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging


def set_aside_of(settings: CurationSettings, staging: Staging, run_id: str) -> StageCount | None:
    """Set aside what a run need not ask about; None where nothing is.

    Args:
        settings: The run.
        staging: Holds what was read.
        run_id: The run.
    """
    threshold = asks_without_repeats(settings.sequence)
    if threshold is None:
        return None
    stores = (PeopleStore(settings.warehouse.kept, name) for name in settings.queues)
    heard = {answer.shown.prompt_id for store in stores for answer in store.answers()}
    count = set_aside(staging, threshold, run_id, heard)
    return count if count.rejects else None


def set_aside_near(curation: Curation) -> None:
    """Set aside, before the first step, what the run need not ask about."""
    if asks_without_repeats(curation.settings.sequence) is None:
        return

    def work() -> list[StageCount]:
        count = set_aside_of(curation.settings, curation.staging, curation.run_id)
        return [count] if count else []

    curation.count(STAGE, work)
    curation.remember()


def call_in_undecided(curation: Curation) -> None:
    """Go back ahead of the first step with the prompts that might be kept after all."""
    called = tuple(curation.called)
    n = len(called)
    curation.progress.say(
        f"  {STAGE:<10} {counted(n, 'prompt')} {agreeing(n, 'is', 'are')} asked after all: "
        f"no label of what {agreeing(n, 'it repeats', 'they repeat')} is kept"
    )
    curation.go_back(but=CALLED)
    before = curation.counts.pop()
    curation.count(STAGE, lambda: call_in(curation.staging, called, before))
    curation.remember()
