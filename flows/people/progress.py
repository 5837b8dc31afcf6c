"""How far the people of each queue are, asked of Argilla without a pull."""

from dataclasses import dataclass
from datetime import datetime

from winnow.annotation.queues.people_client import AnswerCounts, PeopleClient
from winnow.flows.people.accounts import annotators
from winnow.flows.people.names import queues_in
from winnow.flows.people.parts import queue_data_sets
from winnow.schemas.errors import UnknownName
from winnow.warehouse.places.place import Place


@dataclass(frozen=True)
class PersonInQueue:
    """How far one person is in one queue, further opinions included."""

    person: str
    queue: str | None
    """Name of the queue; None where the person is in none of this warehouse."""

    n_answered: int = 0
    n_waiting: int = 0
    n_skipped: int = 0
    last_active_at: datetime | None = None
    """When the person last wrote an answer or a draft, in UTC; None where they did not, or the server does not tell."""

    is_removed: bool = False


@dataclass(frozen=True)
class QueueProgress:
    """How far one queue is: items that have enough answers, of those that are shown to everybody."""

    queue: str
    n_done: int
    n_items: int


@dataclass(frozen=True)
class PeopleProgress:
    """How far everybody is."""

    people: tuple[PersonInQueue, ...]
    queues: tuple[QueueProgress, ...]


def people_progress(place: Place, client: PeopleClient, name: str | None = None) -> PeopleProgress:
    """Ask Argilla how far the people of each queue are.

    Args:
        place: What people answered in a warehouse, whose queues are asked about.
        client: Connection to Argilla.
        name: The only person asked about; None for everybody.

    Raises:
        UnknownName: There is nobody of that name.
    """
    known = client.people()
    if name is not None and name not in known:
        raise UnknownName.among("annotator", name, annotators(known.values()))
    rows: list[PersonInQueue] = []
    queues: list[QueueProgress] = []
    for queue in queues_in(place):
        found = {d.name: client.progress(d) for d in queue_data_sets(client, queue)}
        if queue in found:
            n_items = found[queue].n_items
            queues.append(QueueProgress(queue, n_items - found[queue].n_pending, n_items))
        names = {each for p in found.values() for each in (*p.members, *p.answers)}
        for person in names:
            is_removed = person in known and known[person].is_removed
            done = [p.answers.get(person, AnswerCounts()) for p in found.values()]
            rows.append(
                PersonInQueue(
                    person,
                    queue,
                    n_answered=sum(a.n_submitted for a in done),
                    n_waiting=sum(p.n_waiting(person) for p in found.values()),
                    n_skipped=sum(a.n_discarded for a in done),
                    last_active_at=max(
                        (a.last_active_at for a in done if a.last_active_at), default=None
                    ),
                    is_removed=is_removed,
                )
            )
    in_queues = {row.person for row in rows}
    rows += [
        PersonInQueue(p.name, None, is_removed=p.is_removed)
        for p in known.values()
        if p.name not in in_queues
        and ((p.role == "annotator" and not p.is_removed) or p.name == name)
    ]
    rows.sort(key=lambda row: (row.is_removed, row.person, row.queue or ""))
    return PeopleProgress(tuple(row for row in rows if name in (None, row.person)), tuple(queues))
