"""The part of Argilla's HTTP interface that queues need.

Its Python client is left aside: it hides when a response was given, prints while it works, and keeps a global default
connection. The interface itself is versioned and small.
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.forms import SHOWN, Card, Form, choices
from winnow.schemas.errors import ArgillaUnavailable, CurationError, InvalidSettings, MalformedInput
from winnow.schemas.proxies import direct_mounts, spare_loopback
from winnow.schemas.redaction import redacted

PAGE = 500
"""Records asked for at a time."""

_N_TRIES = 5

CLOSED = "(removed)"
"""Last name of an account that was closed. It stays in Argilla, which deletes the answers of an account with it."""

_HIDDEN = {
    "name": SHOWN,
    "title": SHOWN,
    "visible_for_annotators": False,
    "settings": {"type": "terms"},
}


@dataclass(frozen=True)
class DataSet:
    """A data set as Argilla knows it."""

    id: str
    """Argilla's id."""

    name: str
    """Its name, unique in its workspace."""

    is_published: bool
    """Whether people can work in it; before that it has no records."""

    last_activity_at: str
    """When something was last answered or changed in it."""


class Client:
    """A connection to one Argilla, signed in as owner or admin.

    Every call raises `ArgillaUnavailable` where the server does not answer or breaks off, `InvalidSettings` where the
    key is not accepted, and `MalformedInput` where the server refuses what it was sent. A server that is overloaded
    is asked again what it only has to look up; what would change something is sent once.
    """

    def __init__(
        self, address: Address, timeout_s: float = 60.0, first_pause_s: float = 1.0
    ) -> None:
        """Connect.

        Args:
            address: Where the server is, and the key.
            timeout_s: How long it may take to answer.
            first_pause_s: Longest pause before an overloaded server is asked again; doubles each time.
        """
        spare_loopback()
        self.url = address.url
        self.doing = "asking"
        """What the connection is used for, as errors tell it."""
        self._http = httpx.Client(
            base_url=f"{address.url}/api/v1/",
            headers={"X-Argilla-Api-Key": address.api_key},
            timeout=timeout_s,
            mounts=direct_mounts([address.url]),
        )
        self._first_pause_s = first_pause_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def accounts(self) -> dict[str, str]:
        """Return the name of every account by its id, closed ones included: their answers stay."""
        return {user["id"]: user["username"] for user in self._call("GET", "users")["items"]}

    def open_accounts(self) -> dict[str, str]:
        """Return the id of every account that is not closed, by name."""
        users = self._call("GET", "users")["items"]
        return {user["username"]: user["id"] for user in users if user["last_name"] != CLOSED}

    def check_accounts(self, names: Iterable[str]) -> dict[str, str]:
        """Return the ids of accounts by name.

        Raises:
            InvalidSettings: One of them is not there, or closed.
        """
        wanted = list(dict.fromkeys(names))
        ids = self.open_accounts() if wanted else {}
        for name in wanted:
            if name not in ids:
                raise InvalidSettings(
                    f"no account '{name}' in Argilla at {self.url}; make it, or take the name off the list"
                )
        return {name: ids[name] for name in wanted}

    def workspace(self, name: str) -> str | None:
        """Return the id of a workspace; None where there is none."""
        found = self._call("GET", "me/workspaces")["items"]
        return next((str(space["id"]) for space in found if space["name"] == name), None)

    def ensure_workspace(self, name: str, members: Sequence[str] = ()) -> str:
        """Return the id of a workspace, made where there is none, with at least these members."""
        ids = self.check_accounts(members)
        found = self.workspace(name)
        if found is None:
            found = str(self._call("POST", "workspaces", json={"name": name})["id"])
        there = {user["username"] for user in self._users(found)} if ids else set()
        for member, user_id in ids.items():
            if member not in there:
                self._call("POST", f"workspaces/{found}/users", json={"user_id": user_id})
        return found

    def annotators(self, workspace_id: str) -> list[str]:
        """List the members of a workspace whose role is to annotate, by name."""
        users = self._users(workspace_id)
        return sorted(str(user["username"]) for user in users if user["role"] == "annotator")

    def data_sets(self, workspace_id: str | None = None) -> list[DataSet]:
        """List the data sets of a workspace, or of all."""
        params = {"workspace_id": workspace_id} if workspace_id else {}
        found = self._call("GET", "me/datasets", params=params)["items"]
        return [_data_set(row) for row in found]

    def create_data_set(
        self, name: str, workspace_id: str, form: Form, *, min_submitted: int
    ) -> DataSet:
        """Make and publish a data set in which an item is done after `min_submitted` answers, or make none."""
        body: dict[str, Any] = {
            "name": name,
            "workspace_id": workspace_id,
            "guidelines": form.guidelines,
            "distribution": {"strategy": "overlap", "min_submitted": min_submitted},
        }
        made = _data_set(self._call("POST", "datasets", json=body))
        try:
            for part in form.fields:
                self._call("POST", f"datasets/{made.id}/fields", json=part.as_json())
            for question in form.questions:
                self._call("POST", f"datasets/{made.id}/questions", json=question.as_json())
            self._call("POST", f"datasets/{made.id}/metadata-properties", json=_HIDDEN)
            return _data_set(self._call("PUT", f"datasets/{made.id}/publish"))
        except BaseException:
            with suppress(
                CurationError
            ):  # a draft that stays shows nobody anything, and the next push takes it away
                self.delete_data_set(made)
            raise

    def delete_data_set(self, data_set: DataSet) -> None:
        """Delete a data set."""
        self._call("DELETE", f"datasets/{data_set.id}")

    def is_ours(self, data_set: DataSet) -> bool:
        """Whether a queue's push made a data set."""
        found = self._call("GET", f"me/datasets/{data_set.id}/metadata-properties")["items"]
        return any(part["name"] == SHOWN for part in found)

    def questions(self, data_set: DataSet) -> dict[str, str]:
        """Return the ids of a data set's questions by name."""
        found = self._call("GET", f"datasets/{data_set.id}/questions")["items"]
        return {question["name"]: question["id"] for question in found}

    def choices(self, data_set: DataSet) -> dict[str, list[str]]:
        """Return what a data set's questions let people choose from, by question, as `forms.choices` gives it of a form."""
        found = self._call("GET", f"datasets/{data_set.id}/questions")["items"]
        return choices((question["name"], question["settings"]) for question in found)

    def n_records(self, data_set: DataSet) -> int:
        """Count the records of a data set."""
        page = self._call("GET", f"datasets/{data_set.id}/records", params={"limit": 1})
        return int(page["total"])

    def records(
        self, data_set: DataSet, *, has_responses: bool = False
    ) -> Iterator[tuple[list[dict[str, Any]], int]]:
        """Yield the records of a data set page by page, as Argilla writes them, each page with the total."""
        offset = 0
        while True:
            params: dict[str, Any] = {"offset": offset, "limit": PAGE}
            if has_responses:
                params["include"] = "responses"
            page = self._call("GET", f"datasets/{data_set.id}/records", params=params)
            yield page["items"], page["total"]
            offset += PAGE
            if len(page["items"]) < PAGE:
                return

    def create_records(self, data_set: DataSet, cards: Sequence[Card]) -> None:
        """Add records, all of them or none; at most 500."""
        question_ids = self.questions(data_set) if any(card.suggestions for card in cards) else {}
        items = [
            {
                "external_id": card.item_id,
                "fields": dict(card.fields),
                "metadata": {SHOWN: card.shown},
                "suggestions": [
                    {"question_id": question_ids[name], "value": value, **_source(card)}
                    for name, value in card.suggestions.items()
                ],
            }
            for card in cards
        ]
        self._call("POST", f"datasets/{data_set.id}/records/bulk", json={"items": items})

    def _users(self, workspace_id: str) -> list[dict[str, Any]]:
        return list(self._call("GET", f"workspaces/{workspace_id}/users")["items"])

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Any:
        response = self._answered(method, path, params, json)
        if response.status_code in (401, 403):
            raise InvalidSettings(
                f"Argilla at {self.url} does not let this key do that (HTTP {response.status_code} while {self.doing}); "
                "use the key of an owner"
            )
        if response.is_client_error:
            said = redacted(response.text)[:500]
            raise MalformedInput(
                f"Argilla at {self.url} refused {method} {path} while {self.doing}: {said}",
                status=response.status_code,
                said=said,
            )
        return response.json() if response.content else None

    def _answered(
        self, method: str, path: str, params: Mapping[str, Any] | None, json: Any
    ) -> httpx.Response:
        """Ask until there is an answer; a server that is gone, unlike one that is slow, is asked once."""
        n_tries = _N_TRIES if method == "GET" else 1
        for n_tried in range(1, n_tries + 1):
            try:
                response = self._http.request(method, path, params=params, json=json)
                if not response.is_server_error:
                    return response
                problem = f"HTTP {response.status_code} {redacted(response.text)[:200]}"
            except httpx.TimeoutException as error:
                problem = f"no answer in time ({type(error).__name__})"
            except httpx.TransportError as error:
                raise self._unavailable(str(error) or type(error).__name__) from error
            if n_tried < n_tries:
                time.sleep(random.uniform(0.5, 1) * self._first_pause_s * 2 ** (n_tried - 1))
        raise self._unavailable(problem)

    def _unavailable(self, what: str) -> ArgillaUnavailable:
        return ArgillaUnavailable(
            f"Argilla at {self.url} broke off while {self.doing}: {what}; once it runs again, repeat the command: "
            "nothing is lost or doubled",
            url=self.url,
        )


def _source(card: Card) -> dict[str, str]:
    return {"type": "model", "agent": "judges"} if card.is_judged else {"type": "human"}


def _data_set(row: Mapping[str, Any]) -> DataSet:
    return DataSet(row["id"], row["name"], row["status"] == "ready", row["last_activity_at"])
