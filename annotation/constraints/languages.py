"""Which language a text is in."""

from winnow.annotation.languages import likeliest

LEAST_SURE = 0.9
"""Below that probability the language counts as not known."""


def language_of(text: str) -> str | None:
    """Tell the language of a text, as an ISO 639-1 code; None where it is not beyond doubt, as of a word or two.

    Source: Lui and Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool".
    """
    found = likeliest(text)
    return found.code if found.confidence >= LEAST_SURE else None
