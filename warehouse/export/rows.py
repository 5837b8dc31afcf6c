"""Read a release from the warehouse, prompt by prompt."""

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.judgments import Judgment
from winnow.schemas.measures import measure_sql
from winnow.schemas.responses import Response
from winnow.warehouse.export.layout import SIDES, Content, PreferenceText
from winnow.warehouse.export.not_carried import USUAL
from winnow.warehouse.releases import snapshot_of
from winnow.warehouse.sql import quote
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
SELECT {columns}
FROM widened AS p
JOIN prompts AS q ON q.prompt_id = p.prompt_id
JOIN known ON known.prompt_id = p.prompt_id
JOIN answered AS chosen ON chosen.response_id = p.chosen_id
JOIN answered AS rejected ON rejected.response_id = p.rejected_id
{judged}
{stepped}
ORDER BY p.prompt_id, p.preference_id
"""
_ANSWERED = ("tool_calls", "turns", "parts", "steps", "made", "parent_id")
_OF_SIDES = {"": "text"} | {f"_{name}": name for name in (*_ANSWERED, "model")}
_IDS = ("preference_id", "comparison_id", "prompt_id", "chosen_id", "rejected_id")
_LABEL = ("is_tied", "confidence", "margin", "length_controlled_margin", "evidence", "split")
_COLUMNS = (
    {name: f"p.{name}" for name in _IDS}
    | {"prompt": "q.messages", "tools": "q.tools", "contexts": "known.contexts"}
    | {f"{side}{end}": f"{side}.{name}" for end, name in _OF_SIDES.items() for side in SIDES}
    | {name: f"p.{name}" for name in _LABEL}
    | {name: f"q.{name}" for name in ("domain", "language", "source", "reference")}
    | {"metadata": "known.metadata", "near_group": "coalesce(p.near_group, '')"}
)
"""What `PreferenceText` and near_group are in the warehouse."""

# Of what was said when the release was published; of what its annotator had changed by then, the last word.
_JUDGED = """
LEFT JOIN (
    SELECT r.prompt_id, list({{
        'judgment_id': j.judgment_id, 'annotator_id': j.annotator_id, 'kind': j.kind, 'rubric_id': c.rubric_id,
        'response_id': j.said.response_id, 'criterion_id': c.criterion_id, 'criterion': c.text, 'criterion_kind': c.kind,
        'verdict': j.said.verdict, 'evidence': j.said.evidence
    }} ORDER BY c.criterion_id, j.annotator_id, j.judgment_id, j.said.response_id) AS verdicts
    FROM (
        WITH said_by_then AS (FROM judgments AT (VERSION => {snapshot})),
        replaced_by_then AS (
            WITH judgments AS (FROM said_by_then)
            {replaced}
        )
        SELECT judgment_id, annotator_id, kind, unnest(criteria) AS said
        FROM said_by_then ANTI JOIN replaced_by_then USING (judgment_id)
    ) AS j
    JOIN criteria AS c ON c.criterion_id = j.said.criterion_id
    JOIN answered AS r ON r.response_id = j.said.response_id
    GROUP BY r.prompt_id
) AS judged ON judged.prompt_id = p.prompt_id
"""

# The same of steps.
_STEPPED = r"""
LEFT JOIN (
    SELECT r.prompt_id, list({{
        'judgment_id': j.judgment_id, 'annotator_id': j.annotator_id, 'kind': j.kind, 'response_id': r.response_id,
        'step': j.step, 'verdict': j.verdict, 'ratings': j.ratings, 'rationale': j.rationale
    }} ORDER BY r.response_id, j.annotator_id, j.step.index, j.judgment_id) AS step_judgments
    FROM (
        WITH said_by_then AS (FROM judgments AT (VERSION => {snapshot}) UNION ALL BY NAME SELECT {newer} WHERE false),
        replaced_by_then AS (
            WITH judgments AS (FROM said_by_then)
            {replaced}
        )
        SELECT * FROM said_by_then ANTI JOIN replaced_by_then USING (judgment_id)
        WHERE subject_kind = 'step' AND step IS NOT NULL AND NOT is_discarded
    ) AS j
    JOIN answered AS r ON r.response_id = regexp_extract(j.subject_id, '^(.*):\d+$', 1)
    GROUP BY r.prompt_id
) AS stepped ON stepped.prompt_id = p.prompt_id
"""

_LISTS = ["contexts"] + [
    f"{side}_{name}" for side in SIDES for name in ("tool_calls", "turns", "parts", "steps")
]

_NEWER = ("turns", "parts", "steps", "made", "parent_id")
"""Columns of responses that an older warehouse lacks."""

_TURNS = """len(list_filter({turns},
    m -> len(m.tool_calls) > 0 OR m.tool_call_id IS NOT NULL OR m.name IS NOT NULL)) > 0"""
_SAID = {
    **{name: f"len({name}) > 0" for name in ("tool_calls", "turns", "parts", "steps")},
    "made": f"made NOT IN ({', '.join(map(quote, USUAL))})",
    "parent_id": "parent_id IS NOT NULL",
}
"""Whether a response says something in a column that most say nothing in."""

# What is asked of prompts and of responses is asked of each once.
_CONTENT = f"""
{{sources}},
of_prompts AS (
    SELECT bool_or(tools IS NOT NULL) AS has_tools, bool_or({_TURNS.format(turns="messages")}) AS calls
    FROM prompts SEMI JOIN widened USING (prompt_id)
),
of_known AS (
    SELECT bool_or(metadata IS NOT NULL) AS has_metadata, bool_or(len(contexts) > 0) AS has_contexts
    FROM known SEMI JOIN widened USING (prompt_id)
),
of_responses AS (
    SELECT bool_or(len(tool_calls) > 0 OR {_TURNS.format(turns="coalesce(turns, [])")}) AS calls,
           {", ".join(f"bool_or({said}) AS says_{name}" for name, said in _SAID.items())}
    FROM answered WHERE response_id IN (SELECT unnest([chosen_id, rejected_id]) FROM widened)
)
SELECT coalesce(has_tools, false), coalesce(of_prompts.calls, false) OR coalesce(of_responses.calls, false),
       coalesce(has_metadata, false), coalesce(has_contexts, false),
       {", ".join(f"coalesce(says_{name}, false)" for name in _SAID)}
