"""What all pages share: how templates are filled, and how figures and texts are written in them."""

import json
import re
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from winnow.reports.intervals import percent
from winnow.schemas.durations import duration
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.prices import in_words
from winnow.schemas.printable import printable
from winnow.schemas.runs import count_in_words

_SHOWN_CHARACTERS = 1_500


def page_environment(sources: dict[str, str]) -> Environment:
    """Return what fills templates: everything is escaped and seen, and figures are written as the pages write them.

    Args:
        sources: Texts of the templates by name.
    """
    environment = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "n": lambda value: f"{value:,}",
        "counted": counted,
        "agreeing": agreeing,
        "tokens": count_in_words,
        "cost": in_words,
        "percent": percent,
        "shown": shown,
        "seconds": duration,
        "figure": signed,
        "breakable": breakable,
        "pretty": pretty,
    }
    return environment


def shown(text: str | None, limit: int = _SHOWN_CHARACTERS) -> str:
    """Shorten text for the page, saying by how much."""
    text = text or ""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … ({counted(len(text) - limit, 'more character')})"


def breakable(name: str) -> Markup:
    """Let a long name break after the marks in it, and nowhere else."""
    return Markup("<wbr>").join(re.split(r"(?<=[/:_@])", printable(name)))


def _seen(value: Any) -> Any:
    """Let nothing that is written into a page act or hide; our own drawings and styles stay."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def signed(value: float) -> str:
    """Write a weight with one decimal; what rounds to nothing has no sign."""
    return f"{value + 0.0:.1f}".replace("-0.0", "0.0")


def pretty(text: str) -> str:
    """Write JSON text with indents."""
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False)


def source(name: str, package: str = "winnow.reports") -> str:
    """Read a template or a style sheet, by default one that all pages share."""
    return files(package).joinpath("templates", name).read_text(encoding="utf-8")
