"""Which language a text is in."""

from functools import cache
from typing import Any

LEAST_SURE = 0.9
"""Below that probability the language counts as not known."""


def language_of(text: str) -> str | None:
    """Tell the language of a text, as an ISO 639-1 code; None where it is not beyond doubt, as of a word or two.

    Source: Lui and Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool".
    """
    code, probability = _identifier().classify(text)
    return str(code) if probability >= LEAST_SURE else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_DIR / MODEL_FILE, norm_probs=True)
