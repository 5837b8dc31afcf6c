"""What people are called in a warehouse: by one key in every pull, so that nobody becomes two."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from winnow.annotation.queues.pseudonyms import Names, looks_pseudonymous
from winnow.schemas.answers import Answer
from winnow.schemas.base import Value
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Judgment
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.place import Place
from winnow.warehouse.staging import Staging

Row = TypeVar("Row", Answer, Judgment)

QUEUE = "queue.json"
"""Name of the file that holds the settings of a queue."""

_FILE = "names.json"

PSEUDONYM_KEY = "WINNOW_PSEUDONYM_KEY"
"""Variable that the key of the pseudonyms comes from."""


class KnownNames(Value):
    """What is remembered of the names under which answers are stored: `people/names.json`."""

    check: str | None = None
    """Tells the key of all pulls from another; None where people are stored under the names of their accounts."""

    same: dict[str, str] = Field(default_factory=dict)
    """Pseudonym of each name under which the same person was stored too, before keys were compared."""


def known_names(people: Place) -> KnownNames | None:
    """Return what is remembered in a warehouse's place of people; None before the first pull."""
    try:
        return KnownNames.model_validate_json(bytes(people.content(_FILE)))
    except FileNotFoundError:
        return None


def queues_in(people: Place) -> list[str]:
    """List the queues that were pushed, by name."""
    return [
        name
        for name in people.places()
        if any(entry.name == QUEUE for entry in people.within(name).entries())
    ]


def as_one(records: list[Row], people: Place, *, by: Sequence[str]) -> list[Row]:
    """Return what is stored of people, of whoever has a name and a pseudonym as that of one person, each record once.

    Args:
        records: Answers or judgments.
        people: Place of people in the warehouse.
        by: Columns that tell the records of one person apart.
    """
    known = known_names(people)
    same = known.same if known else {}
    if same.keys().isdisjoint(record.annotator_id for record in records):
        return records
    keys, found = ("annotator_id", *by), dict[tuple[object, ...], Row]()
    for record in sorted(records, key=lambda record: record.annotator_id not in same):
        called = _called(record, same.get(record.annotator_id))
        found[tuple(getattr(called, name) for name in keys)] = called
    return list(found.values())


def settle_names(
    people: Place | Path,
    names: Names,
    accounts: Callable[[], Iterable[str]],
    published: Iterable[str] = (),
) -> int:
    """See that a pull calls people what they were called before, and remember it; gives how many it has joined.

    Where both a key and none were used before this was looked at, whoever is stored under a name and under a pseudonym of
    this key is one person from now on.

    Args:
        people: Place of people in the warehouse.
        names: What the pull is going to call people.
        accounts: Gives the names of all accounts; asked only where nothing is remembered yet.
        published: What people are called in the releases of the warehouse, whichever machine they were pulled on.

    Raises:
        InvalidSettings: The pull would call people something else; says what to do.
    """
    people = as_place(people)
    known = known_names(people)
    if known is not None and known.check == names.check:
        return 0
    stored = _stored(people)
    if known is not None and stored:
        raise _others(people, names, is_named=known.check is None)
    there = set(accounts())
    named, pseudonyms = _told_apart(stored, set(published), there)
    ours = {names.annotator_id(account) for account in there}
    is_ours = not pseudonyms.isdisjoint(ours)
    if (pseudonyms and not is_ours) or (named and names.key and not is_ours):
        raise _others(people, names, is_named=not pseudonyms)
    same = {name: names.annotator_id(name.removeprefix("human:")) for name in named}
    same = {name: pseudonym for name, pseudonym in same.items() if name != pseudonym}
    remembered = KnownNames(check=names.check, same=same)
    content = remembered.model_dump_json(indent=2).encode()
    people.write(_FILE, lambda file: file.write(content))
    return len(pseudonyms.intersection(same.values()))


def _called(record: Row, pseudonym: str | None) -> Row:
    """Return a record under its person's pseudonym, with the id that it has there."""
    if pseudonym is None:
        return record
    said = {**dict(record), "annotator_id": pseudonym, record.key[0]: ""}
    return type(record).model_validate(said)


def _told_apart(
    stored: set[str], published: set[str], accounts: set[str]
) -> tuple[set[str], set[str]]:
    """Tell names of accounts from pseudonyms; of what is published only what an account is called is surely one."""
    called = {Names().annotator_id(account) for account in accounts}
    pseudonyms = {i for i in stored | published if looks_pseudonymous(i)} - called
    return (stored - pseudonyms) | (published & called), pseudonyms


def _others(people: Place, names: Names, *, is_named: bool) -> InvalidSettings:
    """Compose that people are called something else here."""
    if is_named:
        here, way = "under the names of their accounts", f"unset {PSEUDONYM_KEY}"
    elif names.key is None:
        here, way = "under pseudonyms", f"set {PSEUDONYM_KEY} to the key of the pulls before"
    else:
        here, way = (
            f"under pseudonyms of another {PSEUDONYM_KEY}",
            "set the key of the pulls before",
        )
    return InvalidSettings(
        f"people are stored {here} in {people.address.rpartition('/')[0]}, so that this pull would make two of each; {way}, or pull into a "
        "warehouse of its own"
    )


def _stored(people: Place) -> set[str]:
    """Return what people are called in the answers of all queues."""
    queues = map(people.within, queues_in(people))
    tables = (Staging(queue).read(Answer)["annotator_id"] for queue in queues)
    return {annotator_id for table in tables for annotator_id in table.unique().to_pylist()}
