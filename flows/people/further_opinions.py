"""What is asked beyond the first answers: a third person where two differ, a senior where three do, and repeats."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from winnow.annotation.queues.client import Client
from winnow.annotation.queues.overlap import (
    Opinion,
    Request,
    Staff,
    beyond,
    n_answers_left,
    n_unasked,
    next_requests,
)
from winnow.annotation.queues.pseudonyms import Names
from winnow.annotation.queues.push import items_in, push
from winnow.annotation.queues.repeats import due_repeats
from winnow.annotation.queues.tasks import View, item_id
from winnow.flows.people.items import views_of
from winnow.flows.people.parts import gold_of, personal_queue, queue_data_sets, shared_queue
from winnow.flows.people.store import PeopleStore
from winnow.flows.settings.queue import QueueSettings
from winnow.schemas.answers import Shown
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import last_words
from winnow.schemas.plurals import counted
from winnow.warehouse.catalog import Warehouse


@dataclass(frozen=True)
class Further:
    """What was asked for beyond the first answers."""

    n_thirds: int
    """Items on which the first people differ, shown to a third."""

    n_adjudications: int
    """Items that go to a senior."""

    n_repeats: int = 0
    """Items shown a second time to those who answered them."""

    waiting: tuple[str, ...] = ()
    """Why items on which people differ have nobody to decide them, and what to do: a sentence a reason."""


def ask_further(
    warehouse: Warehouse, client: Client, name: str, names: Names | None = None
) -> Further:
    """Ask a third person where two differ, a senior where three do, and everyone a second time now and then.

    Third and senior opinions are items in a queue of the person asked, in a workspace that nobody else sees; repeats go
    into the shared queue. All items that are in the queue count, whichever release they came from, but for gold: its
    verdict is known. The budget is kept. Call it after every pull; nobody is asked twice. Where the settings name
    nobody, whoever annotates in the queue's workspace is asked.

    Raises:
        UnknownName: Nothing was pushed to a queue of that name.
        ArgillaUnavailable: The server broke off; call again.
    """
    store = PeopleStore(warehouse.settings.kept, name)
    settings, gone = _without_gone(client, store.settings())
    selection, seniors = settings.selection, settings.seniors
    people = settings.people or _annotators(client, settings)
    called = {(names or Names()).annotator_id(p): p for p in (*people, *seniors)}
    by_person = {account: annotator_id for annotator_id, account in called.items()}
    staff = Staff([by_person[p] for p in people], [by_person[p] for p in seniors])
    shown, asked = _on_show(client, name, by_person)
    gold = set(gold_of(warehouse)["item_id"].to_pylist())
    views = views_of(warehouse, (s for s in shown.values() if s.subject_id not in gold))
    again = _push_repeats(client, settings, store, shown, views)
    opinions, n_people = _opinions(store, views), selection.n_people
    n_left = n_answers_left(
        selection.n_answers,
        n_first_round=len(shown) + again,
        n_people=n_people,
        n_asked=len(asked),
        n_beyond=beyond(store.answers(), n_people),
    )
    found = next_requests(
        opinions, staff, asked=asked, n_left=n_left, n_people=n_people, seed=selection.seed
    )
    _push_requests(client, settings, found, views, called)
    n_thirds = sum(request.round == 2 for request in found)
    unasked = n_unasked(opinions, staff, asked=[*asked, *found], n_people=n_people)
    waiting = why_waiting(settings, *unasked, gone=gone, is_spent=n_left == len(found))
    return Further(n_thirds, len(found) - n_thirds, again, tuple(waiting))


def _without_gone(client: Client, settings: QueueSettings) -> tuple[QueueSettings, list[str]]:
    """Leave out the accounts that the settings name and that are gone from Argilla, or closed, and name them."""
    named = (*settings.people, *settings.seniors)
    there = set(client.open_accounts()) if named else set()
    left = {
        "people": tuple(name for name in settings.people if name in there),
        "seniors": tuple(name for name in settings.seniors if name in there),
    }
    gone = [name for name in dict.fromkeys(named) if name not in there]
    return settings.model_copy(update=left), gone


def _annotators(client: Client, settings: QueueSettings) -> list[str]:
    """Return whoever annotates in the queue's workspace, but for seniors."""
    workspace_id = client.workspace(settings.workspace)
    members = client.annotators(workspace_id) if workspace_id else []
    return [name for name in members if name not in settings.seniors]


