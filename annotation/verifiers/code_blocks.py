"""Finds what a response says in fenced blocks, such as a program."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,})([^`]*)$")
_LANGUAGE = re.compile(r"[^\s{]*")


class FencedBlock(NamedTuple):
    """A fenced block of a text."""

    language: str
    """What stands beside its opening fence, in lower case; empty where nothing does."""

    content: str
    """Its lines, without the indent that its fence has."""

    is_closed: bool
    """Whether it has a closing fence; one that has none ends with the text."""


def fenced_blocks(text: str) -> list[FencedBlock]:
    """List the fenced blocks of a text in order."""
    found: list[FencedBlock] = []
    indent, fence, language = "", "", ""
    lines: list[str] = []
    for line in (line.removesuffix("\r") for line in text.split("\n")):
        mark = _FENCE.match(line)
        if not fence and mark:
            (indent, fence), lines = mark.group(1, 2), []
            language = _LANGUAGE.findall(mark[3].strip())[0].lower()
        elif fence and mark and mark[2].startswith(fence) and not mark[3].strip():
            found.append(FencedBlock(language, "\n".join(lines), is_closed=True))
            fence = ""
        elif fence:
            lines.append(_without(indent, line))
    if fence:
        found.append(FencedBlock(language, "\n".join(lines), is_closed=False))
    return found


def _without(indent: str, line: str) -> str:
    """Take off a line what it shares with an indent; more of it belongs to the line."""
    own = line[: len(line) - len(line.lstrip(" \t"))]
    return line[min(len(indent), len(own)) :]


def blocks_in(text: str, languages: Sequence[str]) -> list[str]:
    """List the blocks that are marked as one of some languages; where none is, those that are not marked at all."""
    blocks = [block for block in fenced_blocks(text) if block.content.strip()]
    marked = [block.content for block in blocks if block.language in languages]
    return marked or [block.content for block in blocks if not block.language]
