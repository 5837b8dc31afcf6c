"""Options of a multiple choice, and which of them an answer names."""

import json
import re
from collections.abc import Mapping
from typing import Any

from winnow.annotation.answers.spelling import folded, plain, without_marks

LETTERS = "ABCDEFGHIJ"
"""Letters that options may have."""

_LISTED = re.compile(rf"^\s*(?:[-*]\s*)?(?:\*\*)?[(\[]?([{LETTERS}])[)\].:](?:\*\*)?\s+(\S.*?)\s*$", re.MULTILINE)  # fmt: skip
_LABEL = re.compile(rf"[{LETTERS}1-9]|10", re.IGNORECASE)
_NUMBERED = [str(n + 1) for n in range(len(LETTERS))]
_LETTER = rf"(?:option|choice|answer)?\s*[(\[]?\s*(10|[{LETTERS}1-9])\s*[)\]]?"
_ALONE = re.compile(rf"^{_LETTER}(?:\s*(?!(?<=\d)[.:,–—-]\d)[.:,)–—-]\s*(?P<text>.*)|\s+(?:as|because|since|is (?:correct|right|the))\b.*)?$", re.DOTALL | re.IGNORECASE)  # fmt: skip
_WITH_TEXT = re.compile(rf"^{_LETTER}(?:\s+|(?=[(\[]))(?P<text>\S.*)$", re.DOTALL | re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:,|&|/|\band\b)\s*|\s+", re.IGNORECASE)
_NEXT = re.compile(rf"[,/&]?\s*[(\[]?[{LETTERS}][)\]]?(?:\s*(?:[,/&]|$)|\s+(?:and|or)\b)")
_CALLED = frozenset({"", "option", "options", "choice", "choices", "answer", "answers"})
_MOST_CHARS = 1000


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
        The options by letter, or by number where their labels are "1", "2" and so on; none where the value holds no options.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return options_in(value)
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):
        labels = value.get("label") or list(LETTERS)
        if not isinstance(labels, list):
            return {}
        value = dict(zip(map(str, labels), value["text"], strict=False))
    if isinstance(value, list):
        value = dict(zip(LETTERS, value, strict=False))
    if not isinstance(value, Mapping):
        return {}
    found = {str(letter).strip().upper(): str(text) for letter, text in value.items()}
    is_numbered = list(found) == _NUMBERED[: len(found)]
    return found if is_numbered or set(found) <= set(LETTERS) else {}


def option_letters(text: str, options: Mapping[str, str]) -> frozenset[str]:
    """Read which options an answer names, by letter or by their whole text.

    Of numbered options, the letter of its place names one as well: "B" the second. Text behind a letter has to be that option's,
    unless a mark such as "." or ":" stands between.

    Returns:
        The letters, or numbers; none where it names none, one that is not there, or a letter with the text of another option.
    """
    if len(text) > _MOST_CHARS:
        return frozenset()
    bare = plain(without_marks(text))
    texts = {
        letter: folded(plain(said)) for letter, said in options.items() if len(said) <= _MOST_CHARS
    }
    if bare.upper() not in options:
        for letter, said in texts.items():
            if said and folded(bare) == said:
                return frozenset({letter})
    several = _several(bare)
    letters = frozenset(_label(one, options) for one in several)
    if not several and (one := _named(bare, texts, options)) is not None:
        letters = frozenset({one})
    return letters if letters <= set(options or LETTERS) else frozenset()


def _several(bare: str) -> list[str]:
    """Return the labels of a list such as "A, C and D"; none where it is no list, or is longer than there are letters."""
    pieces = [piece.strip("()[].:") for piece in _BETWEEN.split(bare)]
    pieces = [piece for piece in pieces if piece.casefold() not in _CALLED]
    is_list = 1 < len(pieces) <= len(LETTERS) and all(map(_LABEL.fullmatch, pieces))
    return pieces if is_list else []


def _named(bare: str, texts: Mapping[str, str], options: Mapping[str, str]) -> str | None:
    """Return the one label that a text names, alone, with a reason or with the text of its option."""
    one = _ALONE.match(bare)
    if one is not None and (len(bare) <= 3 or not one[1].islower()):
        label = _label(one[1], options)
        behind = folded(one["text"] or "")
        if behind and texts.get(label) == behind:
            return label
        is_another = behind in texts.values() or _NEXT.match(one["text"] or "") is not None
        return None if is_another else label
    one = _WITH_TEXT.match(bare)
    if one is None or one[1].islower():
        return None
    label = _label(one[1], options)
    said = one["text"].rstrip(".")
    inside = said[1:-1] if said[0] + said[-1] in ("()", "[]") else said
    own = texts.get(label)
    return label if own and own in (folded(said), folded(inside)) else None


def _label(written: str, options: Mapping[str, str]) -> str:
    """Return the label that is meant: of numbered options, the number of the place."""
    letter = written.upper()
    return _NUMBERED[LETTERS.index(letter)] if letter in LETTERS and "1" in options else letter
