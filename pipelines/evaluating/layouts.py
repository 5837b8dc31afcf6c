"""One row of each layout of labelled comparisons."""

from collections.abc import Iterator
from typing import Any

from winnow.annotation.judge import ComparisonView
from winnow.pipelines.evaluating.labelled import LabelledComparison, item_of
from winnow.pipelines.evaluating.reader import Reader
from winnow.pipelines.reading.defects import Defect, kind_of
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.judgments import parse_verdict
from winnow.pipelines.reading.prompts import parse_prompt
from winnow.pipelines.reading.responses import parse_response, response_in
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


def take_pair(reader: Reader, place: str, fields: Fields) -> None:
    """Take in a row of the long form: item_id, prompt, response_a, response_b, and the verdict where it is there.

    Raises:
        Defect: The row cannot be used.
    """
    item_id = fields.label("item_id")
    if item_id is None:
        raise Defect("bad_field", "'item_id' is missing")
    if item_id in reader.rows:
        raise Defect("duplicate_item", f"an earlier line has the item_id {item_id!r}")
    prompt = parse_prompt(fields, source=place).prompt
    a, b = (
        response_in(fields, side, prompt.messages).to_record(prompt.prompt_id, prompt.source)
        for side in ("response_a", "response_b")
    )
    said = None if fields.get("verdict") is None else parse_verdict(fields, {}, "bad_gold")
    view = ComparisonView(comparison_id=item_id, prompt=prompt, a=a, b=b)
    reader.take(item_of(view, said, _subset(fields)))


def take_ranked(reader: Reader, place: str, fields: Fields) -> None:
    """Take in a row of RewardBench 1: prompt, chosen, rejected.

    Raises:
        Defect: The row cannot be used.
    """
    prompt = parse_prompt(fields, source=place).prompt
    chosen, rejected = (
        response_in(fields, side, prompt.messages).to_record(prompt.prompt_id, prompt.source)
        for side in ("chosen", "rejected")
    )
    subset, item_id = _subset(fields), reader.free_id(fields.label("id") or place)
    reader.take(_sides(item_id, prompt, chosen, rejected, subset))


def take_several(reader: Reader, place: str, fields: Fields) -> None:
    """Take in a row of RewardBench 2, lists of chosen and rejected responses: each chosen against each rejected one.

    Raises:
        Defect: The row cannot be used.
    """
    prompt = parse_prompt(fields, source=place).prompt
    correct = list(_responses(fields, "chosen", prompt))
    incorrect = list(_responses(fields, "rejected", prompt))
    n_correct = fields.get("num_correct")
    if n_correct is not None and str(n_correct) != str(len(correct)):
        raise Defect(
            "bad_field",
            f"'num_correct' is {n_correct}, but 'chosen' holds {len(correct)} responses",
        )
    subset, case = _subset(fields), fields.label("id") or place
    if f"{case}/0-0" in reader.rows:
        raise Defect("duplicate_item", f"an earlier line has the id {case!r}")
    items = [
        _sides(f"{case}/{i}-{j}", prompt, good, bad, subset, case=case, correct=i, incorrect=j)
        for i, good in enumerate(correct)
        for j, bad in enumerate(incorrect)
    ]
    for item in items:
        reader.take(item)


def _sides(
    item_id: str,
    prompt: Prompt,
    chosen: Response,
    rejected: Response,
    subset: str | None,
    **more: Any,
) -> LabelledComparison:
    """Set the two sides in the order of their content's hash, so that the better one is a as often as b."""
    if chosen.response_id == rejected.response_id:
        raise Defect("identical_responses", "chosen and rejected are the same; nothing to compare")
    a, b = sorted((chosen, rejected), key=lambda response: response.response_id)
    view = ComparisonView(comparison_id=item_id, prompt=prompt, a=a, b=b)
    return item_of(view, "a" if a is chosen else "b", subset, **more)


def _responses(fields: Fields, column: str, prompt: Prompt) -> Iterator[Response]:
    found = fields.structure(column)
    if not isinstance(found, list) or not found:
        raise Defect(
            "bad_response",
            f"{column!r} is {kind_of(found)}, wanted a list of at least one response",
        )
    for i, value in enumerate(found):
        where = f"{column}[{i}]"
        ready = parse_response(value, where, "unknown", prompt.messages)
        yield ready.to_record(prompt.prompt_id, prompt.source)


def _subset(fields: Fields) -> str | None:
    return fields.text("subset") or fields.text("domain")
