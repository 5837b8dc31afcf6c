"""What a server says, made fit for a line: the one place through which words of a server get into messages."""

import contextlib
from html.parser import HTMLParser
from typing import Any

from winnow.pipelines.inference.openai_content import words_in
from winnow.pipelines.inference.openai_replies import shown
from winnow.schemas.redaction import redacted

_MOST_CHARS = 300
_NAMES_OF_WORDS = ("message", "detail", "msg", "error")
_NAMES_OF_CODES = ("code", "type", "status")
_SILENT_TAGS = {"script", "style", "template", "noscript"}
_PAGE_STARTS = ("<!doctype", "<html", "<head", "<body", "<?xml")


def tidy(text: str) -> str:
    """Put a text on one line: cut to 300 characters, without control characters."""
    printable = "".join(c if c.isprintable() else " " for c in redacted(text)[: 10 * _MOST_CHARS])
    line = " ".join(printable.split())
    return line if len(line) <= _MOST_CHARS else line[: _MOST_CHARS - 1] + "…"


def words_of(reply: Any) -> str:
    """Read what a server says in a reply: the message of its error, the text of its page, or the reply as it is.

    What a provider behind the server said stands behind the message.

    Args:
        reply: What was read from JSON, or a text that is no JSON.
    """
    if isinstance(reply, str):
        return tidy(f"a web page: {_text_of_page(reply)}" if is_page(reply) else reply)
    error = error_in(reply)
    if not isinstance(error, dict):
        return tidy(words_in(error) or shown(error))
    said = next((words for n in _NAMES_OF_WORDS if (words := words_in(error.get(n)))), None)
    metadata = error.get("metadata")
    behind = words_in(metadata.get("raw")) if isinstance(metadata, dict) else None
    return tidy(": ".join(filter(None, (said, behind))) or shown(error))


def codes_of(reply: Any) -> str:
    """Read what a server calls its error: the code, type and status in the reply, empty where it has none."""
    error = error_in(reply)
    named = (error.get(name) for name in _NAMES_OF_CODES) if isinstance(error, dict) else ()
    return tidy(" ".join(str(code) for code in named if isinstance(code, str | int)))


def is_page(text: str) -> bool:
    """Tell whether a text is a web page, or the like, instead of an answer."""
    return text.lstrip("\ufeff \t\r\n")[:16].lower().startswith(_PAGE_STARTS)


def error_in(reply: Any) -> Any:
    """Find the part of a reply that says what went wrong: its error, or all of it."""
    alone = reply[0] if isinstance(reply, list) and len(reply) == 1 else reply
    error = alone.get("error") if isinstance(alone, dict) else None
    return error if isinstance(error, dict) else alone


def _text_of_page(page: str) -> str:
    reader = _PageText()
    with contextlib.suppress(AssertionError, ValueError):  # what stands before the fault will do
        reader.feed(page[:50_000])
    return " ".join(" ".join(reader.texts).split()) or "without text"


class _PageText(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._n_silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._n_silent += tag in _SILENT_TAGS

    def handle_endtag(self, tag: str) -> None:
        self._n_silent -= tag in _SILENT_TAGS and self._n_silent > 0

    def handle_data(self, data: str) -> None:
        if not self._n_silent:
            self.texts.append(data)
