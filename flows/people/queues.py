"""Queues joined with the warehouse: what people see comes from a release, what they say goes into the next."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from winnow.annotation.quality.figures import agreement_figures
from winnow.annotation.queues.cards import nothing_to_show
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.pseudonyms import Names
from winnow.annotation.queues.pull import Pulled, pull
from winnow.annotation.queues.push import Push, Pushed, Queue, find_data_set, items_in
from winnow.annotation.queues.selection import affordable, select
from winnow.annotation.queues.tasks import Task, View
from winnow.flows.people.items import release_views, suggestions_of
from winnow.flows.people.names import settle_names
from winnow.flows.people.parts import gold_of, queue_data_sets, shared_queue
from winnow.flows.people.rubric_items import rubric_views
from winnow.flows.people.store import PeopleStore
from winnow.flows.settings.queue import QueueSettings
from winnow.schemas.agreement import AgreementFigures
from winnow.schemas.errors import InvalidSettings
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.places.place import Place
from winnow.warehouse.releases import release
from winnow.warehouse.sql import quote

Progress = Callable[[int, int], None]


def push_queue(
    warehouse: Warehouse,
    client: Client,
    settings: QueueSettings,
    progress: Progress | None = None,
    *,
    has_suggestions: bool = False,
) -> Pushed:
    """Show people the chosen comparisons of a release, or rubrics; what is in the queue already is left alone.

    Args:
        warehouse: Where the release is.
        client: Connection to Argilla.
        settings: The queue.
        progress: Told how far it is.
        has_suggestions: Whether each item comes with the release's label as a suggestion.

    Raises:
        UnknownName: There is no such release.
        InvalidSettings: The selection needs judgments that there are not, or the queue asks other questions.
        ArgillaUnavailable: The server broke off; call again.
    """
    task = settings.build()
    source = None if settings.rubrics is not None else release(warehouse, settings.release)
    if source is None:
        found = rubric_views(warehouse, settings.rubrics or (), task)
    else:
        found = release_views(warehouse, source.release, task)
    unfit = [(i, why) for i, view in found.items() if (why := _why_unfit(task, view))]
    views = {i: found[i] for i in found.keys() - {i for i, _ in unfit}}
    if unfit and not views:
        raise nothing_to_show(settings.name, unfit)
    of_run = f"run_id = {quote(source.run_id)}" if source else "false"
    labels = warehouse.query(f"SELECT * FROM labels WHERE {of_run}")
    suggested = suggestions_of(labels, task) if has_suggestions else {}
    judgments = warehouse.query(
        "SELECT comparison_id, kind, verdict FROM judgments WHERE comparison_id IS NOT NULL"
    )
    items = select(
        list(views),
        settings.selection,
        labels=labels,
        judgments=judgments,
        gold_ids=[i for i in gold_of(warehouse)["item_id"].to_pylist() if i in views],
    )
    if not items:
        raise InvalidSettings(
            f"{source.release if source else 'the warehouse'} has nothing for task '{settings.task}' that the selection wants; "
            "choose another strategy, task or release"
        )
    queue = shared_queue(settings)
    client.doing = f"preparing queue '{queue.name}'"
    client.check_accounts(settings.seniors)
    if settings.selection.n_items is not None:
        data_set = find_data_set(client, queue)
        shown = items_in(client, data_set).values() if data_set else ()
        items = affordable(items, settings.selection, {s.subject_id for s in shown}, len(shown))
    chosen = [
        replace(views[i.comparison_id], suggested=suggested.get(i.comparison_id)) for i in items
    ]
    pinned = settings.model_copy(update={"release": source.release}) if source else settings
    seed = settings.selection.seed
    pushed = push_views(warehouse.settings.kept, client, pinned, queue, chosen, seed, progress)
    return replace(pushed, unfit=(*unfit, *pushed.unfit))


def _why_unfit(task: Task, view: View) -> str | None:
    if not view.prompt.is_known or not all(response.is_known for response in view.responses):
        return "no text: only the models are known"
    return task.unfit(view)


def push_views(
    place: Place | Path,
    client: Client,
    settings: QueueSettings,
    queue: Queue,
    views: Iterable[View],
    seed: int = 0,
    progress: Progress | None = None,
) -> Pushed:
    """Put items before people and keep the settings by which their answers are read.

    Everything is checked before anything is changed. Where the push comes to nothing all the same, what was kept of the
    queue before is kept on, and no empty data set stays. At whatever moment it is killed, a pull works.

    Args:
        place: Where the warehouse keeps what machines share.
        client: Connection to Argilla.
        settings: The queue.
        queue: The part of it that is added to.
        views: What to show.
        seed: Seed of the order of responses.
        progress: Told how far it is.

    Raises:
        InvalidSettings: The queue or its answers here are of another task, an account is missing, the key may not do it,
            or none of the items can be shown.
        ArgillaUnavailable: The server broke off; call again.
    """
    store = PeopleStore(place, settings.name)
    store.check(settings)
    ready = Push(client, queue, [(view, 0) for view in views], seed=seed)
    with store.trying(settings, ready.may_be_seen):
        return ready.send(progress)


def pull_queue(
    place: Place | Path,
    client: Client,
    name: str,
    names: Names | None = None,
    progress: Progress | None = None,
    published: Iterable[str] = (),
) -> Pulled:
    """Take over what people answered in a queue since the last pull, and read all answers anew.

    Args:
        place: Where the warehouse keeps what machines share.
        client: Connection to Argilla.
        name: Name of the queue.
        names: What annotators are called.
        progress: Told how far it is.
        published: What people are called in the releases of the warehouse, as `published_people` gives it.

    Raises:
        UnknownName: Nothing was pushed to a queue of that name.
        InvalidSettings: People would be called something else than by the pulls before.
        ArgillaUnavailable: The server broke off; call again.
    """
    store = PeopleStore(place, name)
    store.settings()
    client.doing = f"looking for queue '{name}'"
    called = names or Names()
    n_joined = settle_names(store.people, called, lambda: client.accounts().values(), published)
    pulled = pull(
        client,
        queue_data_sets(client, name),
        store.keep,
        known=store.answers(),
        cursor=store.cursor(),
        names=called,
        progress=progress,
    )
    store.advance(pulled.cursor)
    store.read_out()
    return replace(pulled, n_joined=n_joined)


def published_people(warehouse: Warehouse) -> list[str]:
    """Return what people are called whose answers in queues were published."""
    found = warehouse.query(
        "SELECT DISTINCT annotator_id FROM judgments WHERE kind = 'human' AND request_id IS NOT NULL ORDER BY ALL"
    )
    return [str(annotator_id) for annotator_id in found["annotator_id"].to_pylist()]


def queue_quality(warehouse: Warehouse, name: str) -> AgreementFigures:
    """Measure how far the people of a queue agree with each other, with gold and with themselves.

    Raises:
        UnknownName: Nothing was pushed to a queue of that name.
    """
    store = PeopleStore(warehouse.settings.kept, name)
    store.settings()
    return agreement_figures(store.judgments(), gold_of(warehouse))


def queue_hashes(place: Place | Path, queues: tuple[str, ...]) -> dict[str, str]:
    """Return for each queue the hash of what a run takes from it, to be one of the run's inputs.

    Raises:
        UnknownName: Nothing was pushed to a queue of that name.
    """
    stores = {name: PeopleStore(place, name) for name in queues}
    for store in stores.values():
        store.check_pushed()
    return {f"queue:{name}": store.fingerprint() for name, store in stores.items()}
