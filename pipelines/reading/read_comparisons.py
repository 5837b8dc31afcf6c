"""Ready comparisons, and judgments in the same rows or in a file of their own."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from pipelines.reading.defects import Defect, kind_of
from pipelines.reading.fields import Fields
from pipelines.reading.judgments import Defaults, Link
from pipelines.reading.lines import read_lines
from pipelines.reading.prompts import parse_prompt
from pipelines.reading.responses import response_in
from pipelines.reading.settings import JUDGMENT_COLUMNS, ComparisonSource, JudgmentSource
from pipelines.reading.taking import Taking


def read_comparisons(source: ComparisonSource, name: str, taking: Taking) -> None:
    """Take in ready comparisons, the prompts and responses that they bring, and the judgments in their rows.

    Raises:
        MalformedInput: The source is empty or mostly malformed, or cannot be read at all.
        InvalidSettings: It is missing, or lacks a column that the settings name.
    """
    take = partial(_take_comparison, source=source, name=name, taking=taking)
    lose = partial(taking.lost_item, source=source)
    read_lines(source, name, "comparisons", taking.intake, take, lose)


def _take_comparison(
    place: str, fields: Fields, *, source: ComparisonSource, name: str, taking: Taking
) -> None:
    item_id = fields.label("item_id")
    if item_id is not None and item_id in taking.known.items:
        raise Defect("duplicate_item", f"an earlier line has the item_id {item_id!r}")
    asked = parse_prompt(fields, source=place, max_characters=source.max_characters)
    is_ranked = _is_ranked(fields)
    sides = ("chosen", "rejected") if is_ranked else ("response_a", "response_b")
    ready = [response_in(fields, side, asked.prompt.messages) for side in sides]
    said, label = list(_judgments_in(fields, is_ranked)), fields.label("id")
    # Nothing is taken in before all of the row could be read.
    prompt_id, (a, b) = taking.refer(asked.prompt, *ready)
    taking.known.name_prompt(label, prompt_id)
    if asked.answer:
        taking.responses(place, prompt_id, [(fields.column("messages"), asked.answer)])
    link, first = taking.compare(prompt_id, a, b, strategy="imported", place=place)
    if item_id is not None:
        taking.known.items[item_id] = link
    defaults = Defaults(
        source.annotator or (name if is_ranked else None), source.kind, source.verdicts
    )
    _take_judgments(place, said, link, defaults, taking)
    if first != place:
        raise Defect(
            "duplicate_comparison", f"compares the same as {first}; its judgments go there"
        )


def _is_ranked(fields: Fields) -> bool:
    return fields.get("response_a") is None and fields.get("chosen") is not None


def _judgments_in(fields: Fields, is_ranked: bool) -> Iterator[tuple[str, Any]]:
    column = fields.column("judgments")
    listed = fields.structure("judgments")
    if listed is not None and not isinstance(listed, list):
        yield column, listed
    for i, said in enumerate(listed if isinstance(listed, list) else []):
        yield f"{column}[{i}]", said
    if fields.get("verdict") is not None:
        yield fields.column("verdict"), {c: fields.get(c) for c in JUDGMENT_COLUMNS}
    elif is_ranked and listed is None:
        yield fields.column("chosen"), {"verdict": "a"}


def _take_judgments(
    place: str, found: list[tuple[str, Any]], link: Link, defaults: Defaults, taking: Taking
) -> None:
    for where, said in found:
        taking.intake.offer("judgments")
        try:
            if not isinstance(said, dict):
                raise Defect(
                    "bad_judgment",
                    f"{where} is {kind_of(said)}, wanted {{annotator, verdict, ...}}",
                )
            taking.judgment(Fields(said, {}), link, defaults)
        except Defect as defect:
            taking.intake.reject("judgments", "judgment", f"{place}#{where}", defect)


def read_judgments(source: JudgmentSource, name: str, taking: Taking) -> None:
    """Take in judgments of the ready comparisons, which must have been read before.

    Raises:
        MalformedInput: The source is empty or mostly malformed, or cannot be read at all.
        InvalidSettings: It is missing, or lacks a column that the settings name.
    """
    take = partial(_take_judgment, source=source, taking=taking)
    read_lines(source, name, "judgments", taking.intake, take)


def _take_judgment(place: str, fields: Fields, *, source: JudgmentSource, taking: Taking) -> None:
    item_id = fields.label("item_id")
    if item_id is None:
        raise Defect("bad_judgment", f"{fields.column('item_id')!r} is missing")
    defaults = Defaults(source.annotator, source.kind, source.verdicts)
    taking.judgment(fields, taking.known.link(item_id), defaults)
