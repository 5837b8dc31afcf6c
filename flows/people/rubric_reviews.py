"""What people made of rubrics in a queue, kept as the next versions."""

from typing import NamedTuple

from winnow.annotation.rubrics.reviewing import review, standing_reviews
from winnow.flows.people.store import PeopleStore
from winnow.flows.rubrics.bringing_in import sources_carried
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
    said = standing_reviews(store.reviews())
    shelf = Shelf.of(warehouse)
    reviewed = {one.criterion_id for one in said}
    taken = ReviewsTaken([], [], [])
    rows: list[Record] = []
    for rubric_id, criteria in shelf.criteria.items():
        if rubric_id not in shelf.rubrics or reviewed.isdisjoint(c.criterion_id for c in criteria):
            continue
        found = review(shelf.rubrics[rubric_id], criteria, said)
        if found.rubric is None or found.rubric.rubric_id in shelf.rubrics:
            continue
        if shelf.rubrics[rubric_id] not in shelf.newest:
            taken.outdated.append(shelf.rubrics[rubric_id])
            continue
        taken.versions.append(found.rubric)
        taken.dropped.extend(found.dropped)
        carried = sources_carried(shelf, shelf.rubrics[rubric_id], found.criteria)
        rows += [found.rubric, *found.criteria, *carried]
    if rows:
        shelve(warehouse, rows)
    return taken
