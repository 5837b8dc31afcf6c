"""The parts of a queue: the server, its data sets in Argilla, shared and personal, and gold in the warehouse."""

import os
from pathlib import Path

import pyarrow as pa

from winnow.annotation.queues.client import Client, DataSet
from winnow.annotation.queues.pseudonyms import Names
from winnow.annotation.queues.push import Queue
from winnow.flows.people.names import PSEUDONYM_KEY
from winnow.flows.settings.queue import QueueSettings
from winnow.schemas.measures import measure_sql
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.folders import WarehouseFolders


def connect(folder: Path) -> Client:
    """Connect to the team's own Argilla, else to the one on this machine.

    Args:
        folder: Folder of the warehouse.
    """
    from winnow.annotation.argilla.server import ArgillaServer
    from winnow.annotation.queues.team_address import team_address

    return Client(team_address() or ArgillaServer(WarehouseFolders(folder).argilla).address())


def names_of_people() -> Names:
    """Return what people are called: pseudonyms where WINNOW_PSEUDONYM_KEY is in the environment."""
    key = os.environ.get(PSEUDONYM_KEY)
    return Names(key.encode() if key else None)


def queue_data_sets(client: Client, name: str) -> list[DataSet]:
    """List the shared data set of a queue and the personal ones."""
    prefixes = (f"{name} third ", f"{name} senior ")
    found = client.data_sets()
    return [d for d in found if d.is_published and (d.name == name or d.name.startswith(prefixes))]


def shared_queue(settings: QueueSettings) -> Queue:
    """Return the part that everybody sees."""
    return Queue(
        name=settings.name,
        workspace=settings.workspace,
        task=settings.build(),
        n_people=settings.selection.n_people,
        members=settings.people,
    )


def personal_queue(settings: QueueSettings, person: str, round_: int) -> Queue:
    """Return the part that only one person sees, for third opinions (round 2) or adjudications (round 3)."""
    what = "third" if round_ == 2 else "senior"
    return Queue(
        name=f"{settings.name} {what} {person}",
        workspace=f"{settings.workspace} {person}",
        task=settings.build(),
        n_people=1,
        round=round_,
        members=(person,),
    )


def gold_of(warehouse: Warehouse) -> pa.Table:
    """Return the gold verdicts that do not contradict each other: item_id, verdict."""
    return warehouse.query(f"{measure_sql('known')} ORDER BY ALL")