def why_waiting(
    settings: QueueSettings, n_thirds: int, n_seniors: int, *, gone: Sequence[str], is_spent: bool
) -> Iterator[str]:
    """Say why nobody is asked where people differ, and the way out.

    Args:
        settings: The queue.
        n_thirds: Items that wait for a third opinion.
        n_seniors: Items that wait for a senior.
        gone: Accounts that the settings name and Argilla does not have.
        is_spent: Whether the budget is spent.
    """
    again = f"in the file of queue '{settings.name}' and push it again"
    if gone:
        yield f"not in Argilla any more, so nothing is asked of them: {', '.join(gone)}; take them off the list {again}"
    if is_spent and (n_thirds or n_seniors):
        yield (
            f"{counted(n_thirds + n_seniors, 'item')} on which people differ: nobody more is asked, since the budget of "
            f"{settings.selection.n_answers:,} answers is spent; raise it {again}"
        )
        return
    if n_thirds:
        way = (
            f"name another in 'people' {again}"
            if settings.people
            else f"add an annotator to workspace '{settings.workspace}'"
        )
        yield f"{counted(n_thirds, 'item')} on which people differ: nobody is left to ask who has not answered; {way}, then pull again"
    if n_seniors:
        yield f"{counted(n_seniors, 'item')} on which even the third did not decide: there is no senior left to ask; name one in 'seniors' {again}"


def _on_show(
    client: Client, name: str, by_person: Mapping[str, str]
) -> tuple[dict[str, Shown], list[Request]]:
    """Return what each item of the shared queue shows, and what was asked of whom beyond it."""
    shared: dict[str, Shown] = {}
    asked: list[Request] = []
    for data_set in queue_data_sets(client, name):
        shown = items_in(client, data_set)
        if data_set.name == name:
            shared = shown
            continue
        person = by_person.get(data_set.name.rpartition(" ")[2], data_set.name)
        asked += [Request(s.subject_id, person, 2 if s.round == 2 else 3) for s in shown.values()]
    return shared, asked


def _opinions(store: PeopleStore, subject_ids: Collection[str]) -> list[Opinion]:
    """Return the last word of each person on each of these comparisons, of repeats the first showing."""
    rounds = {answer.item_id: answer.shown.round for answer in store.answers()}
    said = Judgment.from_table(last_words(store.judgments()))
    found: dict[tuple[str, str], Opinion] = {}
    for j in said:
        if j.subject_id not in subject_ids or j.verdict is None:
            continue
        round_ = rounds[str(j.request_id)]
        opinion = Opinion(j.subject_id, j.annotator_id, j.verdict, round_)
        found.setdefault((j.subject_id, j.annotator_id), opinion)
    return list(found.values())


def _push_repeats(
    client: Client,
    settings: QueueSettings,
    store: PeopleStore,
    shown: Mapping[str, Shown],
    views: Mapping[str, View],
) -> int:
    """Put into the shared queue what is due to be shown again, and give how many items that are."""
    task = settings.build()
    first = {i: s.subject_id for i, s in shown.items() if i == item_id(s.subject_id, task)}
    found = due_repeats(
        store.answers(),
        first,
        settings.selection,
        repeated=[
            i for i, subject_id in first.items() if item_id(subject_id, task, copy=1) in shown
        ],
        unrepeatable=[i for i, subject_id in first.items() if subject_id not in views],
    )
    if not found:
        return 0
    again = [(views[first[i]], 1) for i in found]
    return push(client, shared_queue(settings), again, seed=settings.selection.seed).n_new


def _push_requests(
    client: Client,
    settings: QueueSettings,
    requests: Iterable[Request],
    views: Mapping[str, View],
    called: Mapping[str, str],
) -> None:
    in_order = sorted(requests, key=lambda r: (r.round, r.annotator_id))
    for (round_, annotator_id), of_one in groupby(
        in_order, key=lambda r: (r.round, r.annotator_id)
    ):
        push(
            client,
            personal_queue(settings, called[annotator_id], round_),
            [(views[r.comparison_id], 0) for r in of_one],
            seed=settings.selection.seed,
        )
