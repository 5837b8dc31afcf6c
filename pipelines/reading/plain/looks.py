"""How many prompts or responses look that are one text each."""

from collections.abc import Sequence
from json.encoder import encode_basestring

from winnow.pipelines.reading.digests import Digests
from winnow.pipelines.reading.plain.texts import TextColumn
from winnow.schemas.ids import ContentIds


def looks_of(
    texts: TextColumn, digests: Digests, ids: ContentIds, **others: Sequence[str]
) -> Digests:
    """Return the look of each, as a digest: its own where it stands as it looks; shape (n,).

    Args:
        texts: What they say.
        digests: Their ids.
        ids: Gives their ids by `text` and the holes of `others`.
        others: What else their ids depend on, as JSON; each of shape (n,).
    """
    other = [i for i, seen in enumerate(texts.seen) if seen != texts.values[i]]
    looks = Digests(digests) if other else digests
    if other:
        seen = [encode_basestring(texts.seen[i]) for i in other]
        rest = {name: [values[i] for i in other] for name, values in others.items()}
        for i, look in zip(other, ids.digests(text=seen, **rest), strict=True):
            looks[i] = look
    return looks
