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
from winnow.schemas.whole_files import write_whole
from winnow.warehouse.staging import Staging

Row = TypeVar("Row", Answer, Judgment)

PSEUDONYM_KEY = "WINNOW_PSEUDONYM_KEY"
"""Variable that the key of the pseudonyms comes from."""


class KnownNames(Value):
    """What is remembered of the names under which answers are stored: `people/names.json`."""

    check: str | None = None
    """Tells the key of all pulls from another; None where people are stored under the names of their accounts."""

    same: dict[str, str] = Field(default_factory=dict)
    """Pseudonym of each name under which the same person was stored too, before keys were compared."""


def known_names(people: Path) -> KnownNames | None:
    """Return what is remembered in a warehouse's folder of people; None before the first pull."""
    path = _file(people)
    if not path.exists():
        return None
    return KnownNames.model_validate_json(path.read_text(encoding="utf-8"))


def as_one(records: list[Row], people: Path, *, by: Sequence[str]) -> list[Row]:
    """Return what is stored of people, of whoever has a name and a pseudonym as that of one person, each record once.

    Args:
        records: Answers or judgments.
        people: Folder of people in the warehouse.
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
    people: Path,
    names: Names,
    accounts: Callable[[], Iterable[str]],
    published: Iterable[str] = (),
) -> int:
    """See that a pull calls people what they were called before, and remember it; gives how many it has joined.

    Where both a key and none were used before this was looked at, whoever is stored under a name and under a pseudonym of
    this key is one person from now on.

    Args:
        people: Folder of people in the warehouse.
        names: What the pull is going to call people.
        accounts: Gives the names of all accounts; asked only where nothing is remembered yet.
        published: What people are called in the releases of the warehouse, whichever machine they were pulled on.

    Raises:
        InvalidSettings: The pull would call people something else; says what to do.
    """
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
    people.mkdir(parents=True, exist_ok=True)
    write_whole(_file(people), remembered.model_dump_json(indent=2))
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


def _others(people: Path, names: Names, *, is_named: bool) -> InvalidSettings:
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
        f"people are stored {here} in {people.parent}, so that this pull would make two of each; {way}, or pull into a "
        "warehouse of its own"
    )


def _stored(people: Path) -> set[str]:
    """Return what people are called in the answers of all queues."""
    folders = [file.parent for file in people.glob("*/queue.json")]
    tables = (Staging(folder).read(Answer)["annotator_id"] for folder in folders)
    return {annotator_id for table in tables for annotator_id in table.unique().to_pylist()}


def _file(people: Path) -> Path:
    return people / "names.json"
