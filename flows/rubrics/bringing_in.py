"""Rubrics of files brought into a warehouse: new ones, next versions of those that changed, and those that are there."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from winnow.annotation.rubrics.forms import WrittenRubric
from winnow.annotation.rubrics.versions import is_same, next_version
from winnow.flows.rubrics.files import ReadRubric
from winnow.flows.rubrics.shelf import Shelf, purpose_of, stored_prompts
from winnow.schemas.base import Record
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.rubrics import Criterion, CriterionSource, Rubric
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.shelving import shelve


class BroughtIn(NamedTuple):
    """What came of bringing rubrics in."""

    new: list[Rubric]
    """First versions."""

    changed: list[Rubric]
    """Versions that replace one of the same name for the same prompt or domain."""

    n_there: int
    """Rubrics that are there and in their newest version say the same."""

    outdated: list[str]
    """Names of those that are there, but were replaced by a version that says something else."""


def bring_in(warehouse: Warehouse, found: Iterable[ReadRubric]) -> BroughtIn:
    """Add rubrics that files hold to a warehouse.

    One that says something else than the newest version of its name for the same prompt or domain becomes the next version;
    one that says what an older version did changes nothing.

    Args:
        warehouse: Where to; open for writing.
        found: What the files hold.

    Raises:
        InvalidSettings: A rubric is for a prompt that neither its file nor the warehouse holds, or two of one name for the same
            say different things.
        AuditFailed: What they say breaks a contract.
    """
    read = list(found)
    _check_prompts(warehouse, read)
    shelf = Shelf.of(warehouse)
    came = BroughtIn([], [], 0, [])
    rows: list[Record] = []
    n_there = 0
    for place, written in _each_once(read):
        known = shelf.same_purpose(written.rubric)
        if known is not None and is_same(shelf.criteria[known.rubric_id], written.criteria):
            n_there += 1
        elif written.rubric.rubric_id in shelf.rubrics or _was(shelf, known, written):
            came.outdated.append(written.rubric.name)
        elif known is not None:
            version = replaced(shelf, known, written)
            came.changed.append(version.rubric)
            rows += _records(version, place)
        else:
            came.new.append(written.rubric)
            rows += _records(written, place)
    if rows:
        shelve(warehouse, rows)
    return came._replace(n_there=n_there)


def replaced(shelf: Shelf, old: Rubric, written: WrittenRubric) -> WrittenRubric:
    """Return what replaces a rubric where it is to say what was written.

    Args:
        shelf: Holds the version before.
        old: The version before.
        written: What the next one says; criteria that say what they did keep their validity.
    """
    before = _by_words(shelf.criteria[old.rubric_id])
    kept = [
        one.model_copy(update={"validity": before[_words(one)].validity})
        if _words(one) in before and one.validity is None
        else one
        for one in written.criteria
    ]
    named = old.model_copy(update={"name": written.rubric.name, "source": written.rubric.source})
    version = next_version(named, kept)
    return WrittenRubric(version.rubric, version.criteria, written.prompt)


def sources_carried(
    shelf: Shelf, old: Rubric, new: Iterable[Criterion]
) -> Iterator[CriterionSource]:
    """Give what the criteria of a new version rest on that say what they did in the version before."""
    before = _by_words(shelf.criteria[old.rubric_id])
    for criterion in new:
        if _words(criterion) in before:
            for source in shelf.sources_of(before[_words(criterion)]):
                moved = {"source_id": "", "criterion_id": criterion.criterion_id}
                yield CriterionSource.model_validate({**source.model_dump(), **moved})


def _words(criterion: Criterion) -> tuple[str, str, int | None]:
    """Return what a criterion says: the same words about two turns are two criteria."""
    return criterion.kind, criterion.text, criterion.turn


def _by_words(criteria: Iterable[Criterion]) -> dict[tuple[str, str, int | None], Criterion]:
    return {_words(criterion): criterion for criterion in criteria}


def _was(shelf: Shelf, known: Rubric | None, written: WrittenRubric) -> bool:
    """Tell whether an older version of a rubric says the same."""
    older = shelf.before(known) if known is not None else ()
    return any(is_same(shelf.criteria[one.rubric_id], written.criteria) for one in older)


def _each_once(read: Iterable[ReadRubric]) -> list[ReadRubric]:
    """Leave out what is there twice; of two that differ nobody could say which is the newer one."""
    found: dict[tuple[str, str | None, str | None], ReadRubric] = {}
    for one in read:
        first = found.setdefault(purpose_of(one.written.rubric), one)
        if not is_same(first.written.criteria, one.written.criteria):
            raise InvalidSettings(
                f"{one.place}: {one.written.rubric.name} says something else for the same than at {first.place}; give one of them "
                "another name, or import them one after the other"
            )
    return list(found.values())


def _records(written: WrittenRubric, place: str) -> Iterator[Record]:
    if written.prompt is not None:
        yield written.prompt
    yield written.rubric
    for criterion in written.criteria:
        yield criterion
        yield CriterionSource(
            criterion_id=criterion.criterion_id, kind="document", subject_id=place
        )


def _check_prompts(warehouse: Warehouse, read: Iterable[ReadRubric]) -> None:
    named = {
        str(one.written.rubric.prompt_id): one.place
        for one in read
        if one.written.prompt is None and one.written.rubric.prompt_id is not None
    }
    missing = set(named) - stored_prompts(warehouse, sorted(named)) if named else set()
    for prompt_id in sorted(missing):
        raise InvalidSettings(
            f"{named[prompt_id]}: prompt_id is {prompt_id!r}, which is no prompt of the warehouse; write its text as 'prompt'"
        )
