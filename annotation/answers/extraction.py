"""Where a response states its final answer."""

import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

AnswerPlace = Literal["boxed", "answer_is", "last_line"]
"""Where an answer may stand, most certain first."""

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_PHRASE = re.compile(
    r"(?:\b(?:answer|(?:correct|right|best) (?:option|choice))\b[^.!?\n:：=#]{0,60}?"
    r"(?:\b(?:is|equals|should be|would be|must be)\b|[:：=])"
    r"|\b(?:Antwort|Lösung)\b[^.!?\n:：=#]{0,40}?(?:\bist\b|[:：=])"
    r"|\b(?:réponse|respuesta|resposta|risposta)\b[^.!?\n:：=#]{0,40}?(?:\best\b|\bes\b|\bé\b|\bè\b|[:：=])"
    r"|\bответ\b[^.!?\n:：=#]{0,40}?[:：=—-]"
    r"|答案(?:为|是|為|[:：])+|答え(?:は|[:：])+|정답(?:은|[:：])+"
    r"|^[ \t]*\#{4}(?!\#))"
    r"(?!\s*not\b)\s*[:：]?",
    re.IGNORECASE | re.MULTILINE,
)
_HEADING = re.compile(
    r"^[ \t]*#{1,6}[ \t]*(?:\*\*)?(?:final )?answer(?:\*\*)?[ \t]*$", re.IGNORECASE | re.MULTILINE
)


class FoundAnswer(NamedTuple):
    """The final answer of a text, as it is written there."""

    text: str
    """The answer, and what stands behind it in its line where no mark ends it."""

    place: AnswerPlace
    """Where it stands."""


def find_answer(text: str, places: Sequence[AnswerPlace]) -> FoundAnswer | None:
    r"""Find the final answer of a response; the first place that holds one counts, and of a place the last one.

    - `boxed`: what stands in the last \boxed{...}; a box that is never closed is no answer, wherever else one stands.
    - `answer_is`: what follows the last "the answer is", "Answer:" (also in some other languages) or "####", up to the
      end of its line, or the next line where it ends the line.
    - `last_line`: the whole last line that is not empty, unless it speaks of "the answer". Whoever reads it takes it only if all
      of it reads as an answer.

    No place is "the first number of the text".

    Args:
        text: The response.
        places: Where to look, in this order.

    Returns:
        The answer, never empty; None where there is none.
    """
    if "boxed" in places and _has_open_box(text):
        return None
    for place in places:
        found = _FINDERS[place](text).strip()
        if found:
            return FoundAnswer(found, place)
    return None


def _boxed(text: str) -> str:
    last = _last(_BOX, text)
    end = _end_of_braces(text, last.end()) if last else None
    return text[last.end() : end] if last and end is not None else ""


def _has_open_box(text: str) -> bool:
    last = _last(_BOX, text)
    return last is not None and _end_of_braces(text, last.end()) is None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return deque(pattern.finditer(text), maxlen=1).pop() if pattern.search(text) else None


def _end_of_braces(text: str, start: int) -> int | None:
    """Find the brace that closes the one before `start`."""
    depth, at = 1, start
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] in "{}":
            depth += 1 if text[at] == "{" else -1
            if not depth:
                return at
        at += 1
    return None


def _after_phrase(text: str) -> str:
    last = _last(_PHRASE, text)
    heading = _under_heading(text)
    if last is None or (heading is not None and heading.start > last.end()):
        return heading.text if heading else ""
    lines = [_bare(line) for line in text[last.end() :].split("\n")]
    if lines[0]:
        return lines[0]
    return next((line for line in lines[1:3] if line), "")


class _Under(NamedTuple):
    start: int
    text: str


def _under_heading(text: str) -> _Under | None:
    """Find the line below the last heading "Final answer"."""
    heading = _last(_HEADING, text)
    if heading is None:
        return None
    below = (_bare(line) for line in text[heading.end() :].split("\n"))
    return _Under(heading.end(), next((line for line in below if line), ""))


def _last_line(text: str) -> str:
    last = next((_bare(line) for line in reversed(text.split("\n")) if _bare(line)), "")
    return "" if re.search(r"\banswer\b", last, re.IGNORECASE) else last


def _bare(line: str) -> str:
    """Take off marks of emphasis that are left open, and white space."""
    line = line.strip().lstrip(">").strip()
    if line.count("**") % 2:
        line = line.removeprefix("**").removesuffix("**")
    return "" if line in ("$$", "\\[", "\\]", "```") else line.strip()


_FINDERS: dict[AnswerPlace, Callable[[str], str]] = {
    "boxed": _boxed,
    "answer_is": _after_phrase,
    "last_line": _last_line,
}
