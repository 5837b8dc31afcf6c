"""What a release holds beside what is trained on, and the columns of a format have no place for."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from winnow.schemas.plurals import counted
from winnow.warehouse.export.layout import SIDES, PreferenceText

if TYPE_CHECKING:
    from datasets import Features

_OF_RESPONSES = ("steps", "made", "parent_id")
USUAL = ("sampled", "imported")
"""Ways of making a response that are no news: it says what a model said."""


def columns_without_place(features: "Features", *, has_responses: bool) -> frozenset[str]:
    """Return what rows of these columns have no place for.

    Args:
        features: The columns.
        has_responses: Whether rows hold responses; where they hold none, nothing of a response is missed.

    Returns:
        Of "metadata" of prompts and "steps", "made" and "parent_id" of responses those that are lost.
    """
    has_metadata = "metadata" in features or "metadata" in features.get("extra_info", {})
    of_responses = _OF_RESPONSES if has_responses else ()
    found = {name for name in of_responses if f"chosen_{name}" not in features}
    return frozenset(found if has_metadata else {"metadata", *found})


def count_not_carried(group: Sequence[PreferenceText], names: Collection[str]) -> Counter[str]:
    """Count the prompts and responses that hold something in columns which a format has no place for.

    Args:
        group: The preferences of one prompt.
        names: The columns.
    """
    rows: Sequence[Mapping[str, Any]] = group
    n = Counter({"metadata": int(rows[0]["metadata"] is not None)})
    for name in _OF_RESPONSES:
        held = {
            row[f"{side}_id"]
            for row in rows
            for side in SIDES
            if row[f"{side}_{name}"] and row[f"{side}_{name}"] not in USUAL
        }
        n[name] = len(held)
    return Counter({name: n[name] for name in names if n[name]})


def notes_on_columns(n_not_carried: Mapping[str, int]) -> Iterator[str]:
    """Name what is not carried, a sentence for each column."""
    for name in ("metadata", *_OF_RESPONSES):
        if n := n_not_carried.get(name):
            whose = "prompt" if name == "metadata" else "response"
            is_, it = ("are", "them") if name == "steps" else ("is", "it")
            yield (
                f"{name} of {counted(n, whose)} {is_} not carried: this format has no column for {it}; 'parquet' and "
                "'jsonl' do."
            )
