import json
from json.encoder import encode_basestring
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from winnow.schemas.ids import ContentIds, content_id, hole

TEXT = st.text(max_size=8)


@given(st.lists(st.tuples(TEXT, st.floats(allow_nan=False, allow_infinity=False)), max_size=5))
def test_ids_of_many_contents_are_the_ids_of_each(rows: list[tuple[str, float]]) -> None:
    def content(text: Any, number: Any) -> dict[str, Any]:
        return {"z": text, "a": [number, "100 %s"], "m": {"text": text, "none": None}}

    ids = ContentIds(content(hole("text"), hole("number")))
    found = ids.digests(
        text=[encode_basestring(text) for text, _ in rows],
        number=[json.dumps(number) for _, number in rows],
    )
    assert [one.hex() for one in found] == [content_id(content(*row)) for row in rows]
