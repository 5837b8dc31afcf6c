"""Options of a multiple choice, and which of them an answer names."""

import json
import re
from collections.abc import Mapping
from typing import Any

from winnow.annotation.answers.spelling import folded, plain, without_marks

LETTERS = "ABCDEFGHIJ"
"""Letters that options may have."""

_LISTED = re.compile(rf"^\s*(?:[-*]\s*)?(?:\*\*)?[(\[]?([{LETTERS}])[)\].:](?:\*\*)?\s+(\S.*?)\s*$", re.MULTILINE)  # fmt: skip
_LETTER = rf"(?:option|choice|answer)?\s*[(\[]?\s*([{LETTERS}])\s*[)\]]?"
_ALONE = re.compile(rf"^{_LETTER}(?:\s*[.:,)–—-]\s*(?P<text>.*)|\s+(?:as|because|since|is (?:correct|right|the))\b.*)?$", re.DOTALL | re.IGNORECASE)  # fmt: skip
_SEVERAL = re.compile(rf"^{_LETTER}(?:\s*(?:,|and|&|\s|/)\s*{_LETTER})+\.?$", re.IGNORECASE)


def options_in(asked: str) -> dict[str, str]:
    """Find the options that a question lists, a line each, such as "A) Paris"; none unless they begin with A and go on so."""
    found: dict[str, str] = {}
    for letter, text in _LISTED.findall(asked):
        if letter == LETTERS[0]:
            found = {}
        if len(found) < len(LETTERS) and letter == LETTERS[len(found)]:
            found[letter] = text
    return found if len(found) > 1 else {}


def options_from(value: Any) -> dict[str, str]:
    """Read options as data sets hold them: a list of texts, an object of texts by letter, or lists "label" and "text".

    Returns:
        The options by letter; none where the value holds no options.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return options_in(value)
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):
        labels = value.get("label") or list(LETTERS[: len(value["text"])])
        value = dict(zip(labels, value["text"], strict=False))
    if isinstance(value, list):
        value = dict(zip(LETTERS, value, strict=False))
    if not isinstance(value, Mapping):
        return {}
    found = {str(letter).strip().upper(): str(text) for letter, text in value.items()}
    return found if all(letter in LETTERS for letter in found) else {}


def option_letters(text: str, options: Mapping[str, str]) -> frozenset[str]:
    """Read which options an answer names, by letter or by their whole text.

    Returns:
        The letters, none where it names none, one that is not there, or a letter with the text of another option.
    """
    bare = plain(without_marks(text))
    by_text = {folded(said): letter for letter, said in options.items()}
    if folded(bare) in by_text and (len(bare) > 1 or bare.upper() not in options):
        return frozenset(by_text[folded(bare)])
    if _SEVERAL.match(bare):
        letters = frozenset(re.findall(rf"(?<![A-Za-z])[{LETTERS}](?![A-Za-z])", bare.upper()))
    elif (one := _ALONE.match(bare)) is not None and (one[1].isupper() or len(bare) <= 3):
        letters = frozenset(one[1].upper())
        named = by_text.get(folded(one["text"] or ""))
        if named is not None and named not in letters:
            return frozenset()
    else:
        return frozenset()
    return letters if not options or letters <= set(options) else frozenset()
