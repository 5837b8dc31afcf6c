"""Finds what a response says in fenced blocks, such as a program."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([^\s`{]*)[^\n`]*$")


class FencedBlock(NamedTuple):
    """A fenced block of a text."""

    language: str
    """What stands beside its opening fence, in lower case; empty where nothing does."""

    content: str
    """Its lines."""


def fenced_blocks(text: str) -> list[FencedBlock]:
    """List the fenced blocks of a text in order; one that is never closed ends with the text."""
    found: list[FencedBlock] = []
    fence, language = "", ""
    lines: list[str] = []
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if not fence and mark:
            fence, language, lines = mark[1], mark[2].lower(), []
        elif fence and mark and mark[1].startswith(fence) and not mark[2]:
            found.append(FencedBlock(language, "\n".join(lines)))
            fence = ""
        elif fence:
            lines.append(line)
    if fence:
        found.append(FencedBlock(language, "\n".join(lines)))
    return found


def blocks_in(text: str, languages: Sequence[str]) -> list[str]:
    """List the blocks that are marked as one of some languages; where none is, those that are not marked at all."""
    blocks = [block for block in fenced_blocks(text) if block.content.strip()]
    marked = [block.content for block in blocks if block.language in languages]
    return marked or [block.content for block in blocks if not block.language]
