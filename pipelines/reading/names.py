"""Names that a reader would take for one."""

import unicodedata
from collections.abc import Iterable, Iterator

from winnow.pipelines.reading.usage import printable
from winnow.schemas.sameness import without_invisible

_MOST_LISTED = 10


def alike(names: Iterable[str], what: str) -> Iterator[str]:
    """Say, a line a group, which names differ by space, case or invisible characters alone.

    Args:
        names: Names that are told apart.
        what: What they name, such as "annotators".
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_folded(name), []).append(name)
    same = [group for group in groups.values() if len(group) > 1]
    for group in same[:_MOST_LISTED]:
        listed = ", ".join(f"'{printable(name)}'" for name in sorted(group))
        yield f"{what} that differ by space or case alone count as {len(group)}: {listed}"
    if len(same) > _MOST_LISTED:
        yield f"and {len(same) - _MOST_LISTED} more groups of {what} like these"


def _folded(name: str) -> str:
    if name.isascii():
        return "".join(name.casefold().split())
    return "".join(without_invisible(unicodedata.normalize("NFKC", name)).casefold().split())
