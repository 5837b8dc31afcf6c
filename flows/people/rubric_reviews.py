"""What people made of rubrics in a queue, kept as the next versions."""

from typing import NamedTuple

from winnow.flows.people.store import PeopleStore
from winnow.flows.rubrics.reviewed import reviewed_rubrics
from winnow.flows.rubrics.shelf import Shelf
from winnow.schemas.base import Record
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.shelving import shelve


class ReviewsTaken(NamedTuple):
    """What reviews came to."""

    versions: list[Rubric]
    """The next versions that are new."""

    dropped: list[Criterion]
    """Criteria of the versions before that they lack, since more people reject than keep them."""

    outdated: list[Rubric]
    """Rubrics that were reviewed and have a next version of another origin; what people said of them changes nothing."""


def take_over_reviews(warehouse: Warehouse, queue: str) -> ReviewsTaken:
    """Make the next version of every rubric that people changed in a queue, from their answers as last pulled.

    Args:
        warehouse: Where the rubrics are; open for writing.
        queue: Name of the queue.

    Raises:
        UnknownName: Nothing was pushed to a queue of that name.
    """
    store = PeopleStore(warehouse.settings.kept, queue)
    store.check_pushed()
    taken = ReviewsTaken([], [], [])
    rows: list[Record] = []
    for one in reviewed_rubrics(Shelf.of(warehouse), store.reviews()):
        if one.is_outdated:
            taken.outdated.append(one.rubric)
        if one.version is not None and one.is_new:
            taken.versions.append(one.version)
            taken.dropped.extend(one.dropped)
            rows += [one.version, *one.version_criteria, *one.sources]
    if rows:
        shelve(warehouse, rows)
    return taken
