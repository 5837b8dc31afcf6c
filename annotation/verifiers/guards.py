"""What lowers a similarity that was not earned by a good answer: text said again, copied from the prompt, padded or shuffled."""

from winnow.annotation.verifier import Measurement
from winnow.annotation.verifiers.similarities import n_shared
from winnow.annotation.verifiers.words import distinct_trigrams, ngrams, words_of

_LONGER = 2.0
"""Times the words of the reference that an answer may have before its length counts against it."""

_FEWEST = 4
_SHARE = 0.4
"""Words, and share of an answer's words, that have to be those of the reference before their order is looked at."""

_PAIRS = 0.4
"""Least share of them that stand beside the same word as in the reference, in prose; shuffled words have about 1 in all."""


def guards(text: str, asked: str, reference: str | None = None) -> tuple[Measurement, ...]:
    """Measure what a similarity is multiplied by, each from 0 to 1, 1 for a plain answer.

    `repetition` is the share of three words in a row that are distinct; `copied` falls with the share of them that stand in the
    prompt and not in the reference; `length` falls where an answer is more than twice as long as the reference; `order` falls where
    words of the reference come in another order.

    Args:
        text: The answer.
        asked: What was asked.
        reference: The reference that it is compared with; None where it is compared with the prompt, so that the last two do
            not count.
    """
    words, wanted = words_of(text), words_of(reference or "")
    found = {
        "repetition": distinct_trigrams(words),
        "copied": 1 - _copied(words, words_of(asked), wanted),
    }
    if reference is not None:
        found["length"] = min(1.0, _LONGER * len(wanted) / len(words)) if words else 1.0
        found["order"] = _in_order(words, wanted)
    return tuple(Measurement(name=name, score=round(score, 4)) for name, score in found.items())


def _copied(words: list[str], asked: list[str], wanted: list[str]) -> float:
    """Return the share of the answer that was copied."""
    if len(words) < 3:
        return 0.0
    borrowed = set(ngrams(asked, 3)) - set(ngrams(wanted, 3))
    copied = [trigram in borrowed for trigram in ngrams(words, 3)]
    return sum(copied) / len(copied)


def _in_order(words: list[str], wanted: list[str]) -> float:
    n_common = n_shared(words, wanted, 1)
    if n_common < _FEWEST or n_common < _SHARE * len(words):
        return 1.0
    return min(1.0, n_shared(words, wanted, 2) / (_PAIRS * n_common))
