"""Rules of Markdown that take a mark for layout only where it can hardly be meant as itself.

Markdown drops a mark that it takes for layout. Where the mark was a sign (`__init__`, `2**3`, `>50 %`, a cell beyond the
table's head, the end of a line of verse), that would cut what someone wrote.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

NBSP = "\N{NO-BREAK SPACE}"

_NO_SPACES = "\u3000-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
"""Scripts that are written without blanks, where emphasis stands within a line of letters."""

_BEFORE = re.compile(rf"[\s(\[\"'“‘«—–:,|{_NO_SPACES}]")
_AFTER = re.compile(rf"[\s)\]\"'”’».,:;!?…—–|{_NO_SPACES}]")
_CLOSING = re.compile(r"[\s)\]}”’».,:;!?]")
_OPENING = re.compile(r"[\s(\[{“‘«]")
_LINE_END = re.compile(r"\n[ \t]*")


def as_written(parser: "MarkdownIt") -> None:
    """Put these rules in place of the parser's own."""
    parser.inline.ruler.at("emphasis", _stars)
    parser.inline.ruler.at("newline", _line_end)
    parser.block.ruler.at("table", _whole_table, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.at(
        "blockquote", _quote, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def _stars(state: "StateInline", silent: bool) -> bool:
    """Take stars for emphasis where they stand round words, not between or within them; underscores never."""
    from markdown_it.rules_inline.state_inline import Delimiter

    if silent or state.src[state.pos] != "*":
        return False
    found = state.scanDelims(state.pos, True)
    end = state.pos + found.length
    before = state.src[state.pos - 1] if state.pos else " "
    after = state.src[end] if end < state.posMax else " "
    is_quoted = before == after and before in "\"'"
    opens = _BEFORE.match(before) and not _CLOSING.match(after) and not is_quoted
    closes = _AFTER.match(after) and not _OPENING.match(before) and not is_quoted
    for _ in range(found.length):
        state.push("text", "", 0).content = "*"
        state.delimiters.append(
            Delimiter(
                marker=ord("*"),
                length=found.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=found.can_open and bool(opens),
                close=found.can_close and bool(closes),
            )
        )
    state.pos = end
    return True


def _line_end(state: "StateInline", silent: bool) -> bool:
    """End a line where it was ended, and set the next one in as far as it was."""
    found = _LINE_END.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("hardbreak", "br", 0)
        state.pending += NBSP * len(found[0][1:].expandtabs(4))
    state.pos = found.end()
    return True


def _whole_table(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Lay out a table unless a row has more cells than its head: those would be dropped."""
    from markdown_it.rules_block import table

    if not table(state, start, end, True):
        return False
    n_columns = _n_cells(state, start)
    for line in range(start + 2, end):
        if state.isEmpty(line):
            break
        if _n_cells(state, line) > n_columns:
            return False
    return silent or table(state, start, end, False)


def _n_cells(state: "StateBlock", line: int) -> int:
    row = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
    return len(re.findall(r"(?<!\\)\|", row.removeprefix("|").removesuffix("|"))) + 1


def _quote(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Take the sign for a quote where a blank follows; in ">50 %" it means more than."""
    from markdown_it.rules_block import blockquote

    at = state.bMarks[start] + state.tShift[start]
    if not re.compile(r">+(?=\s|$)").match(state.src, at, state.eMarks[start]):
        return False
    return blockquote(state, start, end, silent)
