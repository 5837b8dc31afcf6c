"""Responses of one text, many at once."""

from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import NamedTuple

import pyarrow as pa

from winnow.pipelines.reading.plain.labels import labels
from winnow.pipelines.reading.plain.looks import looks_of
from winnow.pipelines.reading.plain.texts import TextColumn, hex_column
from winnow.pipelines.reading.responses import UNKNOWN, ReadyResponse
from winnow.schemas.columns import validated
from winnow.schemas.ids import ContentIds, hole
from winnow.schemas.responses import Response

_READY = ReadyResponse(text=hole("text"), model=hole("model")).to_record(hole("prompt"), "-")
_IDS = ContentIds(_READY.as_content() | {"sample_index": hole("sample")})


class PlainResponse(NamedTuple):
    """A response that came as one text."""

    text: str
    model: str | int | None
    """Who said it, as the row names them."""

    prompt_id: str
    """What it answers."""

    place: str
    """File and line."""

    name: str | None = None
    """Its own id in the file."""

    sample_index: int = 0


class PlainResponses(NamedTuple):
    """Responses that came as one text each; every list and the table have a place a response."""

    digests: list[bytes]
    """Their ids."""

    looks: list[bytes]
    models: list[str]
    table: pa.Table
    odd: set[int]
    """Numbers of those that have to be read alone."""


def plain_responses(said: Sequence[PlainResponse]) -> PlainResponses:
    """Read responses; shape (n,)."""
    texts = TextColumn([one.text for one in said])
    samples = validated(Response, "sample_index", [one.sample_index for one in said])
    odd = {*texts.unusable, *texts.noticed, *samples.invalid}
    odd.update(i for i, one in enumerate(said) if _may_be_turns(one.text))
    models = _models([one.model for one in said], odd)
    names = {model: encode_basestring(model) for model in set(models)}
    numbers = [sample or 0 for sample in samples.values]
    others = {
        "prompt": [f'"{one.prompt_id}"' for one in said],
        "model": [names[model] for model in models],
        "sample": [str(number) for number in numbers],
    }
    digests = _IDS.digests(text=texts.json, **others)
    table = Response.from_columns(
        {
            "response_id": hex_column(digests),
            "prompt_id": [one.prompt_id for one in said],
            "text": texts.array,
            "model": models,
            "sample_index": numbers,
            "source": [one.place for one in said],
            "source_id": [one.name for one in said],
        },
        like=_READY,
    )
    return PlainResponses(digests, looks_of(texts, digests, _IDS, **others), models, table, odd)


def _models(named: Sequence[str | int | None], odd: set[int]) -> list[str]:
    distinct = list(set(named))
    read = labels(distinct)
    names = {model: label or UNKNOWN for model, label in zip(distinct, read.values, strict=True)}
    unusable = {distinct[i] for i in read.unusable}
    odd.update(i for i, model in enumerate(named) if model in unusable)
    return [names[model] for model in named]


def _may_be_turns(text: str) -> bool:
    return text.lstrip()[:1] in ("[", "{") or text.startswith("\n\nHuman:")
