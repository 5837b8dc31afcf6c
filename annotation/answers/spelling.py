"""One spelling of what LaTeX, Markdown and Unicode write in several ways."""

import re
import unicodedata

_FRACTIONS = re.compile("(?<=\\d)(?=[\u00bc-\u00be\u2150-\u215e])")
_SIGNS = str.maketrans(
    {
        "\u2212": "-",
        "\u2013": "-",
        "\u2044": "/",
        "\u00d7": "*",
        "\u00f7": "/",
        "\u00b7": "*",
    }
)
_HIGH = "\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207a\u207b\u207d\u207e\u207f\u2071"
_LOW = "\u2080-\u2089\u208a\u208b\u208d\u208e"
_HIGH_OVER_LOW = re.compile(f"([{_HIGH}]+)[\u2044/]([{_LOW}]+)")
_SCRIPTS = re.compile(f"(?P<high>[{_HIGH}]+)|[{_LOW}]+")
_MATH = re.compile(r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(?<!\\)\$(?=\S)([^$\n]*?[^\s\\])\$(?!\d)", re.DOTALL)  # fmt: skip
_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mathbf|textit|operatorname|mbox)\s*\{([^{}]*)\}")
_BLANKS = re.compile(r"\\[,;:! ]|\\q?quad\b|~")
_SIZES = re.compile(r"\\(?:left|right|big|Big|bigg|Bigg|displaystyle)(?![a-z])")


def without_marks(text: str) -> str:
    """Take off what marks a piece as mathematics, bold, code or quoted, and a full stop at its end."""
    text = text.strip().replace("**", "").replace("__", "").strip()
    text = _MATH.sub(lambda m: next(group for group in m.groups() if group is not None), text)
    text = text.strip().strip("`\"'“”„«»").strip()
    return text.rstrip(".。").strip() if not text.endswith("...") else text


def mathematics_of(text: str) -> str:
    """Return the first piece that is marked as mathematics where a text begins with one, else the text without marks."""
    text = text.strip().replace("**", "").strip()
    if (begun := _MATH.match(text)) is not None:
        return next(group for group in begun.groups() if group is not None).strip()
    return without_marks(text)


def scripts_in_latex(text: str) -> str:
    """Write raised and lowered characters as LaTeX does, "^{6}" and "_{2}", since Unicode's own folding makes digits of them.

    A fraction of a raised and a lowered number is written with a slash.
    """
    text = _HIGH_OVER_LOW.sub(lambda m: unicodedata.normalize("NFKC", f" {m[1]}/{m[2]}"), text)
    return _SCRIPTS.sub(
        lambda m: (
            f"{'^' if m['high'] else '_'}{{{unicodedata.normalize('NFKC', m[0]).translate(_SIGNS)}}}"
        ),
        text,
    )


def plain(text: str) -> str:
    """Write numbers, signs and units as plain text: LaTeX's blanks, sizes and text commands taken off."""
    text = scripts_in_latex(_FRACTIONS.sub(" ", text))
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    for _ in range(2):
        text = _TEXT.sub(r" \1 ", text)
    text = text.replace("{,}", ",").replace("\\%", "%").replace("\\$", "$").replace("\\#", "#")
    text = re.sub(r"\\[dt]frac", r"\\frac", text)
    text = re.sub(r"\^\s*\{?\s*\\circ\s*\}?|\\degree\b", "°", text)
    text = re.sub(r"\\(?:times|cdot)\b", "*", text)
    text = _SIZES.sub("", _BLANKS.sub(" ", text))
    return " ".join(text.split())


def folded(text: str) -> str:
    """Write a text so that case, width, white space, marks and a full stop at its end do not tell it from another."""
    bare = scripts_in_latex(without_marks(_TEXT.sub(r"\1", text)))
    bare = re.sub(r"\^\{([^{}]*)\}", r"^\1", re.sub(r"_\{?(\d+)\}?", r"\1", bare))
    return " ".join(unicodedata.normalize("NFKC", bare).casefold().split()).rstrip(".!。 ")
