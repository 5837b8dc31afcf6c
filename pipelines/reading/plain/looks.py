"""How many prompts or responses look that are one text each."""

from collections.abc import Sequence
from json.encoder import encode_basestring

from winnow.pipelines.reading.plain.texts import TextColumn
from winnow.schemas.ids import ContentIds


def looks_of(
    texts: TextColumn, digests: Sequence[bytes], ids: ContentIds, **others: Sequence[str]
) -> list[bytes]:
    """Return the look of each, as a digest: its own where it stands as it looks; shape (n,).

    Args:
        texts: What they say.
        digests: Their ids.
        ids: Gives their ids by `text` and the holes of `others`.
        others: What else their ids depend on, as JSON; each of shape (n,).
    """
    looks = list(digests)
    other = [i for i, seen in enumerate(texts.seen) if seen != texts.values[i]]
    if other:
        seen = [encode_basestring(texts.seen[i]) for i in other]
        rest = {name: [values[i] for i in other] for name, values in others.items()}
        for i, look in zip(other, ids.digests(text=seen, **rest), strict=True):
            looks[i] = look
    return looks
