"""Put items into a queue, each exactly once however often and with however many interruptions it is tried."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from winnow.annotation.queues.cards import cards_of, nothing_to_show
from winnow.annotation.queues.client import Client, DataSet
from winnow.annotation.queues.forms import SHOWN, Card, Form
from winnow.annotation.queues.tasks.base import Task, View
from winnow.schemas.answers import Shown
from winnow.schemas.errors import CurationError, InvalidSettings, MalformedInput

BATCH = 200
"""Items sent at a time: Argilla takes all of a batch or none."""

_REFUSED = (413, 422)
"""Answers of Argilla that speak of the items it was sent, not of the data set or the account."""

Progress = Callable[[int, int], None]
"""Told after every batch how many items are done, and of how many."""


@dataclass(frozen=True)
class Queue:
    """One data set in Argilla."""

    name: str
    """Name of the data set; the further rounds of a queue are data sets of their own."""

    workspace: str
    """Workspace it lies in: its members see the queue."""

    task: Task
    """What people are asked."""

    n_people: int = 2
    """Answers after which an item leaves the queue."""

    round: int = 1
    """1 for the shared queue, 2 for a third opinion, 3 for an adjudication."""

    members: tuple[str, ...] = ()
    """Accounts that the workspace has to have."""


@dataclass(frozen=True)
class Pushed:
    """What became of the items."""

    n_new: int
    """Items added by this call."""

    n_there: int
    """Items that an earlier call had added."""

    n_unsuggested: int = 0
    """Those among them that stay without the suggestion that this call would have shown."""

    unfit: tuple[tuple[str, str], ...] = ()
    """Items that Argilla cannot show whole, so that nobody sees them: id of the subject, and why."""


class Push:
    """Items for a queue, of which everything is checked and nothing is changed until they are sent."""

    def __init__(
        self,
        client: Client,
        queue: Queue,
        views: Iterable[tuple[View, int]],
        *,
        seed: int = 0,
    ) -> None:
        """Look at everything that a push can be refused for, and at what is there already.

        Args:
            client: Connection to Argilla.
            queue: Where to.
            views: What to show, each with the number of its showing: 0 for the first, 1 for a repeat.
            seed: Seed of the order of responses.

        Raises:
            ArgillaUnavailable: The server broke off; call again.
            InvalidSettings: There is a data set of that name that asks other questions, the guidelines are too long, an
                account is missing, none of the items can be shown, or the key may not look at the queue.
        """
        self._client, self._queue = client, queue
        form = queue.task.form()
        self._cards, self._unfit = cards_of(queue.task, views, queue.round, seed)
        client.doing = f"preparing queue '{queue.name}'"
        client.check_accounts(queue.members)
        self._found, self._stale = _found(client, queue, form)
        if self._found is None and self._unfit and not self._cards:
            raise nothing_to_show(queue.name, self._unfit)
        there = items_in(client, self._found) if self._found else {}
        self._missing = [card for card in self._cards if card.item_id not in there]
        self._n_unsuggested = sum(
            card.is_judged and card.item_id in there and there[card.item_id].suggested is None
            for card in self._cards
        )
        self._n_sent = 0
        self._may_hold = False

    def may_be_seen(self) -> bool:
        """Say whether people may see something of this push, though it broke off: nobody knows where the server is gone."""
        return self._n_sent > 0 or self._may_hold

    def send(self, progress: Progress | None = None) -> Pushed:
        """Make what is missing of the queue, and add what is missing in it; an empty data set is taken away again.

        Args:
            progress: Told how far it is.

        Raises:
            ArgillaUnavailable: The server broke off; call again.
            InvalidSettings: The key may not do it, or Argilla takes none of the items.
        """
        if self._found:
            self._client.ensure_workspace(self._queue.workspace, self._queue.members)
            self._fill(self._found, progress)
        elif self._cards:
            made = _made(self._client, self._queue, self._stale)
            try:
                self._fill(made, progress)
                if not self._n_sent:
                    raise nothing_to_show(self._queue.name, self._unfit)
            except BaseException:
                if not self._n_sent:
                    self._take_away(made)
                raise
        n_there = len(self._cards) - len(self._missing)
        return Pushed(self._n_sent, n_there, self._n_unsuggested, tuple(self._unfit))

    def _fill(self, data_set: DataSet, progress: Progress | None) -> None:
        n_all, n_there = len(self._cards), len(self._cards) - len(self._missing)
        for done, batch in _batches(self._missing):
            self._client.doing = f"pushing to queue '{self._queue.name}' ({n_there + done} of {n_all} items are there)"
            self._send_batch(data_set, batch)
            if progress:
                progress(n_there + done + len(batch), n_all)

    def _send_batch(self, data_set: DataSet, batch: list[Card]) -> None:
        """Send a batch, which Argilla takes whole or not at all; what it refuses is found by halving."""
        try:
            self._client.create_records(data_set, batch)
        except MalformedInput as error:
            if error.status not in _REFUSED:
                raise
            if len(batch) > 1:
                half = len(batch) // 2
                self._send_batch(data_set, batch[:half])
                self._send_batch(data_set, batch[half:])
            else:
                shown = Shown.model_validate_json(batch[0].shown)
                self._unfit.append((shown.subject_id, f"Argilla refused it: {error.said}"))
        else:
            self._n_sent += len(batch)

    def _take_away(self, data_set: DataSet) -> None:
        self._may_hold = True
        with suppress(CurationError):
            if self._client.n_records(data_set) == 0:
                self._client.delete_data_set(data_set)
                self._may_hold = False


def push(
    client: Client,
    queue: Queue,
    views: Iterable[tuple[View, int]],
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Pushed:
    """Add what is missing of a queue, in the order given.

    What is there is listed first and left alone, so a push that broke off is completed by the next, and a push that
    ran through changes nothing when it is repeated. Takes and raises what `Push` and its `send` do.
    """
    return Push(client, queue, views, seed=seed).send(progress)


def find_data_set(client: Client, queue: Queue) -> DataSet | None:
    """Return the queue's data set; None where there is none.

    Raises:
        InvalidSettings: There is one that asks other questions.
    """
    found, _ = _found(client, queue, queue.task.form())
    return found


def ensure_data_set(client: Client, queue: Queue) -> DataSet:
    """Return the queue's data set, made where there is none.

    Raises:
        InvalidSettings: There is one that asks other questions.
    """
    found, stale = _found(client, queue, queue.task.form())
    return found or _made(client, queue, stale)


def _made(client: Client, queue: Queue, stale: DataSet | None) -> DataSet:
    """Make the queue's data set, in place of one that was left without records."""
    if stale is not None:
        client.delete_data_set(stale)
    workspace_id = client.ensure_workspace(queue.workspace, queue.members)
    form = queue.task.form()
    return client.create_data_set(queue.name, workspace_id, form, min_submitted=queue.n_people)


