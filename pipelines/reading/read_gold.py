"""Gold verdicts, on ready comparisons or on two ready responses to a prompt."""

from functools import partial

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.formats.row import Row
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.judgments import Origin, parse_verdict
from winnow.pipelines.reading.known import digest
from winnow.pipelines.reading.lines import Alone, read_lines
from winnow.pipelines.reading.links import Link
from winnow.pipelines.reading.rows import read_rows
from winnow.pipelines.reading.settings import GoldSource
from winnow.schemas.errors import CurationError
from winnow.schemas.judgments import Gold


def read_gold(source: GoldSource, name: str, importer: Importer) -> None:
    """Take in gold verdicts, and the comparisons that they are about where nobody formed them yet.

    Raises:
        MalformedInput: The source is empty or mostly malformed, or cannot be read at all.
        InvalidSettings: It is missing, or lacks a column that the settings name.
    """
    take = partial(_take, source=source, importer=importer)
    read_lines(
        source, name, "gold", importer.intake, take, together=lambda _: Alone(importer.known)
    )


def names_responses(source: GoldSource) -> bool:
    """Tell whether gold verdicts may name prompts and responses, and not comparisons by their item_id alone.

    What cannot be read is said where gold is read.
    """
    try:
        return any(not _has_item(row, source) for row in read_rows(source, source.name))
    except CurationError:
        return True


def _has_item(row: Row, source: GoldSource) -> bool:
    return isinstance(row.data, dict) and bool(Fields(row.data, source.columns).peek("item_id"))


def _take(place: str, fields: Fields, *, source: GoldSource, importer: Importer) -> None:
    verdict = parse_verdict(fields, source.verdicts, "bad_gold")
    if verdict == "invalid":
        raise Defect("bad_gold", f"{fields.column('verdict')!r} is 'invalid', wanted a, b or tie")
    link = _link(place, fields, importer)
    if link.is_group:
        raise Defect(
            "bad_gold",
            f"{fields.column('item_id')!r} is {fields.label('item_id')!r}, where {len(link.response_ids)} responses stand side "
            "by side; gold is of two: name them by prompt, a and b",
        )
    basis = fields.text("basis", "bad_gold")
    if not basis:
        fields.decided_by("basis")
    gold = Gold.model_validate(
        {
            "comparison_id": link.comparison_id,
            "verdict": link.verdict(verdict),
            "basis": basis or source.basis,
        }
    )
    importer.gold(gold, place)
    fields.counted("taken")


def _link(place: str, fields: Fields, importer: Importer) -> Link:
    item_id = fields.label("item_id")
    if item_id is not None:
        return importer.known.link(item_id)
    names = [fields.label(column) for column in ("prompt", "a", "b")]
    prompt, a, b = names
    if prompt is None or a is None or b is None:
        raise Defect(
            "bad_gold",
            f"wanted {fields.column('item_id')!r}, or 'prompt', 'a' and 'b'; "
            f"found columns: {fields.found()}",
        )
    prompt_id = _prompt(prompt, importer)
    sides = (_response(prompt_id, side, prompt, importer) for side in (a, b))
    return _comparison(prompt_id, *sides, place=place, importer=importer)


def _prompt(label: str, importer: Importer) -> str:
    known = importer.known.prompt_of
    prompt_id = known.get(label)
    if prompt_id is None:
        why = "more than one prompt has" if label in known else "no prompt has"
        raise Defect("unknown_prompt", f"{why} the id {label!r}")
    if digest(prompt_id) not in importer.known.prompts:
        raise Defect("not_sampled", f"prompt {label!r} is not in the sample")
    return prompt_id


def _response(prompt_id: str, name: str, prompt: str, importer: Importer) -> str:
    known = importer.known.response_of
    response_id = known.get((prompt_id, name))
    if response_id is None:
        several = (prompt_id, name) in known
        why = f"more than one response named {name!r}" if several else f"no response named {name!r}"
        others = sorted(n for p, n in known if p == prompt_id)
        raise Defect(
            "unknown_response",
            f"prompt {prompt!r} has {why}; it has: {', '.join(others) or 'none'}",
        )
    return response_id


def _comparison(prompt_id: str, a: str, b: str, *, place: str, importer: Importer) -> Link:
    origin = Origin(place, None)
    link, first = importer.compare(prompt_id, a, b, strategy="gold", origin=origin)
    if first == place:
        importer.intake.offer("comparisons")
    return link
