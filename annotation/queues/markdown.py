"""Markdown in which text is laid out, nothing in it comes alive, and nothing of it is cut, whoever reads the Markdown.

Headings, lists, emphasis by stars, tables and code are laid out, lines end where they were ended, and the language of a block
of code stands above it. All else that Markdown makes something of (HTML, links, images, formulas, strike-through, entities,
backslashes, underscores) is shown as it was written.

Two readers of Markdown never agree on every text, so the page is left nothing to read: what comes out is HTML of
our own parser, a line of it for as many blocks as follow one another, which every reader passes on as it is. Only a
block of code at the outermost level stays Markdown, since the page colours it: a fence after an empty line, longer than
any in it, which no two readers see differently.
"""

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from winnow.annotation.queues.markdown_rules import NBSP, as_written

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

EMPTY = "<p><em>(empty)</em></p>"

_LAYOUT = (
    "table", "code", "fence", "blockquote", "hr", "list", "heading",
    "backticks", "emphasis", "newline",
)  # fmt: skip
_LANGUAGE = re.compile(r"[\w+#.-]*")
_WORDS = re.compile(r"[^\W_]+")
_BLANKS = re.compile(" {2,}")


def as_markdown(text: str, *, with_links: bool = False) -> str:
    """Return Markdown that shows `text` laid out, with nothing in it but text and layout.

    Args:
        text: As it was written.
        with_links: Whether links to pages may be followed: for what a team wrote itself. They load nothing.
    """
    if not text.strip():
        return EMPTY
    parser = _parser(with_links)
    tokens = parser.parse(text)
    if _words(tokens) == _words_of(text) or with_links:
        return _written(parser, tokens)
    return fenced(text)


def _written(parser: "MarkdownIt", tokens: Sequence["Token"]) -> str:
    parts: list[str] = []
    others: list[Token] = []
    for token in tokens:
        if token.level == 0 and token.type in ("fence", "code_block"):
            code, language = _code(token)
            parts += [_html(parser, others), _spoken(language), fenced(code, language)]
            others = []
        else:
            others.append(token)
    return "\n\n".join(part for part in [*parts, _html(parser, others)] if part)


def _html(parser: "MarkdownIt", tokens: Sequence["Token"]) -> str:
    """Write blocks as one line of HTML: an empty line would end it for whoever reads on."""
    return parser.renderer.render(tokens, parser.options, {}).replace("\n", "")


def fenced(code: str, language: str = "") -> str:
    """Return a block of code as Markdown: its fence is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def _spoken(language: str) -> str:
    """Say the language of a block of code, which the page itself only colours by."""
    return f"<p><em>{escape(language)}</em></p>" if language else ""


def _code(token: "Token") -> tuple[str, str]:
    """Return code and its language; what else stands behind a fence would not be seen and goes into the code."""
    code, info = token.content.removesuffix("\n"), token.info.strip()
    if _LANGUAGE.fullmatch(info):
        return code, info
    return f"{token.markup}{token.info}\n{code}", ""


def _words(tokens: Sequence["Token"]) -> str:
    """Return the letters and digits that a page shows: what is nested too deep is lost."""
    shown = (part for token in tokens for part in (token.info, _text(token)))
    return _words_of("".join(shown))


def _text(token: "Token") -> str:
    return "".join(map(_text, token.children)) if token.children else token.content


def _words_of(text: str) -> str:
    return "".join(_WORDS.findall(text))


@cache
def _parser(with_links: bool) -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("zero", {"html": False}).enable(list(_LAYOUT))
    if with_links:
        parser.enable("link")
    as_written(parser)
    parser.add_render_rule("text", _text_with_blanks)
    parser.add_render_rule("fence", _nested_code)
    parser.add_render_rule("code_block", _nested_code)
    parser.add_render_rule("ordered_list_open", _numbered)
    return parser


def _text_with_blanks(
    _: "RendererHTML", tokens: Sequence["Token"], i: int, options: Any, env: Any
) -> str:
    """Keep blanks side by side, by which columns stand below each other."""
    wide = _BLANKS.sub(lambda blanks: NBSP * (len(blanks[0]) - 1) + " ", tokens[i].content)
    return escape(wide, quote=False)


def _nested_code(
    _: "RendererHTML", tokens: Sequence["Token"], i: int, options: Any, env: Any
) -> str:
    code, language = _code(tokens[i])
    lines = escape(code).replace("\n", "&#10;")
    return f'{_spoken(language)}<pre><code class="language-{language}">{lines}</code></pre>'


def _numbered(
    renderer: "RendererHTML", tokens: Sequence["Token"], i: int, options: Any, env: Any
) -> str:
    """Show the numbers that were written, where pages would count on; who writes 1 each time wants that."""
    items = []
    for token in tokens[i + 1 :]:
        if token.level == tokens[i].level:
            break
        if token.type == "list_item_open" and token.level == tokens[i].level + 1:
            items.append(token)
    if any(item.info != "1" for item in items):
        for item in items:
            item.attrSet("value", item.info)
    return renderer.renderToken(tokens, i, options, env)