FROM of_prompts, of_known, of_responses
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
    warehouse: "Warehouse",
    release: str,
    unread: Collection[str] = (),
    *,
    with_verdicts: bool = False,
    with_steps: bool = False,
) -> Iterator[pa.Table]:
    """Read the preferences of whole prompts, some thousands at a time, as `prompt_groups` does one by one.

    The columns are those of `PreferenceText` but for the rubric, and near_group, empty where the release does not know; those
    that are `unread` are null throughout, which spares that rows are put in order with them. Verdicts and judgments of steps
    stand on the first row of each prompt.
    """
    sources = _sources(warehouse, release)
    judged = _judged(snapshot_of(warehouse, release)) if with_verdicts else ""
    stepped = _stepped(warehouse, snapshot_of(warehouse, release)) if with_steps else ""
    every = (
        _COLUMNS
        | ({"verdicts": _once("judged.verdicts")} if with_verdicts else {})
        | ({"step_judgments": _once("stepped.step_judgments")} if with_steps else {})
    )

    def answer(columns: Collection[str], most: str = "") -> Any:
        listed = ", ".join(f"{every[name]} AS {name}" for name in columns)
        sql = _TEXTS.format(sources=sources, columns=listed, judged=judged, stepped=stepped) + most
        return warehouse.con.execute(sql, {"release": release})

    schema: pa.Schema = answer(every, "LIMIT 0").to_arrow_table().schema
    waiting = None
    read_columns = [name for name in every if name not in unread]
    for batch in answer(read_columns).to_arrow_reader(_BATCH_ROWS):
        read = _widened(batch, schema)
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


def _widened(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """Give what was read all columns of a schema, those that were not read without a value."""
    columns = [
        batch[field.name] if field.name in batch.schema.names else pa.nulls(len(batch), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def content_of(warehouse: "Warehouse", release: str) -> Content:
    """Say what occurs anywhere in the release."""
    sql = _CONTENT.format(sources=_sources(warehouse, release))
    found = warehouse.con.execute(sql, {"release": release}).fetchone()
    has_tools, has_tool_turns, has_metadata, has_contexts, *said = cast(tuple[bool, ...], found)
    says = {"tools": has_tools, "metadata": has_metadata, "contexts": has_contexts} | {
        f"{side}_{name}": is_said
        for name, is_said in zip(_SAID, said, strict=True)
        for side in SIDES
    }
    silent = frozenset(name for name, is_said in says.items() if not is_said)
    return Content(has_tools, has_tool_turns, has_metadata, silent)


def _once(column: str) -> str:
    """Give what is said of a whole prompt on its first row alone: it may be long, and its preferences many."""
    first = "row_number() OVER (PARTITION BY p.prompt_id ORDER BY p.preference_id) = 1"
    return f"CASE WHEN {first} THEN {column} END"


def _judged(snapshot: int) -> str:
    return _JUDGED.format(snapshot=snapshot, replaced=measure_sql("replaced"))


def _stepped(warehouse: "Warehouse", snapshot: int) -> str:
    types = sql_types(warehouse.con, Judgment)
    newer = (
        f"NULL::{types['step']} AS step, NULL::VARCHAR AS subject_kind, NULL::VARCHAR AS subject_id"
    )
    return _STEPPED.format(snapshot=snapshot, newer=newer, replaced=measure_sql("replaced"))


def _sources(warehouse: "Warehouse", release: str) -> str:
    types = sql_types(warehouse.con, Response)
    newer = ", ".join(f"NULL::{types[name]} AS {name}" for name in _NEWER)
    return _SOURCES.format(newer=newer, snapshot=snapshot_of(warehouse, release))
