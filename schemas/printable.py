"""Text of others as terminals and pages may show it."""

import re

_ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and new line: escape sequences begin with one
    "\u2028-\u202e\u2066-\u206f"  # odd ends of lines, and what turns the direction of what follows
    "\u180e\u200b\u2060-\u2065\ufeff\ufff9-\ufffb"  # no width: words that differ look alike
    "\U000e0000-\U000e007f"  # no width either: whole sentences can be hidden in them
    "\ud800-\udfff]"  # halves of characters, which cannot be written
)


def printable(text: str) -> str:
    """Return a text in which no character does anything but be seen, as long as it was.

    A control character gives way to its picture, such as "␛", all else that acts or hides to "�". Joiners, which scripts
    and emoji need, stay.
    """
    return _ACTS.sub(_picture, text)


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "�"
