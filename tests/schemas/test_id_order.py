import random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.schemas.id_order import ascending, sorted_by_id
from winnow.schemas.ids import content_id

ODD = ["", "a", "a\0", "ab", "abcdefgh", "abcdefghi", "abcdefgh\0", "abcdefgha", "é", "読む", "z"]


@pytest.mark.parametrize("kind", ["hashes", "one beginning", "odd"])
def test_ids_are_in_the_order_in_which_arrow_sorts_them(kind: str) -> None:
    draw = random.Random(2)
    ids = {
        "hashes": [content_id(i) for i in range(500)],
        "one beginning": [f"prompts.jsonl:{draw.randint(0, 300)}" for _ in range(500)],
        "odd": [draw.choice(ODD) for _ in range(500)],
    }[kind]
    draw.shuffle(ids)
    column = pa.chunked_array([ids[:100], [], ids[100:]], pa.string())
    expected = sorted(range(500), key=lambda row: (ids[row].encode(), row))
    assert ascending(column).tolist() == expected == pc.sort_indices(column).to_pylist()
    assert ascending(pa.array(ids)[7:]).tolist() == pc.sort_indices(pa.array(ids[7:])).to_pylist()


@pytest.mark.parametrize(
    "kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=["large", "coded"]
)
def test_ids_of_any_type_of_text_are_ordered_alike(kind: pa.DataType) -> None:
    draw = random.Random(4)
    ids = [draw.choice([*ODD, *map(content_id, range(9))]) for _ in range(200)]
    column = pa.chunked_array([ids[:90], ids[90:]], pa.string())
    other = pa.chunked_array([chunk.cast(kind) for chunk in column.chunks], kind)
    assert ascending(other).tolist() == ascending(column).tolist()
    assert ascending(other.chunk(0)[7:]).tolist() == ascending(column.chunk(0)[7:]).tolist()
    rows = sorted_by_id(pa.table({"id": other}), "id")
    assert (rows["id"].type, rows["id"].to_pylist()) == (kind, sorted(ids, key=str.encode))


def test_ids_are_put_in_order_within_what_they_belong_to() -> None:
    draw = random.Random(3)
    ids, within = [draw.choice(ODD) for _ in range(300)], [draw.randint(0, 9) for _ in range(300)]
    found = ascending(pa.array(ids), np.array(within)).tolist()
    assert found == sorted(range(300), key=lambda row: (within[row], ids[row].encode(), row))


def test_rows_are_sorted_by_id() -> None:
    rows = pa.table({"id": ["b", "c", "a"], "n": [1, 2, 3]})
    assert sorted_by_id(rows, "id").to_pydict() == {"id": ["a", "b", "c"], "n": [3, 1, 2]}
    assert sorted_by_id(rows[:2], "id").equals(rows[:2])
    assert sorted_by_id(rows[:0], "id").num_rows == 0


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
    assert ascending(some).tolist() == pc.sort_indices(some).to_pylist()
