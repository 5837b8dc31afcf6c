import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from winnow.schemas.ids import (
    canonical_json,
    content_id,
    content_id_without_fractions,
    content_ids,
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
