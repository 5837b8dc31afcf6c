import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from winnow.schemas.ids import (
    canonical_json,
    content_id,
    content_id_without_fractions,
    content_ids,
    id_order,
    json_text,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), max_size=5))
def test_ids_of_many_rows_are_those_of_each(rows: list[tuple[str, str, bool]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    types = (pa.string(), pa.string(), pa.bool_())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    assert content_ids(arrays).to_pylist() == [content_id(list(row)) for row in rows]


def test_a_text_alone_is_written_as_canonical_json_writes_it() -> None:
    signs = [chr(code) for code in (*range(0x3000), *range(0xD7F0, 0xE010), 0xFFFF, 0x1F600)]
    texts = ["".join(sign for sign in signs if not "\ud800" <= sign <= "\udfff"), *signs, ""]
    assert [json_text(text) for text in texts] == [canonical_json(text) for text in texts]


WHOLE = st.none() | st.booleans() | st.integers() | st.text()
CONTENT = st.recursive(WHOLE, lambda c: st.lists(c) | st.dictionaries(st.text(), c), max_leaves=9)


@given(CONTENT)
def test_content_without_fractions_has_the_same_id(content: object) -> None:
    assert content_id_without_fractions(content) == content_id(content)


IDS = st.one_of(
    st.integers(0, 9).map(lambda i: content_id(i)),
    st.sampled_from(["f" * 64, "f" * 63 + "e", "F" * 64, "g" * 64, "short", ""]),
)


@given(st.lists(st.lists(IDS, max_size=6), max_size=4), st.integers(0, 3))
def test_ids_are_ordered_as_their_texts_are_in_any_pieces(
    pieces: list[list[str]], begin: int
) -> None:
    ids = pa.chunked_array([pa.array(piece, pa.string()) for piece in pieces], pa.string())
    some = ids.slice(begin)
    assert id_order(some).tolist() == pc.sort_indices(some).to_pylist()


@given(st.sets(st.integers(0, 10_000), max_size=50))
def test_ids_that_differ_are_ordered_as_their_texts_are(numbers: set[int]) -> None:
    ids = pa.chunked_array([pa.array([content_id(i) for i in numbers], pa.string())])
    assert id_order(ids).tolist() == pc.sort_indices(ids).to_pylist()
