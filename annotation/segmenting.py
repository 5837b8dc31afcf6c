"""How a response is cut into steps: by rules over its text, none of which cuts code, displayed mathematics, a list or a table."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Literal, NamedTuple

from winnow.schemas.responses import Response, StepStart
from winnow.schemas.step_spans import StepSpan, spans_of

Rule = Literal["paragraphs", "lines", "numbered", "tags", "turns"]
"""How a response is cut: where a paragraph begins after a blank line, at every line, at headings such as "Step 2:" (where there
are none, at the items of a numbered list), at tags such as <step>, or nowhere but between its own turns."""

GIVEN = "given"
"""Rule of a response that brought its steps."""
_VERSION = 1

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})([^\n]*)")
_DISPLAY = re.compile(r"\$\$|\\\[|\\\]")
_CLOSES = {"$$": "$$", "\\[": "\\]"}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([A-Za-z]+\*?)\}")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S")
_INDENTED = re.compile(r"(?: {2,}|\t)\s*\S")
_HEADING = re.compile(r"[ \t]*#{0,6}[ \t]*[*_]{0,2}step[ \t]*\d+[*_]{0,2}[ \t]*(?:[:.)\-–—]|$)", re.IGNORECASE)  # fmt: skip
_NUMBERED = re.compile(r"#{0,6}[ \t]*[*_]{0,2}\d{1,3}[.)][*_]{0,2}[ \t]+\S")
_TAG = re.compile(r"<(/?)step(?:[ _-]?\d+)?(?:\s[^<>]*)?>", re.IGNORECASE)


class _Range(NamedTuple):
    """Characters of a text that stay together."""

    begin: int
    end: int


class _Line(NamedTuple):
    """A line of a text, and where it begins."""

    begin: int
    text: str

    @property
    def end(self) -> int:
        return self.begin + len(self.text)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


def segment(response: Response, rule: Rule) -> tuple[StepSpan, ...]:
    """Cut a response into steps.

    A response that brought its steps keeps them. Of one with several turns each turn of the assistant begins a step, with the
    results of the tools that it called, and is cut in itself by the rule. Whatever the rule, the texts of all steps behind one
    another are the text, and no step is blank where the text is not.

    Args:
        response: The response, whose text is known.
        rule: The rule.

    Returns:
        The steps, at least one.
    """
    if response.steps:
        return spans_of(response.steps, GIVEN)
    starts = [
        StepStart(turn=number, character=character)
        for number, turn in enumerate(response.as_turns())
        if turn.role == "assistant"
        for character in ([0] if turn.parts else cut(turn.text(), rule))
    ]
    return spans_of((StepStart(turn=0), *starts[1:]), f"{rule}@{_VERSION}")


def cut(text: str, rule: Rule) -> list[int]:
    """Say where the steps of a text begin, in characters from 0; the first is 0.

    Blanks between steps belong to the step before. Code between fences, `$$ $$`, `\\[ \\]` and environments, lists and tables
    stay in one step; by "numbered" the items of a list may be steps.
    """
    code = list(_code(text))
    bare = _without(text, code)
    lines = list(_lines(bare))
    kept = [*code, *_displays(bare), *_rows(lines)]
    if rule != "numbered":
        kept += _lists(lines)
    together = _merged(kept)
    begins = [one.begin for one in together]
    found = []
    for at in sorted(_RULES[rule](bare, lines)):
        before = bisect_left(begins, at) - 1
        if before < 0 or together[before].end <= at:
            found.append(at)
    ends = [*found, len(text)]
    starts = [a for a, b in pairwise(ends) if a and text[a:b].strip()]
    while starts and not text[: starts[0]].strip():
        del starts[0]
    return [0, *starts]


def _merged(ranges: list[_Range]) -> list[_Range]:
    """Put ranges in order, those that overlap as one."""
    found: list[_Range] = []
    for one in sorted(ranges):
        if found and one.begin < found[-1].end:
            found[-1] = _Range(found[-1].begin, max(one.end, found[-1].end))
        else:
            found.append(one)
    return found


def _lines(text: str) -> Iterator[_Line]:
    return (_Line(found.start(), found[0]) for found in _LINE.finditer(text))


def _code(text: str) -> Iterator[_Range]:
    """Find what stands between fences; one that is not closed goes on to the end."""
    opened: tuple[int, str] | None = None
    for line in _lines(text):
        mark = _FENCE.match(line.text)
        if opened is None:
            opened = (line.begin, mark[1]) if mark else None
        elif mark and mark[1].startswith(opened[1]) and not mark[2].strip():
            yield _Range(opened[0], line.end)
            opened = None
    if opened:
        yield _Range(opened[0], len(text))


def _without(text: str, code: list[_Range]) -> str:
    """Put a letter for each character of code, so that nothing in it is taken for a mark; nothing moves."""
    pieces, at = [], 0
    for begin, end in code:
        hidden = "x" * (end - begin)
        if text[end - 1] == "\n":
            hidden = f"{hidden[:-1]}\n"
        pieces += [text[at:begin], hidden]
        at = end
    return "".join([*pieces, text[at:]])


def _displays(text: str) -> Iterator[_Range]:
    """Find displayed mathematics; what is not closed is none."""
    marks = [(mark[0], mark.start()) for mark in _DISPLAY.finditer(text)]
    last = dict(marks)
    begun: tuple[str, int] | None = None
    for mark, at in marks:
        if begun is None:
            closes = _CLOSES.get(mark)
            begun = (closes, at) if closes and last.get(closes, at) > at else None
        elif mark == begun[0]:
            yield _Range(begun[1], at + len(mark))
            begun = None
    opened: list[tuple[str, int]] = []
    for found in _ENVIRONMENT.finditer(text):
        if found[1] == "begin":
            opened.append((found[2], found.start()))
        elif any(name == found[2] for name, _ in opened):
            while opened[-1][0] != found[2]:
                opened.pop()
            yield _Range(opened.pop()[1], found.end())


def _rows(lines: list[_Line]) -> Iterator[_Range]:
    """Find tables: lines behind one another that begin with a bar."""
    for one, next_one in pairwise(lines):
        if one.text.lstrip().startswith("|") and next_one.text.lstrip().startswith("|"):
            yield _Range(one.begin, next_one.end)


def _lists(lines: list[_Line]) -> Iterator[_Range]:
    """Find lists: items with the indented lines below them, and blank lines between these."""
    begin, end = None, 0
    for line in lines:
        is_item = _ITEM.match(line.text) is not None
        if is_item and begin is None:
            begin = line.begin
        if begin is None or line.is_blank:
            continue
        if is_item or _INDENTED.match(line.text):
            end = line.end
        else:
            yield _Range(begin, end)
            begin = None
    if begin is not None:
        yield _Range(begin, end)


def _every_line(_: str, lines: list[_Line]) -> Iterator[int]:
    return (line.begin for line in lines if not line.is_blank)


def _paragraphs(_: str, lines: list[_Line]) -> Iterator[int]:
    return (b.begin for a, b in pairwise(lines) if a.is_blank and not b.is_blank)


def _headings(_: str, lines: list[_Line]) -> Iterator[int]:
    for mark in (_HEADING, _NUMBERED):
        found = [line.begin for line in lines if mark.match(line.text)]
        if found:
            return iter(found)
    return iter(())


def _tags(text: str, _: list[_Line]) -> Iterator[int]:
    return (mark.end() if mark[1] else mark.start() for mark in _TAG.finditer(text))


def _nowhere(_: str, __: list[_Line]) -> Iterator[int]:
    return iter(())


_RULES: Mapping[Rule, Callable[[str, list[_Line]], Iterator[int]]] = {
    "paragraphs": _paragraphs,
    "lines": _every_line,
    "numbered": _headings,
    "tags": _tags,
    "turns": _nowhere,
}
