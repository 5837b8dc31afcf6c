"""The part of Argilla's HTTP interface that is about people: their accounts, and how far each is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from winnow.annotation.queues.client import CLOSED, Client, DataSet

_AT_ONCE = 100
"""Records that Argilla deletes with one request."""


@dataclass(frozen=True)
class Person:
    """An account in Argilla."""

    id: str
    """Argilla's id."""

    name: str
    """User name."""

    role: str
    """owner, admin or annotator."""

    is_removed: bool
    """Whether `close` closed it."""


@dataclass(frozen=True)
class AnswerCounts:
    """What one person did in one data set."""

    n_submitted: int = 0
    """Items answered."""

    n_discarded: int = 0
    """Items put aside."""

    n_done_of_pending: int = 0
    """Of these, items that still wait for others."""

    last_active_at: datetime | None = None
    """When the last answer or draft was written (UTC); None where there is none, or the server does not tell."""


@dataclass(frozen=True)
class DataSetProgress:
    """How far one data set is."""

    n_items: int
    """Items in it."""

    n_pending: int
    """Items without enough answers."""

    members: frozenset[str]
    """Annotators who see it."""

    answers: Mapping[str, AnswerCounts]
    """What was done, by the name of the person."""

    def n_waiting(self, name: str) -> int:
        """Count what still waits for one person: items without enough answers, and without theirs."""
        if name not in self.members:
            return 0
        return self.n_pending - self.answers.get(name, AnswerCounts()).n_done_of_pending


class PeopleClient(Client):
    """A connection to one Argilla, signed in as owner, which alone may change accounts. Raises what `Client` raises."""

    def people(self) -> dict[str, Person]:
        """List every account by name."""
        found = (_person(user) for user in self._call("GET", "users")["items"])
        return {person.name: person for person in found}

    def create_annotator(self, name: str, password: str) -> str:
        """Make an account and give its key."""
        body = {"username": name, "first_name": name, "password": password, "role": "annotator"}
        return str(self._call("POST", "users", json=body)["api_key"])

    def open(self, person: Person, password: str) -> str:
        """Change the password of an account, and return its key: a new one where Winnow started the server.

        An account that was closed is open again.
        """
        again = {"last_name": None} if person.is_removed else {}
        body = {"password": password, **again}
        return str(self._call("PATCH", f"users/{person.id}", json=body)["api_key"])

    def close(self, person: Person, password: str) -> None:
        """Take an account out of all workspaces and give it a password that nobody is told; its answers stay."""
        for space in self._call("GET", f"users/{person.id}/workspaces")["items"]:
            self._call("DELETE", f"workspaces/{space['id']}/users/{person.id}")
        body = {"password": password, "last_name": CLOSED}
        self._call("PATCH", f"users/{person.id}", json=body)

    def progress(self, data_set: DataSet) -> DataSetProgress:
        """Return how far a data set and the people in it are, without reading its records."""
        found = self._call("GET", f"datasets/{data_set.id}")
        counts = self._call("GET", f"datasets/{data_set.id}/progress")
        people = self._call("GET", f"datasets/{data_set.id}/users/progress")["users"]
        members = self._call("GET", f"workspaces/{found['workspace_id']}/users")["items"]
        return DataSetProgress(
            n_items=counts["total"],
            n_pending=counts["pending"],
            members=frozenset(m["username"] for m in members if m["role"] == "annotator"),
            answers={person["username"]: _answers(person) for person in people},
        )

    def take_back(self, data_set: DataSet) -> int:
        """Delete the items of a data set that nobody answered, and give how many they were."""
        pages = self.records(data_set, has_responses=True)
        open_ = [r["id"] for page, _ in pages for r in page if not _is_answered(r)]
        for i in range(0, len(open_), _AT_ONCE):
            ids = ",".join(open_[i : i + _AT_ONCE])
            self._call("DELETE", f"datasets/{data_set.id}/records", params={"ids": ids})
        return len(open_)


def _person(user: Mapping[str, Any]) -> Person:
    return Person(user["id"], user["username"], user["role"], user["last_name"] == CLOSED)


def _answers(person: Mapping[str, Any]) -> AnswerCounts:
    done, pending = person["completed"], person["pending"]
    return AnswerCounts(
        n_submitted=done["submitted"] + pending["submitted"],
        n_discarded=done["discarded"] + pending["discarded"],
        n_done_of_pending=pending["submitted"] + pending["discarded"],
        last_active_at=_utc(person.get("last_active_at")),
    )


def _utc(text: str | None) -> datetime | None:
    """Read a time as Argilla writes it: UTC, without saying so."""
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _is_answered(record: Mapping[str, Any]) -> bool:
    return any(response["status"] != "draft" for response in record["responses"])
