"""Whether a run was published before: looked up before anything is started for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from winnow.flows.curation.curation import Curation, Published
from winnow.flows.curation.state import next_run_id
from winnow.schemas.plurals import counted
from winnow.schemas.runs import Release
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release_of, run_of
from winnow.warehouse.settings import WarehouseSettings


class OpenRelease(NamedTuple):
    """A release that is there, in an open warehouse."""

    release: str
    """Name and number."""

    warehouse: Warehouse
    """Where it lies."""


@contextmanager
def standing(curation: Curation) -> Iterator[OpenRelease | None]:
    """Look for the release that leaves this very run nothing to do; None where there is work, or no warehouse yet.

    The warehouse that it was found in stays open meanwhile: to open it takes longer than to look.
    """
    settings = curation.settings.warehouse
    is_new = settings.catalog_file is not None and not settings.catalog_file.exists()
    if is_new or curation.asks_again:
        yield None
        return
    with Warehouse.open(settings) as warehouse:
        made = (before for before in made_by(warehouse, curation.run_id) if not before.n_owed)
        if found := next((before.release.release for before in made), None):
            yield OpenRelease(found, warehouse)
            return
    yield None


@contextmanager
def at_hand(settings: WarehouseSettings, release: str) -> Iterator[OpenRelease]:
    """Open the warehouse for all that is read of a release that was just published."""
    with Warehouse.open(settings, read_only=True) as warehouse:
        yield OpenRelease(release, warehouse)


def published(curation: Curation) -> Release | None:
    """Find the release that this very run made before; None where it made none, or one that requests are owed to.

    Of the latter the run goes on: it asks again what failed. So it does of any where unreadable replies are asked for again.
    """
    with Warehouse.open(curation.settings.warehouse) as warehouse:
        for before in made_by(warehouse, curation.run_id):
            if not before.n_owed and not curation.asks_again:
                return before.release
            curation.go_on_from(before)
    if last := curation.before:
        failed = f" while {counted(last.n_owed, 'request')} had failed" if last.n_owed else ""
        what = "unreadable replies" if curation.asks_again else "they"
        curation.progress.say(
            f"{last.release.release} was published{failed}: {what} are asked again"
        )
    return None


def made_by(warehouse: Warehouse, run_id: str) -> Iterator[Published]:
    """List what a run published, and then what came each time that it went on from there."""
    while release := release_of(warehouse, run_id):
        yield Published(release, run_of(warehouse, release.release).n_owed)
        run_id = next_run_id(run_id)
