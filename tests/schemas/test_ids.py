import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from winnow.schemas.ids import content_id, content_ids, id_order

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), max_size=5))
def test_ids_of_many_rows_are_those_of_each(rows: list[tuple[str, str, bool]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    types = (pa.string(), pa.string(), pa.bool_())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    assert content_ids(arrays).to_pylist() == [content_id(list(row)) for row in rows]


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
