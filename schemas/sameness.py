"""What is the same to the eye: texts as they are compared, without what nobody sees.

The one home of that rule. Texts themselves are kept as they came; only a template's end mark is taken off a response, for
a template puts its own there again and a model would learn to end twice.
"""

import re
import unicodedata

_MARKS = (
    r"<\|(?:im_end|eot_id|eom_id|eot|eom|eos|eod|end|endoftext|end_of_text|end_of_turn|endofturn|end_of_message"
    r"|end_of_turn_token|return|call|pad)\|>"
    r"|<(?:end_of_turn|end_of_utterance|turn\||eos|eod|pad)>"
    r"|<｜end▁of▁sentence｜>"
    r"|</s>"
)
_MARK = re.compile(_MARKS, re.IGNORECASE)
_LAST_MARK = re.compile(rf"\s*(?:{_MARKS})\s*\Z", re.IGNORECASE)

# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties, less what changes how its neighbours look (below).
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
)
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_LATIN = "\x00-\u024f"
_INVISIBLE = re.compile(
    # Tags behind a black flag make the flag of a region; elsewhere nobody sees them.
    "(?P<flag>\U0001f3f4[\U000e0020-\U000e007f]+)"
    f"|[{_IGNORABLE}{_CONTROLS}]"
    # Joiners shape Persian, Indic scripts and emoji, selectors choose a glyph; next to Latin letters both do nothing.
    f"|(?:(?<![^{_LATIN}])[\u200c\u200d]|[\u200c\u200d](?![^{_LATIN}]))"
    f"|(?<![^{_LATIN}])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_CONTROL = re.compile(f"[{_CONTROLS}]")


def as_seen(text: str) -> str:
    """Give a text as it is compared: two texts that look the same give the same.

    Unicode is composed (NFC); characters that nobody sees, marks at the end that a chat template left behind, blank
    lines, and white space around a line's end or doubled within it do not count. Indentation does, for it shows.

    Source: Unicode Standard Annex 15 (NFC); UCD, Default_Ignorable_Code_Point.
    """
    plain = without_end_mark(without_invisible(text))
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", plain)
    return "\n".join(line for line in map(_line, plain.strip().splitlines()) if line)


def _line(line: str) -> str:
    words = " ".join(line.split())
    indent = line[: len(line) - len(line.lstrip())].expandtabs()
    return f"{' ' * len(indent)}{words}" if words else ""


def without_invisible(text: str) -> str:
    """Give a text without the characters that nobody sees."""
    if text.isascii() and not _CONTROL.search(text):
        return text
    return _INVISIBLE.sub(lambda found: found["flag"] or "", text)


def invisible_in(text: str) -> str | None:
    """Name the first character that nobody sees, such as "U+200B"; None where there is none."""
    if text.isascii() and not _CONTROL.search(text):
        return None
    found = (m[0] for m in _INVISIBLE.finditer(text) if not m["flag"])
    return next((f"U+{ord(character):04X}" for character in found), None)


def without_end_mark(text: str) -> str:
    """Give a text without the marks, such as <|im_end|> or </s>, that a chat template left at its end.

    A text without such a mark comes back as it is. One that holds the mark elsewhere too speaks of it, or is HTML, and
    comes back as it is as well.
    """
    bare = text
    while found := _LAST_MARK.search(bare):
        bare = bare[: found.start()]
    return text if _speaks_of_marks(bare, text[len(bare) :]) else bare


def _speaks_of_marks(bare: str, marks: str) -> bool:
    held = {m[0].lower() for m in _MARK.finditer(marks)}
    return bool(held) and (
        any(m[0].lower() in held for m in _MARK.finditer(bare))
        or ("</s>" in held and "<s>" in bare.lower()[1:])
    )


def end_mark_of(text: str) -> str | None:
    """Name the mark that `without_end_mark` takes off; None where it takes nothing."""
    bare = without_end_mark(text)
    found = _MARK.search(text, len(bare)) if len(bare) < len(text) else None
    return found[0] if found else None
