"""Which language a text is in, where it says enough to tell."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from winnow.annotation.prose import prose_of

_NONE = "zxx"
"""The code of what is in no language."""

_LONGEST = 4000
"""Characters that are looked at."""

# What a byte-wise model tells apart badly: of each group, any one is taken for the other.
_ALIKE = (
    {"en", "pcm"},
    {"ar", "ary", "arz"},
    {"no", "nb", "nn", "da"},
    {"hr", "bs", "sr"},
    {"ms", "id"},
    {"gl", "pt"},
    {"zh", "yue", "wuu"},
)

_TRANSLATES = re.compile(
    r"\b(?:translat|übersetz|tradui|traduc|traduz|tradur|vertaal|översätt|oversæt|oversett|przetłumacz|přelož|перевед|переклад|"
    r"çevir|terjemah|dịch)|翻译|翻譯|翻訳|訳し|번역|ترجم|अनुवाद",
    re.IGNORECASE,
)
_NAMES = (
    "english|german|french|spanish|italian|portuguese|dutch|swedish|norwegian|danish|finnish|polish|czech|russian|ukrainian|turkish|"
    "arabic|hebrew|persian|farsi|hindi|bengali|urdu|indonesian|malay|vietnamese|thai|chinese|mandarin|japanese|korean|greek|hungarian|"
    "romanian|latin|deutsch|englisch|französisch|spanisch|français|anglais|allemand|espagnol|español|inglés|francés|alemán|português|"
    "inglês|italiano|inglese|nederlands|svenska|polski|język|язык|русск|английск"
)
_IN_ANOTHER = re.compile(
    rf"\b(?:in|into|to|auf|ins?|en|au|al|em|para o|på|op het|po|на)\s+(?:{_NAMES})", re.IGNORECASE
)
_NAMED = re.compile(r"英文|英语|英語|中文|日语|日本語|韩语|韓語|한국어|영어로|일본어|中国語")


class FoundLanguage(NamedTuple):
    """A language that was told from a text."""

    code: str
    """Its code of two letters."""

    confidence: float
    """How sure that is, 0 to 1."""


def language_of(text: str, *, min_chars: int, min_confidence: float) -> FoundLanguage | None:
    """Tell the language of a text, code and addresses left out; None where there is too little of it, or it may be several.

    Args:
        text: The text.
        min_chars: Letters that have to be there; of a script that writes syllables or words as one character, a third of them.
        min_confidence: How sure it has to be, 0 to 1.

    Source: Lui and Baldwin 2012, "langid.py"; the model is that of py3langid.
    """
    prose = prose_of(text)[:_LONGEST]
    n = sum((3 if c >= "\u2e80" else 1) for c in prose if c.isalpha())
    if n < max(min_chars, 1):
        return None
    found = likeliest(prose)
    is_told = found.confidence >= min_confidence and found.code != _NONE
    return found if is_told else None


def likeliest(text: str) -> FoundLanguage:
    """Return the language that a text is in most likely, whatever it holds."""
    code, confidence = _model().classify(text)
    return FoundLanguage(str(code), float(confidence))


def is_same(one: str, other: str) -> bool:
    """Say whether two codes mean one language, or two that nobody tells apart by machine; regions do not count."""
    pair = {tag.replace("_", "-").partition("-")[0].casefold() for tag in (one, other)}
    return len(pair) == 1 or any(pair <= group for group in _ALIKE)


def known_languages() -> list[str]:
    """List the codes of the languages that can be told."""
    return sorted(set(_model().labels) - {_NONE})


def can_be_told(code: str) -> bool:
    """Say whether a code means a language that can be told."""
    return any(is_same(code, known) for known in known_languages())


def asks_for_another(text: str) -> bool:
    """Say whether a text may ask for an answer in a language that it names, as translations do."""
    return any(pattern.search(text) for pattern in (_TRANSLATES, _IN_ANOTHER, _NAMED))


@lru_cache(maxsize=1)
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
