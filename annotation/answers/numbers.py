"""Numbers as people and models write them."""

import re
from fractions import Fraction
from typing import NamedTuple

from winnow.annotation.answers.mathematics import is_unit
from winnow.annotation.answers.spelling import plain, without_marks

_MOST_DIGITS = 300
_GROUPED_BY_DOTS = r"[1-9]\d{0,2}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})"
_COMMA_DECIMAL = r"0,\d+|\d+,(?:\d{1,2}|\d{4,})"
_DECIMAL = (
    rf"(?:(?:{_GROUPED_BY_DOTS}|{_COMMA_DECIMAL})(?![\d,.]*\d)"
    r"|[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d{0,2}(?:['’]\d{3})+(?:[.,]\d+)?"
    r"|\d{1,3}(?: \d{3})+(?:\.\d+|,\d{1,2})?(?![\d/])|\d+(?:\.\d+)?|\.\d+)"
)
_FRAC = r"\\frac\s*(?:\{\s*(-?[\d.,]+)\s*\}|(\d))\s*(?:\{\s*(-?[\d.,]+)\s*\}|(\d))"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s*(?P<currency>[$€£¥₹₽₩]?)\s*(?P<inner>-?)\s*(?:"
    rf"(?:(?P<whole>\d+)\s*)?{_FRAC}"
    rf"|(?P<mixed>\d+)\s+(?P<over>\d+)\s*/\s*(?P<under>\d+)"
    rf"|(?P<top>{_DECIMAL})\s*/\s*(?P<bottom>{_DECIMAL})"
    r"|10\s*\^\s*\{?\s*(?P<power>[-+]?\d+)\s*\}?"
    rf"|(?P<decimal>{_DECIMAL})(?:[eE](?P<e>[-+]?\d+)|\s*\*\s*10\s*\^\s*\{{?\s*(?P<ten>[-+]?\d+)\s*\}}?)?"
    r")"
)
_PERCENT = re.compile(r"\s*(?:%|percent\b|per cent\b|pct\b|percentage points?\b)", re.IGNORECASE)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SCALE = re.compile(rf"\s*({'|'.join(_SCALES)})\b", re.IGNORECASE)
_BEFORE = re.compile(r"(?:approximately|about|around|roughly|exactly|≈|~|\\approx)\s*", re.IGNORECASE)  # fmt: skip
_NO_UNIT = re.compile(r"\b(?:or|and|to|not|between|minus|plus|times|over)\b", re.IGNORECASE)
_ONE_LETTER = frozenset("mgshlLKCFVAWNJΩ°€£¥$")
_SHORT = (
    "km dm cm mm nm um μm kg mg ug μg ml mL cl cL dl dL ha Hz kHz MHz GHz kW MW GW Wh kWh kJ MJ kN Pa kPa MPa hPa mbar bar eV keV MeV GeV mV kV mA Ah mAh kΩ MΩ "
    "ms ns us μs min mins hr hrs sec secs in ft yd mi lb lbs oz gal pt qt mph kph kmh rpm mol mmol cal kcal rad deg dB bit kB KB MB GB TB am pm USD EUR GBP JPY "
    "th st nd rd"
)
_VARIABLES = re.compile(r"[xyz]{1,3}|(?:pi|π).*|[a-zA-Zα-ωΑ-Ωа-яА-Я]")
_NAMES = re.compile(r"[a-zA-Zα-ωΑ-Ω]+")


class WrittenNumber(NamedTuple):
    """A number as it was written."""

    value: Fraction
    """Its exact value; of a percentage, the hundredth part of what stands before the sign."""

    is_rounded: bool
    """Whether it has decimals that are not all 0, so that it may stand for a number near to it."""

    is_percent: bool
    """Whether a sign or word says percent."""

    unit: str
    """What stands behind it, such as "km"; empty where nothing does."""


