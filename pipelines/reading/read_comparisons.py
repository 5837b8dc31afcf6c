"""Ready comparisons, and judgments in the same rows or in a file of their own."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from winnow.pipelines.reading.defects import Defect, kind_of
from winnow.pipelines.reading.details import says_more
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.judgments import Defaults, Origin, says_a_verdict
from winnow.pipelines.reading.lines import read_lines
from winnow.pipelines.reading.links import MOST_TOGETHER, Link
from winnow.pipelines.reading.prompts import parse_prompt
from winnow.pipelines.reading.responses import (
    AUTHORS,
    ReadyResponse,
    ready_responses,
    response_in,
)
from winnow.pipelines.reading.settings import ComparisonSource, JudgmentSource
from winnow.pipelines.reading.taking import Taking
from winnow.schemas.plurals import counted
from winnow.schemas.prompts import Message, Prompt


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
    _check_texts(fields)
    asked = parse_prompt(
        fields, source=place, max_characters=source.max_characters, keep=source.keep
    )
    is_ranked, is_listed = _is_ranked(fields), _is_listed(fields)
    turns = asked.prompt.messages
    if is_listed:
        ready = _listed(fields, turns)
    else:
        sides = ("chosen", "rejected") if is_ranked else ("response_a", "response_b")
        ready = [response_in(fields, side, turns) for side in sides]
    if item_id is not None and item_id in taking.known.items:
        _check_item(item_id, asked.prompt, ready, taking)
    said = list(_judgments_in(fields, is_ranked, source.annotator))
    # Nothing is taken in before all of the row could be read.
    prompt_id, response_ids = taking.refer(asked.prompt, *ready)
    taking.known.name_prompt(asked.prompt.source_id, prompt_id)
    if asked.answer:
        taking.responses(place, prompt_id, [(fields.column("messages"), asked.answer)])
    origin = Origin(place, item_id or asked.prompt.source_id)
    names = [one.name for one in ready] if is_listed else []
    link, first = taking.compare(
        prompt_id, *response_ids, strategy="imported", origin=origin, names=names
    )
    if item_id is not None:
        taking.known.items.setdefault(item_id, link)
    defaults = Defaults(
        source.annotator or (name if is_ranked else None),
        source.kind,
        source.verdicts,
        "a" if is_ranked else None,
    )
    _take_judgments(place, fields, said, link, defaults, taking)
    if first != place:
        raise Defect(
            "duplicate_comparison", f"compares the same as {first}; its judgments go there"
        )


def _check_texts(fields: Fields) -> None:
    """Check that a row is no battle of two models whose texts are not there."""
    has_models = all(fields.peek(name) is not None for name in ("model_a", "model_b"))
    if has_models and all(fields.peek(name) is None for name in (*AUTHORS, "responses")):
        raise Defect(
            "no_texts",
            "it names two models and holds the text of neither, so no preference can come of it; "
            "`winnow aggregate` ranks models from such rows",
        )


def _check_item(item_id: str, prompt: Prompt, ready: list[ReadyResponse], taking: Taking) -> None:
    """Check that an item_id means one comparison; a line that compares the same again brings more judgments of it."""
    before = taking.known.items[item_id]
    if before is None or taking.comparison_id(prompt, *ready) != before.comparison_id:
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
    """Give the judgments of a row with their places in it: objects of its list, and the row itself where it judges."""
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
    taking: Taking,
) -> None:
    listed = defaults._replace(verdict=None) if defaults.verdict else defaults
    for where, said in found:
        taking.intake.offer("judgments")
        try:
            if said is row:
                origin = Origin(place, row.label("judgment_id"))  # the row's `id` is its prompt's
                taking.judgment(row, link, defaults, origin)
            elif isinstance(said, Fields):
                taking.judgment(said, link, listed, _own_origin(said, place))
            else:
                raise Defect(
                    "bad_judgment",
                    f"{where} is {kind_of(said)}, wanted {{annotator, verdict, ...}}",
                )
        except Defect as defect:
            taking.intake.reject("judgments", "judgment", f"{place}#{where}", defect)


def _own_origin(judgment: Fields, place: str) -> Origin:
    return Origin(place, judgment.label("judgment_id") or judgment.label("id"))


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
    link = taking.known.link(item_id)
    taking.judgment(fields, link, defaults, _own_origin(fields, place))
