"""Ready comparisons, and judgments in the same rows or in a file of their own."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from winnow.pipelines.reading.battles import battle_sides, unknown_responses
from winnow.pipelines.reading.defects import Defect, kind_of
from winnow.pipelines.reading.details import says_more
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.judgments import Defaults, Origin, says_a_verdict
from winnow.pipelines.reading.lines import read_lines
from winnow.pipelines.reading.links import MOST_TOGETHER, Link
from winnow.pipelines.reading.plain.comparisons import plain_comparisons
from winnow.pipelines.reading.plain.judgment_rows import plain_judgment_rows
from winnow.pipelines.reading.prompts import (
    PromptWithAnswer,
    holds_prompt,
    parse_prompt,
    unknown_prompt,
)
from winnow.pipelines.reading.responses import (
    AUTHORS,
    ReadyResponse,
    ready_responses,
    response_in,
)
from winnow.pipelines.reading.settings import ComparisonSource, JudgmentSource
from winnow.schemas.plurals import counted
from winnow.schemas.prompts import Message, Prompt


def read_comparisons(source: ComparisonSource, name: str, importer: Importer) -> None:
    """Take in ready comparisons, the prompts and responses that they bring, and the judgments in their rows.

    Raises:
        MalformedInput: The source is empty or mostly malformed, or cannot be read at all.
        InvalidSettings: It is missing, or lacks a column that the settings name.
    """
    take = partial(_take_comparison, source=source, name=name, importer=importer)
    lose = partial(importer.lost_item, source=source)
    plain = partial(plain_comparisons, source, name, importer)
    read_lines(source, name, "comparisons", importer.intake, take, together=plain, on_reject=lose)


def _take_comparison(
    place: str, fields: Fields, *, source: ComparisonSource, name: str, importer: Importer
) -> None:
    item_id = fields.label("item_id")
    row = _read_sides(place, fields, item_id, source)
    if item_id is not None and item_id in importer.known.items:
        _check_item(item_id, row.prompt, row.ready, importer)
    said = list(_judgments_in(fields, row.is_ranked, source.annotator))
    # Nothing is taken in before all of the row could be read.
    prompt_id, response_ids = importer.refer(row.prompt, *row.ready)
    importer.known.name_prompt(row.prompt.source_id, prompt_id)
    if row.answer:
        importer.responses(place, prompt_id, [(fields.column("messages"), row.answer)])
    origin = Origin(place, item_id or row.prompt.source_id)
    names = [one.name for one in row.ready] if row.is_listed else []
    link, first = importer.compare(
        prompt_id, *response_ids, strategy="imported", origin=origin, names=names
    )
    if item_id is not None:
        importer.known.items.setdefault(item_id, link)
    defaults = Defaults(
        source.annotator or (name if row.is_ranked else None),
        source.kind,
        source.verdicts,
        "a" if row.is_ranked else None,
    )
    _take_judgments(place, fields, said, link, defaults, importer)
    if first != place:
        raise Defect(
            "duplicate_comparison", f"compares the same as {first}; its judgments go there"
        )
    if row.is_battle:
        fields.counted("battles")


class _Sides(NamedTuple):
    """What a row sets side by side."""

    prompt: Prompt
    answer: ReadyResponse | None
    """What the conversation of the prompt went on to, if it did."""

    ready: list[ReadyResponse]
    is_ranked: bool
    """Whether the columns say that the first is better."""

    is_listed: bool = False
    """Whether the responses stand in a list, two or more."""

    is_battle: bool = False
    """Whether nobody knows what the two said."""


def _read_sides(
    place: str, fields: Fields, item_id: str | None, source: ComparisonSource
) -> _Sides:
    battle = battle_sides(fields)
    if battle and not holds_prompt(fields):
        prompt = unknown_prompt(fields, source=place, item_id=item_id, keep=source.keep)
        asked = PromptWithAnswer(prompt, None)
    else:
        asked = parse_prompt(
            fields, source=place, max_characters=source.max_characters, keep=source.keep
        )
    if battle:
        ready = unknown_responses(fields, battle, item_id)
        return _Sides(*asked, ready, is_ranked=battle[0] == "chosen", is_battle=True)
    if _is_listed(fields):
        return _Sides(
            *asked, _listed(fields, asked.prompt.messages), is_ranked=False, is_listed=True
        )
    is_ranked = _is_ranked(fields)
    sides = ("chosen", "rejected") if is_ranked else ("response_a", "response_b")
    ready = [response_in(fields, side, asked.prompt.messages) for side in sides]
    return _Sides(*asked, ready, is_ranked)


def _check_item(
    item_id: str, prompt: Prompt, ready: list[ReadyResponse], importer: Importer
) -> None:
    """Check that an item_id means one comparison; a line that compares the same again brings more judgments of it."""
    before = importer.known.items[item_id]
    if before is None or importer.comparison_id(prompt, *ready) != before.comparison_id:
        raise Defect("duplicate_item", f"an earlier line has the item_id {item_id!r}")


def _is_ranked(fields: Fields) -> bool:
    return fields.get("response_a") is None and fields.get("chosen") is not None


def _is_listed(fields: Fields) -> bool:
    """Whether the responses stand in a list, two or more, and not in a column each."""
    return fields.peek("responses") is not None and not any(
        fields.peek(column) is not None for column in AUTHORS
    )


def _listed(fields: Fields, prompt: Sequence[Message]) -> list[ReadyResponse]:
    """Read the responses of a list, all of which must be usable: what is said of them is said of all."""
    found = []
    for _, ready in ready_responses(fields, prompt):
        if isinstance(ready, Defect):
            raise ready
        found.append(ready)
    if not 2 <= len(found) <= MOST_TOGETHER:
        raise Defect(
            "bad_response",
            f"{fields.column('responses')!r} holds {counted(len(found), 'response')}, wanted 2 to {MOST_TOGETHER} that are "
            "set side by side",
        )
    return found


def _judgments_in(
    fields: Fields, is_ranked: bool, annotator: str | None
) -> Iterator[tuple[str, Any]]:
    """Yield the judgments of a row with their places in it: objects of its list, and the row itself where it judges."""
    column = fields.column("judgments")
    listed = fields.structure("judgments")
    if listed is not None and not isinstance(listed, list):
        yield column, listed
    for i, said in enumerate(listed if isinstance(listed, list) else []):
        inner = fields.inner(said, "judgments") if isinstance(said, dict) else said
        yield f"{column}[{i}]", inner
    is_judged = (annotator or fields.peek("annotator") is not None) and says_more(fields)
    if says_a_verdict(fields) or (is_judged and not is_ranked):
        yield fields.column("verdict"), fields
    elif is_ranked and listed is None:
        yield fields.column("chosen"), fields


def _take_judgments(
    place: str,
    row: Fields,
    found: list[tuple[str, Any]],
    link: Link,
    defaults: Defaults,
    importer: Importer,
) -> None:
    listed = defaults._replace(verdict=None) if defaults.verdict else defaults
    for where, said in found:
        importer.intake.offer("judgments")
        try:
            if said is row:
                origin = Origin(place, row.label("judgment_id"))  # the row's `id` is its prompt's
                importer.judgment(row, link, defaults, origin)
            elif isinstance(said, Fields):
                importer.judgment(said, link, listed, _own_origin(said, place))
            else:
                raise Defect(
                    "bad_judgment",
                    f"{where} is {kind_of(said)}, wanted {{annotator, verdict, ...}}",
                )
        except Defect as defect:
            importer.intake.reject("judgments", "judgment", f"{place}#{where}", defect)


def _own_origin(judgment: Fields, place: str) -> Origin:
    return Origin(place, judgment.label("judgment_id") or judgment.label("id"))


def read_judgments(source: JudgmentSource, name: str, importer: Importer) -> None:
    """Take in judgments of the ready comparisons, which must have been read before.

    Raises:
        MalformedInput: The source is empty or mostly malformed, or cannot be read at all.
        InvalidSettings: It is missing, or lacks a column that the settings name.
    """
    take = partial(_take_judgment, source=source, importer=importer)
    plain = partial(plain_judgment_rows, source, importer)
    read_lines(source, name, "judgments", importer.intake, take, together=plain)


def _take_judgment(
    place: str, fields: Fields, *, source: JudgmentSource, importer: Importer
) -> None:
    item_id = fields.label("item_id")
    if item_id is None:
        raise Defect("bad_judgment", f"{fields.column('item_id')!r} is missing")
    defaults = Defaults(source.annotator, source.kind, source.verdicts)
    link = importer.known.link(item_id)
    importer.judgment(fields, link, defaults, _own_origin(fields, place))
