"""How alike two texts are by their words, from 0 to 1."""

from collections import Counter
from functools import lru_cache
from typing import Any, Literal

from winnow.annotation.verifiers.words import ngrams, words_of

WordMeasure = Literal["rouge_1", "rouge_2", "rouge_l", "chrf", "bleu"]


def similarity(measure: WordMeasure, text: str, reference: str) -> float:
    """Compare a text with a reference.

    Args:
        measure: "rouge_1" and "rouge_2" count words and pairs of words that both have, "rouge_l" the longest sequence of words
            that stand in this order in both; each as the harmonic mean of precision and recall. "bleu" is that of a sentence,
            with one added to the counts of pairs and longer runs of words, so that none of them makes it 0. "chrf" counts
            characters.
        text: The text.
        reference: The reference.

    Source: Lin 2004 (ROUGE); Lin and Och 2004 (smoothed BLEU); Popović 2015 (chrF).
    """
    if measure == "chrf":
        return float(_chrf().sentence_score(text, [reference]).score) / 100
    words, wanted = words_of(text), words_of(reference)
    if not words or not wanted:
        return 0.0
    if measure == "bleu":
        return float(_bleu().sentence_score(" ".join(words), [" ".join(wanted)]).score) / 100
    if measure == "rouge_l":
        return _f1(in_common(words, wanted), len(words), len(wanted))
    n = 1 if measure == "rouge_1" else 2
    return _f1(n_shared(words, wanted, n), len(words) - n + 1, len(wanted) - n + 1)


def n_shared(words: list[str], others: list[str], n: int) -> int:
    """Count the runs of n words that both texts have, each as often as both have it."""
    return (Counter(ngrams(words, n)) & Counter(ngrams(others, n))).total()


def in_common(words: list[str], others: list[str]) -> int:
    """Count the words of the longest sequence that stands in this order in both texts."""
    from rapidfuzz.distance import LCSseq

    return int(LCSseq.similarity(words, others))


def _f1(n_common: int, n: int, n_wanted: int) -> float:
    return 2 * n_common / (n + n_wanted) if n_common else 0.0


@lru_cache(maxsize=1)
def _chrf() -> Any:
    from sacrebleu.metrics import CHRF

    return CHRF()


@lru_cache(maxsize=1)
def _bleu() -> Any:
    from sacrebleu.metrics import BLEU

    return BLEU(
        smooth_method="add-k", smooth_value=1, effective_order=True, tokenize="none", force=True
    )
