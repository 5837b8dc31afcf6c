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
_LONGEST_MARK = 24
_MARK = re.compile(_MARKS, re.IGNORECASE)
_LAST_MARK = re.compile(rf"(?:{_MARKS})\Z", re.IGNORECASE)

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
# What of it `str.isprintable` takes for printable.
_UNPRINTED = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u200c\u200d\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_WIDER_SPACE = re.compile("[\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_ODD_SPACE = ("  ", "\n\n", " \n", "\t", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f")
_ODD_IN_LINE = _ODD_SPACE[4:]
_WIDE_SPACE = re.compile(r"(?<=\S)(?:[^\S\n]{2,}|[^\S\n ])")


def as_seen(text: str) -> str:
    """Return a text as it is compared: two texts that look the same give the same.

    Unicode is composed (NFC); characters that nobody sees, marks at the end that a chat template left behind, blank
    lines, and white space around a line's end or doubled within it do not count. Indentation does, for it shows.

    Source: Unicode Standard Annex 15 (NFC); UCD, Default_Ignorable_Code_Point.
    """
    plain = without_end_mark(without_invisible(text)).strip()
    if not plain.isascii():
        plain = _WIDER_SPACE.sub(" ", unicodedata.normalize("NFC", plain))
    if not any(space in plain for space in _ODD_SPACE):
        return plain
    lines = [end for line in plain.split("\n") if (end := line.rstrip())]
    plain = "\n".join(lines).expandtabs()
    return _WIDE_SPACE.sub(" ", plain) if _has_wide_space(plain) else plain


def _has_wide_space(text: str) -> bool:
    # Nearly every text has none but indentation, and this tells it in less time than the pattern.
    if any(space in text for space in _ODD_IN_LINE):
        return True
    return "  " in text and any("  " in line.lstrip(" ") for line in text.split("\n"))


def without_invisible(text: str) -> str:
    """Return a text without the characters that nobody sees."""
    return text if _is_plain(text) else _INVISIBLE.sub(lambda m: m["flag"] or "", text)


def _is_plain(text: str) -> bool:
    # Nearly every text is, and this tells it in much less time than the pattern.
    shown = text.replace("\n", "").replace("\t", "")
    return shown.isprintable() and (shown.isascii() or not _UNPRINTED.search(shown))


def invisible_in(text: str) -> str | None:
    """Name the first character that nobody sees, such as "U+200B"; None where there is none."""
    if _is_plain(text):
        return None
    found = (m[0] for m in _INVISIBLE.finditer(text) if not m["flag"])
    return next((f"U+{ord(character):04X}" for character in found), None)


def without_end_mark(text: str) -> str:
    """Return a text without the marks, such as <|im_end|> or </s>, that a chat template left at its end.

    A text without such a mark comes back as it is. One that holds the mark elsewhere too speaks of it, or is HTML, and
    comes back as it is as well.
    """
    bare = text.rstrip()
    n_whole = len(bare)
    while bare.endswith(">") and (found := _LAST_MARK.search(bare, len(bare) - _LONGEST_MARK)):
        bare = bare[: found.start()].rstrip()
    if len(bare) == n_whole or _speaks_of_marks(bare, text[len(bare) :]):
        return text
    return bare


def _speaks_of_marks(bare: str, marks: str) -> bool:
    held = {m[0].lower() for m in _MARK.finditer(marks)}
    return bool(held) and (
        any(m[0].lower() in held for m in _MARK.finditer(bare))
        or ("</s>" in held and "<s>" in bare.lower())
    )


def end_mark_of(text: str) -> str | None:
    """Name the mark that `without_end_mark` takes off; None where it takes nothing."""
    bare = without_end_mark(text)
    found = _MARK.search(text, len(bare)) if len(bare) < len(text) else None
    return found[0] if found else None
