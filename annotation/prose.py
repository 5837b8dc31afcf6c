"""The part of a text that is prose: neither code nor addresses."""

import re

_NO_PROSE = re.compile(
    r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)"  # a block of code, perhaps without an end
    r"|`[^`\n]+`|https?://\S+|\$\$.*?\$\$|\\\[.*?\\\]|<[^<>\n]{1,200}>",
    re.DOTALL | re.MULTILINE,
)


def prose_of(text: str) -> str:
    """Leave out code, formulas that stand by themselves, tags and addresses."""
    return _NO_PROSE.sub(" ", text)
