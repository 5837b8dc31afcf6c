"""Read a release from the warehouse, prompt by prompt."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.responses import Response
from winnow.warehouse.export.layout import SIDES, Content, PreferenceText
from winnow.warehouse.releases import snapshot_of
from winnow.warehouse.types import sql_types

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse

_BATCH_ROWS = 8_192

# A warehouse that was last written before there was a column has no such one.
_SOURCES = """
WITH widened AS (
    FROM (
        FROM preferences UNION ALL BY NAME
        SELECT NULL::DOUBLE AS length_controlled_margin, NULL::VARCHAR AS near_group WHERE false
    )
    WHERE release = $release
),
answered AS (FROM responses UNION ALL BY NAME SELECT {newer} WHERE false),
-- A prompt may gain metadata later on: a release has what there was when it was published.
known AS (FROM prompts AT (VERSION => {snapshot}) UNION ALL BY NAME SELECT NULL::VARCHAR AS metadata WHERE false)
"""
_TEXTS = """
{sources}
SELECT p.preference_id, p.comparison_id, p.prompt_id, p.chosen_id, p.rejected_id,
       q.messages AS prompt, q.tools, known.contexts, chosen.text AS chosen, rejected.text AS rejected,
       chosen.tool_calls AS chosen_tool_calls, rejected.tool_calls AS rejected_tool_calls,
       chosen.turns AS chosen_turns, rejected.turns AS rejected_turns,
       chosen.parts AS chosen_parts, rejected.parts AS rejected_parts,
       chosen.steps AS chosen_steps, rejected.steps AS rejected_steps,
       chosen.made AS chosen_made, rejected.made AS rejected_made,
       chosen.parent_id AS chosen_parent_id, rejected.parent_id AS rejected_parent_id,
       chosen.model AS chosen_model, rejected.model AS rejected_model,
       p.is_tied, p.confidence, p.margin, p.length_controlled_margin, p.evidence, p.split,
       q.domain, q.language, q.source, q.reference, known.metadata, coalesce(p.near_group, '') AS near_group{verdicts}
FROM widened AS p
JOIN prompts AS q ON q.prompt_id = p.prompt_id
JOIN known ON known.prompt_id = p.prompt_id
JOIN answered AS chosen ON chosen.response_id = p.chosen_id
JOIN answered AS rejected ON rejected.response_id = p.rejected_id
{judged}
ORDER BY p.prompt_id, p.preference_id
"""


# Of what was said when the release was published; of what its annotator changed, the last word.
_JUDGED = """
LEFT JOIN (
    SELECT r.prompt_id, list({{
        'judgment_id': j.judgment_id, 'annotator_id': j.annotator_id, 'kind': j.kind, 'rubric_id': c.rubric_id,
        'response_id': j.said.response_id, 'criterion_id': c.criterion_id, 'criterion': c.text, 'criterion_kind': c.kind,
        'verdict': j.said.verdict, 'evidence': j.said.evidence
    }} ORDER BY c.criterion_id, j.annotator_id, j.judgment_id, j.said.response_id) AS verdicts
    FROM (
        SELECT judgment_id, annotator_id, kind, unnest(criteria) AS said
        FROM judgments AT (VERSION => {snapshot}) ANTI JOIN replaced_judgments USING (judgment_id)
    ) AS j
    JOIN criteria AS c ON c.criterion_id = j.said.criterion_id
    JOIN answered AS r ON r.response_id = j.said.response_id
    GROUP BY r.prompt_id
) AS judged ON judged.prompt_id = p.prompt_id
"""

_LISTS = [f"{side}_{name}" for side in SIDES for name in ("turns", "parts", "steps")]

_NEWER = ("turns", "parts", "steps", "made", "parent_id")
"""Columns of responses that an older warehouse lacks."""

_TURNS = """len(list_filter({turns},
    m -> len(m.tool_calls) > 0 OR m.tool_call_id IS NOT NULL OR m.name IS NOT NULL)) > 0"""
# What is asked of prompts and of responses is asked of each once.
_CONTENT = f"""
{{sources}},
asked AS (FROM prompts SEMI JOIN widened USING (prompt_id)),
given AS (FROM answered WHERE response_id IN (SELECT unnest([chosen_id, rejected_id]) FROM widened))
SELECT coalesce((SELECT bool_or(tools IS NOT NULL) FROM asked), false),
       coalesce((SELECT bool_or({_TURNS.format(turns="messages")}) FROM asked), false)
       OR coalesce((SELECT bool_or(len(tool_calls) > 0 OR {_TURNS.format(turns="coalesce(turns, [])")}) FROM given), false),
       coalesce((SELECT bool_or(metadata IS NOT NULL) FROM known SEMI JOIN widened USING (prompt_id)), false)
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


def prompt_groups(
    warehouse: "Warehouse", release: str, *, with_verdicts: bool = False
) -> Iterator[PromptGroup]:
    """Read the preferences of each prompt, in the order of the prompt ids, holding one batch at a time.

    Args:
        warehouse: Where the release lies; it can answer nothing else until the last group is taken.
        release: Full name of a release that exists, such as "preferences@3".
        with_verdicts: Whether to read what was said of criteria.
    """
    for table in prompt_tables(warehouse, release, with_verdicts=with_verdicts):
        yield from groups_of(table)


def prompt_tables(
    warehouse: "Warehouse", release: str, *, with_verdicts: bool = False
) -> Iterator[pa.Table]:
    """Read the preferences of whole prompts, some thousands at a time, as `prompt_groups` does one by one.

    The columns are those of `PreferenceText` but for the rubric, and near_group, empty where the release does not know.
    """
    snapshot = snapshot_of(warehouse, release)
    sql = _TEXTS.format(
        sources=_sources(warehouse, release),
        verdicts=", judged.verdicts" if with_verdicts else "",
        judged=_JUDGED.format(snapshot=snapshot) if with_verdicts else "",
    )
    answer: Any = warehouse.con.execute(sql, {"release": release})
    waiting = None
    for batch in answer.to_arrow_reader(_BATCH_ROWS):
        read = pa.Table.from_batches([batch])
        rows = read if waiting is None else pa.concat_tables([waiting, read])
        # Of the last prompt more rows may follow.
        n_whole = pc.index(rows["prompt_id"], rows["prompt_id"][-1]).as_py()
        if n_whole:
            yield rows.slice(0, n_whole)
        waiting = rows.slice(n_whole)
    if waiting is not None:
        yield waiting


def groups_of(rows: pa.Table) -> Iterator[PromptGroup]:
    """Take rows of whole prompts apart."""
    each = (row | {column: row[column] or [] for column in _LISTS} for row in rows.to_pylist())
    for prompt_id, group in groupby(each, key=lambda row: row["prompt_id"]):
        found = list(group)
        near = {row.pop("near_group") for row in found}
        yield PromptGroup(
            prompt_id, min(near), found[0]["split"], cast(list[PreferenceText], found)
        )


def content_of(warehouse: "Warehouse", release: str) -> Content:
    """Say what occurs anywhere in the release."""
    sql = _CONTENT.format(sources=_sources(warehouse, release))
    found = warehouse.con.execute(sql, {"release": release}).fetchone()
    return Content(*cast(tuple[bool, bool, bool], found))


def _sources(warehouse: "Warehouse", release: str) -> str:
    types = sql_types(warehouse.con, Response)
    newer = ", ".join(f"NULL::{types[name]} AS {name}" for name in _NEWER)
    return _SOURCES.format(newer=newer, snapshot=snapshot_of(warehouse, release))
