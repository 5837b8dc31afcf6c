"""What can be told of two criteria from their words alone."""

import re
from collections import Counter
from functools import lru_cache

_WORD = re.compile(r"\w+(?:['’]\w+)?")
_NEGATED = re.compile(
    r"not|no|never|without|avoid(?:s|ing)?|neither|nor|cannot|lacks?|omits?|refrains?|\w+n['’]t"
)
_EMPTY = re.compile(
    r"an?|the|its?|is|are|be|been|being|do|does|did|has|have|must|should|shall|will|would|can|could|may|to|from|of|any"
    r"|response|answer|reply|that|which|this"
)


def is_mirror(one: str, other: str) -> bool:
    """Say whether two criteria use the same words, and one of them negates what the other does not.

    Negations of English alone are known; of other languages a judge has to say so.
    """
    (words, n_not), (other_words, other_n_not) = _stated(one), _stated(other)
    return words == other_words and bool(words) and (n_not - other_n_not) % 2 == 1


@lru_cache(maxsize=2**16)  # a criterion is compared with several others
def _stated(text: str) -> tuple[Counter[str], int]:
    """Return the words that carry meaning, without an ending, and how often they are negated."""
    words, n_not = Counter[str](), 0
    for word in _WORD.findall(text.casefold()):
        if _NEGATED.fullmatch(word):
            n_not += 1
        elif not _EMPTY.fullmatch(word):
            words[word.removesuffix("ing").removesuffix("s")] += 1
    return words, n_not
