"""Responses of one text, many at once."""

from collections.abc import Sequence
from json.encoder import encode_basestring

import pyarrow as pa

from winnow.pipelines.reading.plain.labels import labels
from winnow.pipelines.reading.plain.looks import looks_of
from winnow.pipelines.reading.plain.texts import TextColumn
from winnow.pipelines.reading.responses import UNKNOWN, ReadyResponse
from winnow.schemas.ids import ContentIds, hole
from winnow.schemas.responses import Response

_READY = ReadyResponse(text=hole("text"), model=hole("model")).to_record(hole("prompt"), "-")
_IDS = ContentIds(_READY.as_content())


class PlainResponses:
    """Responses that came as one text each."""

    def __init__(
        self,
        texts: Sequence[str],
        models: Sequence[str | int | None],
        prompt_ids: Sequence[str],
        places: Sequence[str],
    ) -> None:
        """Read responses; every list here has the shape (n,).

        Args:
            texts: What was said.
            models: Who said it, as the rows name them.
            prompt_ids: What each answers.
            places: File and line of each.
        """
        self.odd: set[int] = set()
        """Numbers of those that have to be read alone."""

        self._texts = TextColumn(texts)
        self._prompt_ids = prompt_ids
        self._places = places
        self.models = self._named(models)
        self.odd.update(self._texts.unusable, self._texts.noticed)
        self.odd.update(i for i, text in enumerate(texts) if _may_be_turns(text))
        names = {model: encode_basestring(model) for model in set(self.models)}
        others = {
            "prompt": [f'"{prompt_id}"' for prompt_id in prompt_ids],
            "model": [names[model] for model in self.models],
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
                "prompt_id": [self._prompt_ids[i] for i in taken],
                "text": self._texts.array.take(pa.array(taken, pa.int64())),
                "model": [self.models[i] for i in taken],
                "source": [self._places[i] for i in taken],
            },
            like=_READY,
        )


def _may_be_turns(text: str) -> bool:
    return text.lstrip()[:1] in ("[", "{") or text.startswith("\n\nHuman:")
