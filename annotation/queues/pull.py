"""Take over what people answered, each answer once, whatever Argilla later does to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from winnow.annotation.queues.client import Client, DataSet
from winnow.annotation.queues.display import marked_words
from winnow.annotation.queues.forms import SHOWN, marked_field
from winnow.annotation.queues.pseudonyms import Names
from winnow.schemas.answers import Answer, Shown
from winnow.schemas.ids import canonical_json

Keep = Callable[[list[Answer]], None]
"""Stores new answers for good before it returns; called once a page."""

Progress = Callable[[int, int], None]
"""Told after every page how many items were looked at, and of how many."""


@dataclass(frozen=True)
class Pulled:
    """What a pull found."""

    n_submitted: int = 0
    """New or changed answers."""

    n_discarded: int = 0
    """Items newly put aside."""

    n_drafts: int = 0
    """Drafts, which stay where they are until they are submitted."""

    n_joined: int = 0
    """People who were stored under a name and under a pseudonym, and are one from now on."""

    cursor: Mapping[str, str] = field(default_factory=dict)
    """Last activity of each data set that was read to its end, by its id: to be handed to the next pull."""


def pull(
    client: Client,
    data_sets: Iterable[DataSet],
    keep: Keep,
    *,
    known: Iterable[Answer] = (),
    cursor: Mapping[str, str] | None = None,
    names: Names | None = None,
    progress: Progress | None = None,
) -> Pulled:
    """Read new and changed answers and hand them to `keep`, page by page.

    Argilla overwrites an answer when it is changed; here the change is one more answer. An answer that is the same as
    the last one known is not new. What is deleted in Argilla is simply not found, and nothing here depends on it.

    A data set in which nothing happened since the cursor is not read. In the others all records are read, because
    Argilla cannot be asked for responses by time. A webhook may say when to pull, but nothing is lost without one.

    Args:
        client: Connection to Argilla.
        data_sets: Data sets to read, as just listed: what is answered from then on is left to the next pull.
        keep: Stores answers; an error it raises ends the pull.
        known: All answers of earlier pulls.
        cursor: Cursor of the last pull.
        names: What annotators are called; the names of their accounts where None.
        progress: Told how far it is.

    Raises:
        ArgillaUnavailable: The server broke off; call again. What was kept by then is known to the next call.
    """
    latest = _latest(known)
    counts = {"submitted": 0, "discarded": 0, "draft": 0}
    reached = dict(cursor or {})
    accounts: dict[str, str] | None = None
    for data_set in data_sets:
        if reached.get(data_set.id) == data_set.last_activity_at:
            continue
        client.doing = f"pulling from queue '{data_set.name}'"
        accounts = accounts if accounts is not None else client.accounts()
        seen: set[str] = set()
        total = 0
        for page, total in client.records(data_set, has_responses=True):
            seen.update(record["id"] for record in page)
            found = list(_answers(page, accounts, names or Names(), counts))
            new = [answer for answer in found if _is_new(answer, latest)]
            latest |= {(a.item_id, a.annotator_id): a for a in new}
            for answer in new:
                counts[answer.status] += 1
            if new:
                keep(new)
            if progress:
                progress(len(seen), total)
        if (
            len(seen) == total
        ):  # else records came or went while pages were turned: read all again next time
            reached[data_set.id] = data_set.last_activity_at
    return Pulled(counts["submitted"], counts["discarded"], counts["draft"], cursor=reached)


def _latest(known: Iterable[Answer]) -> dict[tuple[str, str], Answer]:
    in_order = sorted(known, key=lambda answer: answer.created_at)
    return {(answer.item_id, answer.annotator_id): answer for answer in in_order}


def _is_new(answer: Answer, latest: Mapping[tuple[str, str], Answer]) -> bool:
    last = latest.get((answer.item_id, answer.annotator_id))
    return last is None or (last.status, last.values) != (answer.status, answer.values)


def _answers(
    page: Iterable[Mapping[str, Any]],
    accounts: Mapping[str, str],
    names: Names,
    counts: dict[str, int],
) -> Iterator[Answer]:
    """Read the submitted and discarded responses of records that a push put there, and count drafts."""
    for record in page:
        shown = (record.get("metadata") or {}).get(SHOWN)
        if shown is None:
            continue
        for response in record["responses"]:
            if response["status"] == "draft":
                counts["draft"] += 1
                continue
            name = accounts.get(response["user_id"], response["user_id"])
            yield Answer(
                item_id=record["external_id"],
                shown=Shown.model_validate_json(shown),
                annotator_id=names.annotator_id(name),
                status=response["status"],
                values=canonical_json(_values(response["values"] or {}, record["fields"])),
                created_at=_time(response["updated_at"]),
                started_at=_time(response["inserted_at"]),
            )


def _values(given: Mapping[str, Mapping[str, Any]], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values by question; marks on a text get the words that they mark."""
    return {name: _with_words(name, part["value"], fields) for name, part in given.items()}


def _with_words(question: str, value: Any, fields: Mapping[str, Any]) -> Any:
    field_name = marked_field(question)
    if field_name is None:
        return value
    text = fields[field_name]
    return [{**mark, "text": marked_words(text, mark["start"], mark["end"])} for mark in value]


def _time(text: str) -> datetime:
    """Read a time as Argilla writes it: UTC, without saying so."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
