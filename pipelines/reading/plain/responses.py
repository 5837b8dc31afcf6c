"""Responses of one text, many at once."""

from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import NamedTuple

import pyarrow as pa

from winnow.pipelines.reading.digests import Digests
from winnow.pipelines.reading.plain.labels import labels
from winnow.pipelines.reading.plain.looks import looks_of
from winnow.pipelines.reading.plain.texts import TextColumn, hex_column
from winnow.pipelines.reading.responses import UNKNOWN, ReadyResponse
from winnow.schemas.columns import validated
from winnow.schemas.ids import ContentIds, hole
from winnow.schemas.responses import Response

_READY = ReadyResponse(text=hole("text"), model=hole("model")).to_record(hole("prompt"), "-")
_IDS = ContentIds(_READY.as_content() | {"sample_index": hole("sample")})


class PlainResponses(NamedTuple):
    """Responses that came as one text each; every list and the table have a place a response."""

    digests: Digests
    """Their ids."""

    looks: Digests
    models: list[str]
    table: pa.Table
    odd: set[int]
    """Numbers of those that have to be read alone."""


def plain_responses(
    said: Sequence[str],
    authors: Sequence[str | int | None],
    prompt_ids: Sequence[str],
    places: Sequence[str],
    names: Sequence[str | None] | None = None,
    sample_indices: Sequence[int] | None = None,
) -> PlainResponses:
    """Read responses; every argument has the shape (n,).

    Args:
        said: Their texts.
        authors: Who said each, as the rows name them.
        prompt_ids: What each answers.
        places: File and line of each.
        names: Their own ids in the file; None where there are none.
        sample_indices: As a record holds them; None where all are 0.
    """
    texts = TextColumn(said)
    odd = {*texts.unusable, *texts.noticed}
    odd.update(i for i, text in enumerate(said) if _may_be_turns(text))
    models, numbers = _models(authors, odd), _samples(sample_indices or [0] * len(said), odd)
    written = {model: encode_basestring(model) for model in set(models)}
    others = {
        "prompt": [f'"{prompt_id}"' for prompt_id in prompt_ids],
        "model": [written[model] for model in models],
        "sample": [*map(str, numbers)],
    }
    digests = Digests(_IDS.digests(text=texts.json, **others))
    table = Response.from_columns(
        {
            "response_id": hex_column(digests),
            "prompt_id": prompt_ids,
            "text": texts.array,
            "model": models,
            "sample_index": numbers,
            "source": places,
            **({"source_id": names} if names else {}),
        },
        like=_READY,
    )
    return PlainResponses(digests, looks_of(texts, digests, _IDS, **others), models, table, odd)


def _samples(numbers: Sequence[int], odd: set[int]) -> list[int]:
    found = validated(Response, "sample_index", numbers)
    odd.update(found.invalid)
    return [number or 0 for number in found.values]


def _models(named: Sequence[str | int | None], odd: set[int]) -> list[str]:
    distinct = list(set(named))
    read = labels(distinct)
    names = {model: label or UNKNOWN for model, label in zip(distinct, read.values, strict=True)}
    unusable = {distinct[i] for i in read.unusable}
    odd.update(i for i, model in enumerate(named) if model in unusable)
    return [names[model] for model in named]


def _may_be_turns(text: str) -> bool:
    return text.lstrip()[:1] in ("[", "{") or text.startswith("\n\nHuman:")
