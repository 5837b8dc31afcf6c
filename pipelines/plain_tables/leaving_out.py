"""Annotators whose judgments count for nothing, as one wants to see what labels would be without them."""

from collections.abc import Collection
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.errors import InvalidSettings, UnknownName


class LeftOut(NamedTuple):
    """What was left out."""

    annotators: tuple[str, ...]
    """Names, in their order."""

    n_judgments: int
    """Judgments of theirs."""

    n_items: int
    """Items that nobody else judged, and that have no label therefore."""


def without(judgments: pa.Table, names: Collection[str]) -> tuple[pa.Table, LeftOut]:
    """Leave out the judgments of some annotators.

    Args:
        judgments: Columns item_id and annotator, and any others.
        names: Who is left out; blanks round a name are no part of it.

    Raises:
        UnknownName: Nobody is called so; lists who judged.
        InvalidSettings: Nobody else judged.
    """
    wanted = sorted({name.strip() for name in names})
    known = set(judgments["annotator"].drop_null().to_pylist())
    if unknown := [name for name in wanted if name not in known]:
        raise UnknownName.among("annotator", unknown[0], known)
    is_theirs = pc.is_in(judgments["annotator"], pa.array(wanted))
    kept = judgments.filter(pc.invert(is_theirs))
    if not kept.num_rows:
        raise InvalidSettings(
            f"--leave-out {', '.join(wanted)} leaves no judgment: nobody else judged; leave out fewer"
        )
    n_items = len(set(judgments["item_id"].to_pylist()) - set(kept["item_id"].to_pylist()))
    n_judgments = judgments.num_rows - kept.num_rows
    return kept, LeftOut(tuple(wanted), n_judgments, n_items)
