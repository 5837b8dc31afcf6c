"""Responses set side by side."""

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field, model_validator

from winnow.schemas.base import Record
from winnow.schemas.ids import content_id


def as_content(prompt_id: object, response_ids: Iterable[object]) -> list[object]:
    """Return a comparison as its id depends on it; response_ids ascending."""
    return [prompt_id, list(response_ids)]


class Comparison(Record):
    """Two or more responses to one prompt, to be compared.

    Responses stand in the order of their ids, so that one set is one comparison however it was formed. Of two,
    "a" is the first and "b" the second, everywhere.
    """

    table: ClassVar[str] = "comparisons"
    key: ClassVar[tuple[str, ...]] = ("comparison_id",)

    comparison_id: str = ""
    """SHA-256 of prompt_id and the sorted response_ids; filled in from them."""

    prompt_id: str
    """The prompt that all of them answer."""

    response_ids: tuple[str, ...] = Field(min_length=2)
    """Ids of the responses, ascending, none twice; sorted when the record is made."""

    strategy: str
    """How the comparison was formed, such as "all_pairs" or "imported"."""

    source: str | None = None
    """File or data set and row that it came from first, such as "pairs.jsonl:17"; None where it was formed here."""

    source_id: str | None = None
    """The file's own id of it, its item_id or else the row's id; None where it has none."""

    @model_validator(mode="before")
    @classmethod
    def _fill_id(cls, data: dict[str, object]) -> dict[str, object]:
        ids = data.get("response_ids")
        if not isinstance(ids, list | tuple):
            return data
        ordered = tuple(sorted(set(ids)))
        if len(ordered) < len(ids):
            raise ValueError("a response cannot be compared with itself")
        known = data.get("comparison_id") or content_id(as_content(data.get("prompt_id"), ordered))
        return {**data, "response_ids": ordered, "comparison_id": known}