def _found(client: Client, queue: Queue, form: Form) -> tuple[DataSet | None, DataSet | None]:
    """Return the queue's data set, or one of its name that a push which broke off has left without records."""
    workspace_id = client.workspace(queue.workspace)
    named = client.data_sets(workspace_id) if workspace_id else []
    found = next((d for d in named if d.name == queue.name), None)
    if found is None:
        return None, None
    if not found.is_published:
        return None, found
    asked, wanted = client.choices(found), form.choices
    if asked == wanted:
        return found, None
    if client.is_ours(found) and client.n_records(found) == 0:
        return None, found
    raise InvalidSettings(
        f"queue '{queue.name}' asks {_questions(asked, wanted)}, the task asks {_questions(wanted, asked)}; Argilla "
        "cannot change the questions of a published data set: choose another name for the queue"
    )


def _questions(these: Mapping[str, list[str]], others: Mapping[str, list[str]]) -> str:
    """Name the questions, or where they are called alike, those whose choices differ with their choices."""
    if these.keys() != others.keys():
        return ", ".join(sorted(these))
    differ = (name for name in sorted(these) if these[name] != others[name])
    return ", ".join(f"{name} ({'|'.join(these[name])})" for name in differ)


def items_in(client: Client, data_set: DataSet) -> dict[str, Shown]:
    """Return what each item of a data set shows, by item_id; records that no push put there are left out."""
    found = (record for page, _ in client.records(data_set) for record in page)
    shown = ((record["external_id"], (record.get("metadata") or {}).get(SHOWN)) for record in found)
    return {item_id: Shown.model_validate_json(text) for item_id, text in shown if text}


def _batches(cards: Sequence[Card]) -> Iterable[tuple[int, list[Card]]]:
    rest = iter(cards)
    done = 0
    while batch := list(islice(rest, BATCH)):
        yield done, batch
        done += len(batch)