def read_number(text: str) -> WrittenNumber | None:
    """Read a text that is one number, with a sign, a currency, a percent sign, or the words of a unit behind it.

    "1,234" has a separator of thousands, as have "1,234.5", "1 234", "1'234" and "1.234,56"; "3,5", "3,1416" and "0,125" have a
    decimal comma. "1.234" may be either and is read as a decimal. Of an equation such as "x = 5" what stands behind the last "="
    is read. Letters that touch the digits have to be a unit: "6xy" and "2pi" are no numbers.

    Args:
        text: What was written; of a longer one than a line, or one with more than 300 digits, nothing is read.

    Returns:
        The number; None where the text is none, or is more than one.

    Raises:
        NoResult: Whether something is a unit could not be told.
    """
    text = plain(without_marks(text)).rpartition("=")[2].strip()
    if (before := _BEFORE.match(text)) is not None:
        text = text[before.end() :]
    found = _NUMBER.match(text)
    if found is None or (value := _value(found)) is None:
        return None
    rest = text[found.end() :]
    if (scale := _SCALE.match(rest)) is not None:
        value, rest = value * _SCALES[scale[1].lower()], rest[scale.end() :]
    percent = _PERCENT.match(rest)
    if percent is not None:
        value, rest = value / 100, rest[percent.end() :]
    unit = _unit(rest)
    if unit is None:
        return None
    is_rounded = found["decimal"] is not None and value.denominator > 1
    return WrittenNumber(value, is_rounded, percent is not None, unit or found["currency"])


def _value(found: re.Match[str]) -> Fraction | None:
    parts = found.groupdict()
    try:
        tops, bottoms = found.group(5) or found.group(6), found.group(7) or found.group(8)
        if tops:
            value = _decimal(tops) / _decimal(bottoms) + int(parts["whole"] or 0)
        elif parts["mixed"]:
            value = int(parts["mixed"]) + Fraction(int(parts["over"]), int(parts["under"]))
        elif parts["top"]:
            value = _decimal(parts["top"]) / _decimal(parts["bottom"])
        else:
            power = int(parts["e"] or parts["ten"] or parts["power"] or 0)
            if abs(power) > _MOST_DIGITS:
                return None
            value = _decimal(parts["decimal"] or "1") * Fraction(10) ** power
    except (ValueError, ZeroDivisionError):
        return None
    is_negative = (parts["sign"] == "-") != (parts["inner"] == "-")
    return -value if is_negative else value


def _decimal(text: str) -> Fraction:
    if len(text) > _MOST_DIGITS:
        raise ValueError("too long")
    is_grouped = re.search(r"[ '’]", text) is not None
    text = re.sub(r"[ '’]", "", text)
    if re.fullmatch(rf"-?(?:{_GROUPED_BY_DOTS}|{_COMMA_DECIMAL})", text) or is_grouped:
        text = text.replace(".", "" if "," in text or text.count(".") > 1 else ".").replace(
            ",", "."
        )
    return Fraction(text.replace(",", ""))


def _unit(rest: str) -> str | None:
    """Return what stands behind a number where it can be a unit, or nothing; None where the number goes on."""
    if rest.startswith("!"):  # a factorial
        return None
    unit = rest.strip().rstrip(".,;:!").strip()
    if not unit:
        return ""
    if re.search(r"[\d=<>+*\\{}()|,;]", re.sub(r"\^\{?-?\d\}?|\([^()\d]*\)", "", unit)):
        return None
    if _NO_UNIT.search(unit) or unit[0] in "-^/)":
        return None
    words = [re.sub(r"\^\{?-?\d\}?", "", word) for word in unit.split()]
    for i, word in enumerate(words):
        is_article = word == "a" and i + 1 < len(words) and len(words[i + 1]) > 1
        is_i = word == "I" and i > 0
        if _VARIABLES.fullmatch(word) and word not in _ONE_LETTER and not is_article and not is_i:
            return None
    if rest[:1].isspace():
        return unit
    if len(unit) == 1 and not unit.isalpha() and unit not in _ONE_LETTER:
        return None
    return unit if all(map(_may_touch, _NAMES.findall(words[0]))) else None


def _may_touch(name: str) -> bool:
    """Say whether letters right behind digits are a unit, not variables; short ones from a list, since "ab" are attobarns."""
    return name in _ONE_LETTER or name in _SHORT.split() or (len(name) > 3 and is_unit(name))
