"""Accounts of annotators: on the Argilla that Winnow started, or on the team's own."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from winnow.annotation.argilla.server import Account, ArgillaServer, handout
from winnow.annotation.argilla.server.accounts import check_name, new_password
from winnow.annotation.queues.people_client import PeopleClient, Person
from winnow.annotation.queues.team_address import team_address
from winnow.flows.people.names import queues_in
from winnow.flows.people.parts import personal_queue, queue_data_sets
from winnow.flows.people.store import PeopleStore
from winnow.schemas.errors import InvalidSettings, UnknownName
from winnow.warehouse.settings import WarehouseSettings

_WORKSPACE = "winnow"
"""Workspace that new annotators of a team's own Argilla join where ARGILLA_WORKSPACE names none."""


@dataclass(frozen=True)
class WayIn:
    """How one annotator gets in."""

    name: str
    """Name of the account."""

    file: Path | None
    """What to hand to this person alone; None where the password is known to this person alone."""

    is_new: bool
    """Whether this call made the account, or opened it again."""


@dataclass(frozen=True)
class Removal:
    """What became of what waited for somebody who was removed."""

    n_taken_back: int
    """Further opinions that were asked of them and not given: others are asked at the next pull."""

    queues: tuple[str, ...]
    """Queues whose settings named them."""


@dataclass(frozen=True)
class People:
    """The annotators of one Argilla, what they are handed, and the queues of one warehouse that they work on."""

    warehouse: WarehouseSettings
    """The warehouse."""

    client: PeopleClient
    server: ArgillaServer | None
    """The server that Winnow started, which keeps passwords; None for a team's own."""

    workspace: str
    """Workspace that new annotators join."""

    address: str
    """Where annotators find the page."""

    def add(self, names: Sequence[str]) -> list[WayIn]:
        """Make an account for each name and write what to hand to each person; those that are there stay as they are.

        Raises:
            InvalidSettings: A name is none, or is taken by an owner or admin; nobody gets an account then.
        """
        known = self.client.people()
        for name in names:
            check_name(name)
            _check_annotator(known.get(name))
        found = [self._add(name, known.get(name)) for name in names]
        self.client.ensure_workspace(self.workspace, names)
        return found

    def _add(self, name: str, person: Person | None) -> WayIn:
        if person is None:
            password = new_password()
            return self._new(Account(name, password, self.client.create_annotator(name, password)))
        if person.is_removed:
            return self._new(self._opened(person))
        kept = self.server.credentials().find(name) if self.server else None
        return WayIn(name, self._write(kept) if kept else None, is_new=False)

    def reset(self, name: str) -> WayIn:
        """Return somebody a new password, and write what to hand to them.

        Raises:
            UnknownName: There is no such annotator.
        """
        return self._new(self._opened(self._find(name)))

    def remove(self, name: str) -> Removal:
        """Close an account. What the person answered stays, in the warehouse and for the next pull.

        What was asked of this person alone and is not answered is taken back, so that the next pull asks others.

        Raises:
            UnknownName: There is no such annotator.
        """
        self.client.close(self._find(name), new_password())
        if self.server:
            self.server.forget_account(name)
        handout.remove(self._home, name)
        queues = queues_in(self.warehouse.people)
        n_taken_back = sum(self._take_back(queue, name) for queue in queues)
        return Removal(n_taken_back, tuple(queue for queue in queues if self._leave(queue, name)))

    def _take_back(self, queue: str, name: str) -> int:
        settings = PeopleStore(self.warehouse.kept, queue).settings()
        own = {personal_queue(settings, name, round_).name for round_ in (2, 3)}
        found = (d for d in queue_data_sets(self.client, queue) if d.name in own)
        return sum(self.client.take_back(data_set) for data_set in found)

    def _leave(self, queue: str, name: str) -> bool:
        """Take somebody off the lists that a queue was pushed with; gives whether they were on one."""
        store = PeopleStore(self.warehouse.kept, queue)
        settings = store.settings()
        if name not in (*settings.people, *settings.seniors):
            return False
        rest = {
            key: tuple(each for each in getattr(settings, key) if each != name)
            for key in ("people", "seniors")
        }
        store.remember(settings.model_copy(update=rest))
        return True

    @property
    def _home(self) -> Path:
        return self.warehouse.folders.argilla

    def _find(self, name: str) -> Person:
        known = self.client.people()
        person = known.get(name)
        _check_annotator(person)
        if person is None or person.is_removed:
            raise UnknownName.among("annotator", name, annotators(known.values()))
        return person

    def _opened(self, person: Person) -> Account:
        password = new_password()
        return Account(person.name, password, self.client.open(person, password))

    def _new(self, account: Account) -> WayIn:
        if self.server:
            self.server.keep_account(account)
        return WayIn(account.name, self._write(account), is_new=True)

    def _write(self, account: Account) -> Path:
        return handout.write(self._home, account.name, account.password, self.address)


@contextmanager
def people_of(warehouse: WarehouseSettings, address: str | None = None) -> Iterator[People]:
    """Connect to the team's own Argilla, else to the one on this machine.

    Args:
        warehouse: The warehouse.
        address: Where annotators find the page; None where they find it as this machine does.

    Raises:
        TransientError: The Argilla on this machine does not run.
    """
    if team := team_address():
        with PeopleClient(team) as client:
            workspace = team.workspace or _WORKSPACE
            yield People(warehouse, client, None, workspace, address or team.url)
        return
    server = ArgillaServer(warehouse.folders.argilla)
    with PeopleClient(server.address()) as client:
        found = address or server.address_for_others()
        yield People(warehouse, client, server, server.workspace, found)


def annotators(people: Iterable[Person]) -> list[str]:
    """List the names of those who may label."""
    return [p.name for p in people if p.role == "annotator" and not p.is_removed]


def _check_annotator(person: Person | None) -> None:
    if person is not None and person.role != "annotator":
        raise InvalidSettings(
            f"'{person.name}' is an account of the role {person.role} in Argilla, and these commands are for annotators; "
            "choose another name, or change the account in Argilla",
            name=person.name,
        )
