"""Responses of one text, many at once."""

from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import NamedTuple

import pyarrow as pa

from winnow.pipelines.reading.plain.labels import labels
from winnow.pipelines.reading.plain.looks import looks_of
from winnow.pipelines.reading.plain.texts import TextColumn
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


class PlainResponses:
    """Responses that came as one text each."""

    def __init__(self, said: Sequence[PlainResponse]) -> None:
        """Read responses; every list here has the shape (n,)."""
        self.odd: set[int] = set()
        """Numbers of those that have to be read alone."""

        self.said = said
        texts = [one.text for one in said]
        self._texts = TextColumn(texts)
        self.models = self._named([one.model for one in said])
        samples = validated(Response, "sample_index", [one.sample_index for one in said])
        self._samples = [sample or 0 for sample in samples.values]
        self.odd.update(self._texts.unusable, self._texts.noticed, samples.invalid)
        self.odd.update(i for i, text in enumerate(texts) if _may_be_turns(text))
        names = {model: encode_basestring(model) for model in set(self.models)}
        others = {
            "prompt": [f'"{one.prompt_id}"' for one in said],
            "model": [names[model] for model in self.models],
            "sample": [str(sample) for sample in self._samples],
        }
        self.digests = _IDS.digests(text=self._texts.json, **others)
        self.ids = [digest.hex() for digest in self.digests]
        self.looks = looks_of(self._texts, self.digests, _IDS, **others)

    def _named(self, models: Sequence[str | int | None]) -> list[str]:
        distinct = list(set(models))
        read = labels(distinct)
        names = {
            model: label or UNKNOWN for model, label in zip(distinct, read.values, strict=True)
        }
        unusable = {distinct[i] for i in read.unusable}
        self.odd.update(i for i, model in enumerate(models) if model in unusable)
        return [names[model] for model in models]

    def table(self, taken: Sequence[int]) -> pa.Table:
        """Return the rows of the table of responses that some of them make, in this order."""
        return Response.from_columns(
            {
                "response_id": [self.ids[i] for i in taken],
                "prompt_id": [self.said[i].prompt_id for i in taken],
                "text": self._texts.picked(taken),
                "model": [self.models[i] for i in taken],
                "sample_index": [self._samples[i] for i in taken],
                "source": [self.said[i].place for i in taken],
                "source_id": [self.said[i].name for i in taken],
            },
            like=_READY,
        )


def _may_be_turns(text: str) -> bool:
    return text.lstrip()[:1] in ("[", "{") or text.startswith("\n\nHuman:")
