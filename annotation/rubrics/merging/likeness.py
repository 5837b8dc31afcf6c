"""What can be told of two criteria from their words alone."""

import re
from collections import Counter

_WORD = re.compile(r"\w+(?:['’]\w+)?")
_NEGATIONS = frozenset(
    ["not", "no", "never", "without", "avoid", "avoids", "avoiding", "neither", "nor", "cannot", "lacks", "lack", "omits", "omit", "refrains", "refrain"]
)
_SHORT_NOT = ("n't", "n’t")
_EMPTY = frozenset(
    ["a", "an", "the", "it", "its", "is", "are", "be", "been", "being", "do", "does", "did", "has", "have", "must", "should", "shall", "will", "would", "can", "could", "may", "to", "from", "of", "any", "response", "answer", "reply", "that", "which", "this"]
)


def normal_form(text: str) -> str:
    """Return the words of a text without case, punctuation and spacing: criteria of one normal form are worded alike."""
    return " ".join(_WORD.findall(text.casefold()))


def is_mirror(one: str, other: str) -> bool:
    """Say whether two criteria use the same words, and one of them negates what the other does not.

    Negations of English alone are known; of other languages a judge has to say so.
    """
    (words, n_not), (other_words, other_n_not) = _stated(one), _stated(other)
    return words == other_words and bool(words) and (n_not - other_n_not) % 2 == 1


def _stated(text: str) -> tuple[Counter[str], int]:
    """Return the words that carry meaning, without an ending, and how often they are negated."""
    words, n_not = Counter[str](), 0
    for word in _WORD.findall(text.casefold()):
        if word in _NEGATIONS or word.endswith(_SHORT_NOT):
            n_not += 1
        elif word not in _EMPTY:
            words[word.removesuffix("ing").removesuffix("s")] += 1
    return words, n_not
