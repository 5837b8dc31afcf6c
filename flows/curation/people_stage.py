"""What people did in queues, put among the staged records of a run."""

from winnow.flows.curation.reviewed_rubrics import stage_reviewed_rubrics
from winnow.flows.people.store import PART, PeopleStore
from winnow.pipelines.tally import Tally
from winnow.schemas.runs import StageCount
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging


def stage_people(
    settings: WarehouseSettings, queues: tuple[str, ...], staging: Staging, run_id: str
) -> list[StageCount]:
    """Stage people's judgments of what a run compares, and the next versions of rubrics that they reviewed.

    Counts judgments and reviewed criteria; without queues nothing.
    """
    if not queues:
        return []
    tally = Tally("label", "people's judgments", run_id)
    stores = [PeopleStore(settings.kept, name) for name in queues]
    n_out = sum(store.stage(staging, tally) for store in stores)
    count = tally.close(staging, n_in=n_out + len(tally.rejects), n_out=n_out, part=PART)
    reviews = [review for store in stores for review in store.reviews()]
    if not reviews:
        return [count]
    with Warehouse.open(settings, read_only=True) as warehouse:
        return [count, stage_reviewed_rubrics(warehouse, reviews, staging, run_id)]
