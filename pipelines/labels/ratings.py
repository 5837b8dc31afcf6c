"""Everything that annotators rated, as numbers in flat arrays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Bools, Floats, Ints
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import LINKS, replaced_judgments
from winnow.warehouse.staging import Staging

_READ = ("judgment_id", "comparison_id", "annotator_id", "ratings")
_NAMES = pa.dictionary(pa.int32(), pa.string())
_COLUMNS = pa.schema(
    [
        ("judgment_id", pa.string()),
        ("comparison_id", pa.string()),
        ("annotator_id", _NAMES),
        ("n", pa.int64()),
    ]
)
_RATED = pa.schema([("response_id", _NAMES), ("attribute", _NAMES), ("score", pa.float64())])


@dataclass(frozen=True)
class AllRatings:
    """Judgments with ratings, and each rating that they hold; of two of one response on one attribute, the later."""

    judgment_id: pa.Array
    """The judgments, ascending; shape (n_judgments,)."""

    annotator: Ints
    """Position of the annotator of each in `annotators`; shape (n_judgments,)."""

    annotators: tuple[str, ...]
    """Who rated."""

    sides: Ints
    """The two responses that each compares, as numbers; -1 where it compares no two; shape (n_judgments, 2)."""

    judgment: Ints
    """Position of the judgment that each rating is part of; shape (n,)."""

    response: Ints
    """The response that is rated, as a number; shape (n,)."""

    attribute: Ints
    """Position of what is rated in `attributes`; shape (n,)."""

    attributes: tuple[str, ...]
    """What is rated."""

    score: Floats
    """The ratings; shape (n,)."""

    def by(self, pattern: str) -> Bools:
        """Say which judgments are of annotators whose name fits a pattern; shape (n_judgments,)."""
        fits = [fnmatchcase(name, pattern) for name in self.annotators]
        return np.array(fits, bool)[self.annotator]

    def part_of(self, judgments: Bools) -> Bools:
        """Say which ratings are part of some judgments; shape (n,)."""
        return judgments[self.judgment]

    def rated_in(self, judgments: Bools) -> set[str]:
        """Return what is rated in some judgments."""
        return {self.attributes[i] for i in np.unique(self.attribute[self.part_of(judgments)])}

    def keys(self, response: Ints, attribute: Ints) -> Ints:
        """Number what is rated on what."""
        return response * len(self.attributes) + attribute


def read_ratings(staging: Staging) -> AllRatings:
    """Read the ratings of all annotators' last words.

    Args:
        staging: Holds judgments and comparisons.
    """
    replaced = replaced_judgments(staging.read(Judgment, LINKS))
    judgments, rated = _together(list(_pieces(staging, replaced)))
    order = np.asarray(pc.sort_indices(judgments["judgment_id"]), np.int64)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    judgment = place[np.repeat(np.arange(len(order)), np.asarray(judgments["n"], np.int64))]
    judgments = judgments.take(pa.array(order))
    response, responses = _coded(rated["response_id"])
    attribute, attributes = _coded(rated["attribute"])
    annotator, annotators = _coded(judgments["annotator_id"])
    last = _last_of_each(judgment, response, attribute)
    return AllRatings(
        judgment_id=judgments["judgment_id"].combine_chunks(),
        annotator=annotator,
        annotators=tuple(annotators.to_pylist()),
        sides=_sides(judgments["comparison_id"], responses, staging),
        judgment=judgment[last],
        response=response[last],
        attribute=attribute[last],
        attributes=tuple(attributes.to_pylist()),
        score=np.asarray(rated["score"], np.float64)[last],
    )


def _pieces(staging: Staging, replaced: pa.Array) -> Iterator[tuple[pa.Table, pa.Table]]:
    for piece in staging.batches(Judgment, _READ):
        counts = pc.greater(pc.list_value_length(piece["ratings"]), 0)
        if len(replaced):
            counts = pc.and_not(counts, pc.is_in(piece["judgment_id"], value_set=replaced))
        said = piece.filter(counts)
        lists = said["ratings"].combine_chunks()
        flat = lists.flatten()
        judgments = said.select(["judgment_id", "comparison_id", "annotator_id"])
        judgments = judgments.append_column("n", pc.list_value_length(lists).cast(pa.int64()))
        rated = {name: pc.struct_field(flat, name) for name in _RATED.names}
        yield judgments.cast(_COLUMNS), pa.table(rated).cast(_RATED)


def _together(pieces: Sequence[tuple[pa.Table, pa.Table]]) -> tuple[pa.Table, pa.Table]:
    judgments = pa.concat_tables([_COLUMNS.empty_table(), *(one for one, _ in pieces)])
    rated = pa.concat_tables([_RATED.empty_table(), *(one for _, one in pieces)])
    return judgments.unify_dictionaries(), rated.unify_dictionaries()


def _coded(column: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """Return a number for each word of a column, and the words."""
    coded = pa.chunked_array(column.chunks, _NAMES).combine_chunks()
    return np.asarray(coded.indices, np.int64), coded.dictionary


def _last_of_each(judgment: Ints, response: Ints, attribute: Ints) -> Ints:
    """Return the rows that stand last of those with the same three numbers, by judgment."""
    order = np.lexsort((attribute, response, judgment))
    keys = np.stack([judgment, response, attribute])[:, order]
    is_last = np.ones(len(order), bool)
    is_last[:-1] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    return order[is_last]


def _sides(comparison_id: pa.ChunkedArray, responses: pa.Array, staging: Staging) -> Ints:
    pairs = staging.read(Comparison, ("comparison_id", "response_ids"))
    pairs = pairs.filter(pc.equal(pc.list_value_length(pairs["response_ids"]), 2))
    place = pc.index_in(comparison_id, value_set=pairs["comparison_id"].combine_chunks())
    row = np.asarray(place.fill_null(-1), np.int64)
    # What nobody rated has no number: all of it gets one that no rating has.
    ids = pairs["response_ids"].combine_chunks().flatten()
    numbers = pc.fill_null(pc.index_in(ids, value_set=responses), len(responses))
    sides = np.asarray(numbers, np.int64).reshape(-1, 2)
    return np.where(row[:, None] >= 0, np.vstack([sides, [[-1, -1]]])[row], -1)
