"""What annotators said last of comparisons, read in pieces and held as numbers where words repeat."""

from collections.abc import Collection, Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import LINKS, replaced_judgments
from winnow.warehouse.staging import Staging

CODED = frozenset(
    {"comparison_id", "subject_id", "annotator_id", "kind", "order", "verdict", "subject_kind"}
)
"""Columns that hold few words many times; they come as Arrow dictionaries."""

_LINKING = ("supersedes", "kind", "request_id")


def read_said(staging: Staging, columns: Collection[str]) -> pa.Table:
    """Read each annotator's last words on comparisons among the staged judgments.

    Args:
        staging: Holds judgments.
        columns: Columns of the judgments table, in the order wanted; those of `CODED` are dictionaries.
    """
    return coded(last_said(staging, columns), columns)


def coded(pieces: Iterable[pa.Table], columns: Collection[str]) -> pa.Table:
    """Put pieces of the judgments table together, words that repeat as dictionaries."""
    whole = Judgment.arrow_schema()
    fields = [whole.field(name) for name in columns]
    code = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([f.with_type(code) if f.name in CODED else f for f in fields])
    parts = (piece.select(schema.names).cast(schema) for piece in pieces)
    return pa.concat_tables([schema.empty_table(), *parts]).unify_dictionaries()


def last_said(staging: Staging, columns: Collection[str]) -> Iterator[pa.Table]:
    """Read the same in pieces, which hold what they need to be sifted as well."""
    replaced = replaced_judgments(_linked(staging))
    wanted = {*columns, "subject_kind", *(["judgment_id"] if len(replaced) else [])}
    for piece in staging.batches(Judgment, wanted, coded=CODED & wanted):
        is_last = pc.equal(piece["subject_kind"], "comparison")
        if len(replaced):
            is_last = pc.and_not(is_last, pc.is_in(piece["judgment_id"], value_set=replaced))
        yield piece.filter(is_last)


def _linked(staging: Staging) -> pa.Table:
    """Read the links of what replaces another judgment, and of what people were asked: nothing else replaces or is replaced."""
    if any(pc.any(_is_linked(piece)).as_py() for piece in staging.batches(Judgment, _LINKING)):
        pieces = staging.batches(Judgment, LINKS)
        return pa.concat_tables([piece.filter(_is_linked(piece)) for piece in pieces])
    return Judgment.arrow_schema().empty_table().select(list(LINKS))


def _is_linked(judgments: pa.Table) -> pa.ChunkedArray:
    is_asked = pc.and_(pc.equal(judgments["kind"], "human"), pc.is_valid(judgments["request_id"]))
    return pc.or_(pc.is_valid(judgments["supersedes"]), is_asked)
