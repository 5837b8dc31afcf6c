"""Which comparisons have responses that nobody knows, that are empty or look alike; most are told apart without looking closely."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.aggregation.votes import Bools, Ints
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.in_threads import in_threads
from winnow.pipelines.pairing.contents import content_keys
from winnow.schemas.comparisons import Comparison
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

_COLUMNS = ("response_id", "turns", "text", "parts", "tool_calls")
_WORTH = np.random.default_rng(0).integers(1, 2**63, 256, np.uint64)
_WORTH[:33], _WORTH[127:] = 0, 0
"""A number for each character that shows: of plain texts that look the same, all add up to the same."""

_TEXTS = 100

Fingerprints = npt.NDArray[np.uint64]
"""Numbers that differ only where contents differ; 0 of what has to be looked at closely."""


def mark_contents(cases: Cases, staging: Staging) -> Cases:
    """Fill in how many responses nobody knows, how many are empty, and how many look like an earlier one.

    See `content_keys` for the last two.

    Args:
        cases: Labelled comparisons.
        staging: Holds their comparisons and responses.
    """
    compared = staging.read(Comparison, ("comparison_id", "response_ids"))
    place = pc.index_in(cases.comparison_id, compared["comparison_id"].combine_chunks())
    ids = compared["response_ids"].combine_chunks().take(place)
    case = np.repeat(np.arange(len(cases)), cases.n_responses)
    looks, is_unknown = _fingerprints(ids.flatten(), staging)
    n_unknown = np.bincount(case[is_unknown], minlength=len(cases))
    is_doubtful = _doubtful(case, looks, len(cases))
    doubtful = np.flatnonzero(is_doubtful & (n_unknown == 0))
    n_empty, n_repeated = cases.n_empty.copy(), cases.n_repeated.copy()
    together = ids.take(pa.array(doubtful))
    keys = _keys(together.flatten().unique(), staging)
    for row, responses in zip(doubtful.tolist(), together.to_pylist(), strict=True):
        contents = [keys[i] for i in responses]
        n_empty[row], n_repeated[row] = contents.count(None), len(contents) - len(set(contents))
    return replace(cases, n_empty=n_empty, n_repeated=n_repeated, n_unknown=n_unknown)


def _doubtful(case: Ints, looks: Fingerprints, n_cases: int) -> Bools:
    """Say in which comparisons a response is not told from another, or may be empty; shape (n_cases,)."""
    order = np.lexsort((looks, case))
    case, looks = case[order], looks[order]
    is_doubtful = np.zeros(n_cases, bool)
    is_doubtful[case[looks == 0]] = True
    is_doubtful[case[1:][(case[1:] == case[:-1]) & (looks[1:] == looks[:-1])]] = True
    return is_doubtful


def _fingerprints(ids: pa.Array, staging: Staging) -> tuple[Fingerprints, Bools]:
    """Return the fingerprint of each response, and whether nobody knows what it says."""
    looked_at = list(in_threads(_looked_at, staging.batches(Response, _COLUMNS), ahead=4))
    known = pa.concat_arrays([pa.array([], pa.string()), *(ids for ids, *_ in looked_at)])
    looks = np.concatenate([np.empty(0, np.uint64), *(looks for _, looks, _ in looked_at)])
    is_unknown = np.concatenate([np.empty(0, bool), *(unknown for *_, unknown in looked_at)])
    place = np.asarray(pc.index_in(ids, value_set=known), np.int64)
    return looks[place], is_unknown[place]


def _looked_at(batch: pa.Table) -> tuple[pa.Array, Fingerprints, Bools]:
    is_unknown = np.asarray(pc.is_null(batch["text"]))
    return batch["response_id"].combine_chunks(), _looks(batch), is_unknown


def _looks(batch: pa.Table) -> Fingerprints:
    texts = pc.fill_null(batch["text"], "").combine_chunks()  # null where nobody knows it
    # Of other characters, and of a template's mark at the end, some do not show.
    is_plain = pc.and_not(pc.string_is_ascii(texts), pc.match_substring(texts, ">"))
    for name in ("turns", "parts", "tool_calls"):
        n_pieces = pc.fill_null(pc.list_value_length(batch[name]), 0)
        is_plain = pc.and_(is_plain, pc.equal(n_pieces, 0))
    return np.where(np.asarray(is_plain), _sums(texts), np.uint64(0))


def _sums(texts: pa.Array) -> Fingerprints:
    """Return what the characters of each text add up to, in whatever order they stand."""
    _, offsets, characters = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if characters is None or not len(texts):
        return np.zeros(len(texts), np.uint64)
    codes = np.frombuffer(characters, np.uint8)
    sums = np.zeros(len(texts), np.uint64)
    # So few at a time that their numbers stay in a processor's cache.
    for first in range(0, len(texts), _TEXTS):
        some = ends[first : first + _TEXTS + 1]
        is_said = some[1:] > some[:-1]
        if is_said.any():
            worth, starts = _WORTH[codes[some[0] : some[-1]]], some[:-1][is_said] - some[0]
            sums[first : first + _TEXTS][is_said] = np.add.reduceat(worth, starts)
    return sums


def _keys(wanted: pa.Array, staging: Staging) -> dict[str, str | None]:
    keys: dict[str, str | None] = {}
    for batch in staging.some(Response, _COLUMNS, wanted) if len(wanted) else ():
        keys |= content_keys(batch)
    return keys
