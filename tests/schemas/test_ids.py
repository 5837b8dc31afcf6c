import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from winnow.schemas.ids import content_id, content_ids

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), max_size=5))
def test_ids_of_many_rows_are_those_of_each(rows: list[tuple[str, str, bool]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    types = (pa.string(), pa.string(), pa.bool_())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    assert content_ids(arrays).to_pylist() == [content_id(list(row)) for row in rows]
