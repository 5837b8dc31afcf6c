"""What is read of a text that is laid out in HTML: its words, and neither tags nor entities."""

import re
from html import unescape

_TAG = re.compile(
    "</?(?:p|br|hr|h[1-6]|[uo]l|li|strong|em|code|pre|blockquote|table|thead|tbody|t[rhd])"
    '(?: [a-z]+="[^"]*")*>'
)
"""Tags of layout alone: what else stands in angle brackets was written by someone."""


def words_of(text: str) -> str:
    """Give the text that a page shows of one."""
    return unescape(_TAG.sub(" ", text))
