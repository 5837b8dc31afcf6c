"""The words of a text, as verifiers count them."""

import re
from collections.abc import Iterator, Sequence

_WORD = re.compile(
    # Of scripts that write no blanks between words, each character counts as one.
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)


def words_of(text: str) -> list[str]:
    """List the words of a text in lower case, without punctuation; of Chinese, Japanese, Thai and the like its characters."""
    return _WORD.findall(text.casefold())


def ngrams(words: Sequence[str], n: int) -> Iterator[tuple[str, ...]]:
    """List each n words that stand one after another."""
    return zip(*(words[i:] for i in range(n)), strict=False)


def distinct_trigrams(words: Sequence[str]) -> float:
    """Return the share of a text's groups of three words that are distinct, 0 to 1; 1 where it has less than three words.

    Source: Kim et al. 2024, "Aligning Large Language Models by Regularized Relevance Reward", arXiv:2402.03469 (repetition).
    """
    found = list(ngrams(words, 3))
    return len(set(found)) / len(found) if found else 1.0
