"""What is read of a text that a page lays out: what the page shows of it, and neither tags nor entities."""

import re
from html import unescape

_TAG = re.compile(
    "</?(?:p|br|hr|h[1-6]|[uo]l|li|strong|em|code|pre|blockquote|table|thead|tbody|t[rhd])"
    '(?: [a-z]+="[^"]*")*>'
)
"""Tags of layout alone: what else stands in angle brackets was written by someone."""

_CODE = re.compile(r"^(`{3,})([^`\n]*)\n(.*?)^\1`*[ \t]*$", re.DOTALL | re.MULTILINE)
"""A block of code in Markdown, in which a page shows tags and entities as they stand there."""


def words_of(text: str, *, is_markdown: bool = True) -> str:
    """Return the text that a page shows of one.

    Args:
        text: As the field holds it.
        is_markdown: Whether the page reads it as Markdown; else it is HTML, in which a fence is text.
    """
    if not is_markdown:
        return _read(text)
    shown: list[str] = []
    at = 0
    for code in _CODE.finditer(text):
        shown += [_read(text[at : code.start()]), code[3]]
        at = code.end()
    return "\n".join([*shown, _read(text[at:])])


def _read(html: str) -> str:
    return unescape(_TAG.sub(" ", html))
