"""Read a release from the warehouse, prompt by prompt."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from winnow.schemas.responses import Response
from winnow.warehouse.export.layout import Content, PreferenceText
from winnow.warehouse.releases import snapshot_of
from winnow.warehouse.types import sql_types

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse

_BATCH_ROWS = 2_000

# A warehouse that was last written before there was a column has no such one.
_TEXTS = """
WITH widened AS (
    FROM preferences UNION ALL BY NAME
    SELECT NULL::DOUBLE AS length_controlled_margin, NULL::VARCHAR AS near_group WHERE false
),
answered AS (FROM responses UNION ALL BY NAME SELECT {newer} WHERE false),
-- A prompt may gain metadata later on: a release has what there was when it was published.
known AS (FROM prompts AT (VERSION => {snapshot}) UNION ALL BY NAME SELECT NULL::VARCHAR AS metadata WHERE false)
SELECT t.preference_id, t.comparison_id, t.prompt_id, p.chosen_id, p.rejected_id,
       t.prompt, t.tools, q.contexts, t.chosen, t.rejected,
       t.chosen_tool_calls, t.rejected_tool_calls, chosen.turns AS chosen_turns, rejected.turns AS rejected_turns,
       chosen.parts AS chosen_parts, rejected.parts AS rejected_parts,
       chosen.steps AS chosen_steps, rejected.steps AS rejected_steps,
       chosen.made AS chosen_made, rejected.made AS rejected_made,
       chosen.parent_id AS chosen_parent_id, rejected.parent_id AS rejected_parent_id,
       t.chosen_model, t.rejected_model,
       t.is_tied, t.confidence, t.margin, p.length_controlled_margin, p.evidence, t.split,
       t.domain, t.language, t.source, t.reference, q.metadata, coalesce(p.near_group, '') AS near_group
FROM preference_texts AS t
JOIN widened AS p ON p.release = t.release AND p.preference_id = t.preference_id
JOIN known AS q ON q.prompt_id = t.prompt_id
JOIN answered AS chosen ON chosen.response_id = p.chosen_id
JOIN answered AS rejected ON rejected.response_id = p.rejected_id
WHERE t.release = $release
ORDER BY t.prompt_id, t.preference_id
"""


_LISTS = [
    f"{side}_{name}" for side in ("chosen", "rejected") for name in ("turns", "parts", "steps")
]

_NEWER = ("turns", "parts", "steps", "made", "parent_id")
"""Columns of responses that an older warehouse lacks."""

_CONTENT = """
SELECT coalesce(bool_or(tools IS NOT NULL), false),
       coalesce(bool_or(len(chosen_tool_calls) > 0 OR len(rejected_tool_calls) > 0
           OR len(list_filter(prompt || coalesce(chosen_turns, []) || coalesce(rejected_turns, []),
               lambda m: len(m.tool_calls) > 0 OR m.tool_call_id IS NOT NULL OR m.name IS NOT NULL)) > 0), false),
       coalesce(bool_or(metadata IS NOT NULL), false)
FROM ({texts})
"""


class PromptGroup(NamedTuple):
    """The preferences of one prompt."""

    prompt_id: str
    """The prompt."""

    near_group: str
    """First id of the prompts that hang together with it; empty where the release does not know."""

    split: str
    """Split that the release was published with."""

    rows: list[PreferenceText]
    """The preferences."""


def prompt_groups(warehouse: "Warehouse", release: str) -> Iterator[PromptGroup]:
    """Read the preferences of each prompt, in the order of the prompt ids, holding one batch at a time.

    Args:
        warehouse: Where the release lies; it can answer nothing else until the last group is taken.
        release: Full name of a release that exists, such as "preferences@3".
    """
    rows = _rows(warehouse, release)
    for prompt_id, group in groupby(rows, key=lambda row: row["prompt_id"]):
        found = list(group)
        near = {row.pop("near_group") for row in found}
        yield PromptGroup(
            prompt_id, min(near), found[0]["split"], cast(list[PreferenceText], found)
        )


def content_of(warehouse: "Warehouse", release: str) -> Content:
    """Say what occurs anywhere in the release."""
    sql = _CONTENT.format(texts=_texts(warehouse, release))
    found = warehouse.con.execute(sql, {"release": release}).fetchone()
    return Content(*cast(tuple[bool, bool, bool], found))


def _texts(warehouse: "Warehouse", release: str) -> str:
    types = sql_types(warehouse.con, Response)
    newer = ", ".join(f"NULL::{types[name]} AS {name}" for name in _NEWER)
    return _TEXTS.format(newer=newer, snapshot=snapshot_of(warehouse, release))


def _rows(warehouse: "Warehouse", release: str) -> Iterator[dict[str, Any]]:
    answer: Any = warehouse.con.execute(_texts(warehouse, release), {"release": release})
    for batch in answer.to_arrow_reader(_BATCH_ROWS):
        for row in batch.to_pylist():
            yield row | {column: row[column] or [] for column in _LISTS}
