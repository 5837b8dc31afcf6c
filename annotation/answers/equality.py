"""Whether an answer is the same as a known one, by the kind of answer that it is."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple, get_args

from winnow.annotation.answers import mathematics
from winnow.annotation.answers.extraction import FoundAnswer, find_answer
from winnow.annotation.answers.numbers import WrittenNumber, read_number
from winnow.annotation.answers.options import option_letters
from winnow.annotation.answers.spelling import (
    folded,
    mathematics_of,
    plain,
    scripts_in_latex,
    without_marks,
)

AnswerKind = Literal[
    "number", "fraction", "percent", "set", "interval", "unit", "expression", "option", "text"
]
"""Kinds of answers, each with what makes two of them the same; see `EqualityRule.same`."""

MOST_CHARS = 1000
"""Longer answers than that are read as text alone."""

_MOST_CHARS_OF_TEXT = 4 * MOST_CHARS
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound_sterling", "¥": "yen"}
_MONEY = frozenset({"dollar", "dollars", "euro", "euros", "pound_sterling", "yen", "USD", "EUR", "GBP", "JPY"})  # fmt: skip
_COUNTED = (  # what sets count in, though a table of units has them
    "point points unit units cup cups bar bars bag bags barn barns barrel barrels dot dots pixel pixels candle candles care cares cat cats chain "
    "chains fare fares gals hand hands hare hares hat hats league leagues link links mare mares mat mats molecule molecules nit nits pare pares peck pecks pica "
    "picas pin pins pole poles quarter quarters rod rods slug slugs stone stones turn turns count counts th st nd rd"
)
_AFTER_UNIT = "in at of on for a an the as to by from with is are"
_MOST_UNIT_WORDS = 6
_LISTED = re.compile(r"-?\d+(?:,-?\d+)+")
_BECAUSE = re.compile(r",?\s+(?:because|since|as (?:the|it|we)|which|where|so that)\b.*", re.DOTALL | re.IGNORECASE)  # fmt: skip
_SENTENCE_END = re.compile(r"(?<!\d)[.!?](?=\s)|(?<=\d)\.(?=\s|$)|[。！？]")
_MATHEMATICS = re.compile(r"\\[a-zA-Z]+|[\^=<>+*/≤≥√∞π{}]|\d")
_NAMED_FUNCTIONS = re.compile(r"(?<![\\a-zA-Z])(sin|cos|tan|log|ln|exp|pi|infty|infinity|inf|theta|alpha|beta)(?![a-z])")  # fmt: skip
_PROSE = re.compile(r"(?<![\\a-zA-Z{])(?!sin|cos|tan|log|ln|exp)[a-zA-Z]{2,}\s+[a-zA-Z]{2,}")
_ROOT = re.compile(r"(?<!\\)sqrt\s*\(([^()]*)\)")
_INTERVAL = re.compile(r"^([\[(\]])(.+)([\])\[])$", re.DOTALL)
_UNION = re.compile(r"\\cup|∪|\bU\b|\bor\b|\bunion\b")
_AND = re.compile(r"\s+(?:and|or)\s+|;")


class EqualityRule(NamedTuple):
    """What makes two answers the same."""

    kind: AnswerKind
    """What kind of answer it is."""

    tolerance: float = 1e-6
    """How far two numbers may differ, relative to the larger, where one of them has decimals; whole numbers and fractions have
    to be equal. Quantities may always differ by it, and by a 1e-9th at least, since they are converted."""

    options: Mapping[str, str] = {}
    """Of multiple choice the options, by letter."""

    is_known: bool = True
    """Whether one of the two answers is a known one. Of two that are not, "50" is never "50 %", or it would link "50" and "0.5"."""

    def reads(self, text: str) -> bool:
        """Say whether a text is an answer of this kind; raises `NoResult`."""
        if self.kind != "text" and len(text) > MOST_CHARS:
            return False
        return _READERS[self.kind](self, text[:_MOST_CHARS_OF_TEXT])

    def same(self, gold: str, given: str) -> bool:
        """Say whether an answer is the known one.

        - `number`: the same value, decimals within the tolerance; a unit behind either is passed over. A percent sign divides by
          100; where one of the two alone has it, the bare number will do as well: "50 %" is "0.5", and "50".
        - `fraction`: exactly the same value.
        - `percent`: the same share: "50 %", "50" and "0.5" are one where the known one is a percentage.
        - `set`: the same elements in any order, repeated ones once, each compared as number or expression.
        - `interval`: the same ends, open or closed, unions in any order; inequalities as well.
        - `unit`: the same quantity, in whatever unit of its sort; a number without a unit is another.
        - `expression`: equal as mathematics.
        - `option`: the same letter or letters; the text of an option stands for its letter.
        - `text`: the same words; case, width, white space, marks and a full stop at the end aside. Very long ones have to be the
          same to the character.

        Raises:
            NoResult: The comparison took too long or failed, which says nothing of the answer.
        """
        longest = max(len(gold), len(given))
        if self.kind != "text" and longest > MOST_CHARS:
            return False
        if longest > _MOST_CHARS_OF_TEXT:
            return gold.strip() == given.strip()
        return _COMPARED[self.kind](self, gold, given)

    def accepts(self, gold: str, found: FoundAnswer) -> bool:
        """Say the same of an answer that was found in a response; raises as `same`.

        What follows an answer in its line is left out, the reasons first, as far as what is left reads as an answer. A text may be
        its line or the first sentence of it, since "St. Louis" is no sentence. A known number such as "1,2" may be a list as well,
        where the answer is one.
        """
        if self.kind == "text":
            return any(self.same(gold, one) for one in self._readings(found))
        said = self.answer_in(found)
        if said is None and self.kind == "number" and _LISTED.fullmatch(gold.strip()):
            return self._replace(kind="set").accepts(gold, found)
        return said is not None and self.same(gold, said)

    def answer_in(self, found: FoundAnswer) -> str | None:
        """Return an answer without what follows it in its line; None where it is none of this kind. Raises as `same`."""
        if self.kind == "text":
            return found.text if folded(found.text[:_MOST_CHARS_OF_TEXT]) else None
        return next((one for one in self._readings(found) if self.reads(one)), None)

    def _readings(self, found: FoundAnswer) -> list[str]:
        """List what an answer may be, the shortest first."""
        line = found.text[:_MOST_CHARS_OF_TEXT]
        if found.place == "boxed":
            return [line]
        sentence = _SENTENCE_END.split(line, maxsplit=1)[0]
        readings = [_BECAUSE.sub("", sentence), sentence, line]
        if self.kind in ("expression", "interval", "set") and sentence.count("$") <= 2:
            readings.insert(0, mathematics_of(sentence))
        return list(dict.fromkeys(one for one in readings if one.strip()))


def kind_of(gold: str, options: Mapping[str, str]) -> AnswerKind:
    """Tell the kind of a known answer from how it is written.

    An option where the prompt has options and it names one; else a percentage, a fraction, a quantity or a number, which is what
    money is, and what is counted in points, cups and the like; else a set in
    braces, an interval in brackets or with an inequality sign, an expression with a sign or command of mathematics; else a text.

    Raises:
        NoResult: It could not be told in time.
    """
    if len(gold) > MOST_CHARS:
        return "text"
    if options and option_letters(gold, options):
        return "option"
    if (number := read_number(gold)) is not None and "=" not in gold:
        return _kind_of_number(number, plain(gold))
    bare = scripts_in_latex(without_marks(gold))
    if _inside_braces(bare) is not None:
        return "set"
    if "\n" in bare or not _MATHEMATICS.search(bare):
        return "text"
    if _intervals(bare) is not None:
        return "interval"
    if re.search(r"[<>≤≥]|\\(?:le|ge|leq|geq|lt|gt)\b", bare) and "=" not in bare:
        return "interval" if _reads_mathematics(bare) else "text"
    return "expression" if _reads_mathematics(bare) else "text"


def known_answer(reference: str) -> str:
    r"""Return the answer that a reference comes to: what its last \boxed{...} or "####" holds, else all of it."""
    found = find_answer(reference, ("boxed",))
    if found is None and (marked := re.search(r"^[ \t]*####[ \t]*(.+)$", reference, re.MULTILINE)):
        return marked[1].strip()
    return found.text if found else reference.strip()


def _kind_of_number(number: WrittenNumber, written: str) -> AnswerKind:
    if number.is_percent:
        return "percent"
    unit = _unit_in(number.unit)
    if unit and not {unit, unit.casefold()} & {*_MONEY, *_COUNTED.split()}:
        return "unit"
    return "fraction" if "/" in written or "\\frac" in written else "number"


def _reads_number(_: EqualityRule, text: str) -> bool:
    return read_number(text) is not None


def _reads_quantity(rule: EqualityRule, text: str) -> bool:
    number = read_number(text)
    return number is not None and _unit_in(number.unit) != ""


def _reads_set(rule: EqualityRule, text: str) -> bool:
    elements = _elements(text)
    return bool(elements) and all(_reads_element(one) for one in elements)


def _reads_element(text: str) -> bool:
    return read_number(text) is not None or _reads_mathematics(text)


def _reads_interval(rule: EqualityRule, text: str) -> bool:
    return _intervals(without_marks(text)) is not None or _reads_mathematics(text)


def _reads_expression(rule: EqualityRule, text: str) -> bool:
    return _reads_mathematics(text)


def _reads_option(rule: EqualityRule, text: str) -> bool:
    return bool(option_letters(text, rule.options))


def _reads_text(_: EqualityRule, text: str) -> bool:
    return bool(folded(text))


def _same_number(rule: EqualityRule, gold: str, given: str) -> bool:
    a, b = read_number(gold), read_number(given)
    if a is None or b is None:
        return a is None and _same_expression(rule, gold, given)
    if rule.is_known and a.is_percent != b.is_percent:
        bare = [one._replace(value=one.value * 100) if one.is_percent else one for one in (a, b)]
        if _is_near(bare[0], bare[1], rule.tolerance):
            return True
    return _is_near(a, b, rule.tolerance)


def _same_fraction(rule: EqualityRule, gold: str, given: str) -> bool:
    a, b = read_number(gold), read_number(given)
    return a is not None and b is not None and a.value == b.value


def _same_percent(rule: EqualityRule, gold: str, given: str) -> bool:
    a, b = read_number(gold), read_number(given)
    if a is None or b is None:
        return False
    share = a if a.is_percent else a._replace(value=a.value / 100)
    readings = [b] if b.is_percent else [b, b._replace(value=b.value / 100)]
    return any(_is_near(share, one, rule.tolerance) for one in readings)


def _same_set(rule: EqualityRule, gold: str, given: str) -> bool:
    known, said = _elements(gold), _elements(given)
    same = _element_rule(rule)
    known, said = (_distinct(same, ones) for ones in (known, said))
    if not known or len(known) != len(said):
        return False
    return all(any(same(one, other) for other in said) for one in known) and all(
        any(same(one, other) for one in known) for other in said
    )


def _same_interval(rule: EqualityRule, gold: str, given: str) -> bool:
    known, said = _intervals(without_marks(gold)), _intervals(without_marks(given))
    if known is None or said is None:
        return _same_expression(rule, gold, given)
    same = _element_rule(rule)
    matches = [
        [a.opens == b.opens and same(a.start, b.start) and same(a.end, b.end) for b in said]
        for a in known
    ]
    return len(known) == len(said) and all(map(any, matches)) and all(map(any, zip(*matches, strict=True)))  # fmt: skip


def _same_quantity(rule: EqualityRule, gold: str, given: str) -> bool:
    a, b = read_number(gold), read_number(given)
    if a is None or b is None:
        return False
    wanted, said = _unit_in(a.unit), _unit_in(b.unit)
    if not wanted or not said:
        return False
    try:
        value = mathematics.converted(float(b.value), said, wanted)
    except OverflowError:
        return False
    if value is None or not math.isfinite(value):
        return False
    allowed = Fraction(max(rule.tolerance, 1e-9)) * max(abs(a.value), abs(Fraction(value)))
    return abs(Fraction(value) - a.value) <= allowed


def _same_expression(rule: EqualityRule, gold: str, given: str) -> bool:
    a, b = (read_number(text) if "=" not in text else None for text in (gold, given))
    if a is not None and b is not None:
        return _is_near(a, b, rule.tolerance)
    if max(len(gold), len(given)) > MOST_CHARS or not given.strip():
        return False
    return mathematics.is_equal(_latex(gold), _latex(given)) is True


def _same_option(rule: EqualityRule, gold: str, given: str) -> bool:
    return option_letters(gold, rule.options) == option_letters(given, rule.options) != frozenset()


def _same_text(rule: EqualityRule, gold: str, given: str) -> bool:
    return folded(gold) == folded(given) != ""


def _is_near(gold: WrittenNumber, given: WrittenNumber, tolerance: float) -> bool:
    if gold.value == given.value:
        return True
    allowed = Fraction(str(tolerance)) * max(abs(gold.value), abs(given.value))
    return (gold.is_rounded or given.is_rounded) and abs(gold.value - given.value) <= allowed


def _element_rule(rule: EqualityRule) -> Callable[[str, str], bool]:
    return lambda gold, given: _same_expression(rule, gold, given)


def _distinct(same: Callable[[str, str], bool], ones: Sequence[str]) -> list[str]:
    found: list[str] = []
    for one in ones:
        if not any(same(other, one) for other in found):
            found.append(one)
    return found


def _elements(text: str) -> list[str]:
    """Split a list of answers, in braces or not, at commas outside of brackets, "and", "or" and semicolons."""
    bare = without_marks(text)
    bare = re.sub(r"\\text\s*\{\s*(and|or)\s*\}", r" \1 ", bare)
    bare = re.sub(r"^[a-zA-Z]\s*(?:=|\\in)\s*(?=\\?\{)", "", bare)
    inside = _inside_braces(bare)
    # "{1,200}" has two elements; "{1,200, 3}" has commas with a blank for that.
    has_thousands = inside is None or re.search(r",\s", inside) is not None
    pieces = [
        piece.rpartition("=")[2].strip()
        for part in _AND.split(inside if inside is not None else bare)
        for piece in _at_commas(part, has_thousands)
    ]
    return [piece for piece in pieces if piece][:MOST_CHARS]


def _inside_braces(text: str) -> str | None:
    found = re.match(r"^\s*\\?(?:left)?\\?\{(.*?)\\?(?:right)?\\?\}\s*$", text, re.DOTALL)
    return found[1] if found else None


def _at_commas(text: str, has_thousands: bool = True) -> list[str]:
    pieces, depth = [""], 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth <= 0 and not (has_thousands and _is_of_thousands(text, i)):
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces


def _is_of_thousands(text: str, i: int) -> bool:
    before, behind = text[max(0, i - 4) : i], text[i : i + 5]
    return (
        re.match(r",\d{3}(?!\d)", behind) is not None
        and re.search(r"(?<!\d)[1-9]\d{0,2}$", before) is not None
    )


class _Interval(NamedTuple):
    opens: tuple[bool, bool]
    start: str
    end: str


def _intervals(text: str) -> list[_Interval] | None:
    """Read intervals in brackets, or a union of some; None where it is none."""
    text = re.sub(r"\\(?:left|right)(?![a-z])", "", text)
    text = re.sub(r"^[a-zA-Z]\s*\\in\s*|^[a-zA-Z]\s*∈\s*", "", text.strip())
    found = []
    for part in _UNION.split(text):
        one = _INTERVAL.match(part.strip())
        ends = _at_commas(one[2]) if one else []
        if one is not None and len(ends) == 1:
            ends = one[2].split(";") if ";" in one[2] else _at_commas(one[2], has_thousands=False)
        if one is None or len(ends) != 2:
            return None
        opens = one[1] in "(]", one[3] in ")["
        found.append(_Interval(opens, ends[0].strip(), ends[1].strip()))
    return found


def _unit_in(said: str) -> str:
    """Return the most leading words that name a unit, as it is asked about; empty where none do. Raises `NoResult`."""
    words = said.split()[:_MOST_UNIT_WORDS]
    end = next(
        (i for i, word in enumerate(words) if i and word.casefold() in _AFTER_UNIT.split()),
        len(words),
    )
    names = (_unit_name(" ".join(words[:n])) for n in range(end, 0, -1))
    return next((name for name in names if mathematics.is_unit(name)), "")


def _unit_name(unit: str) -> str:
    unit = re.sub(r"\^\{(-?\d)\}", r"^\1", unit)
    return _CURRENCIES.get(unit, unit)


def _reads_mathematics(text: str) -> bool:
    if not 0 < len(text) <= MOST_CHARS or _PROSE.search(text):
        return False
    return mathematics.reads(_latex(text))


def _latex(text: str) -> str:
    """Write plain spellings such as sqrt(2), pi, ** and ∞ as LaTeX."""
    text = scripts_in_latex(without_marks(text.replace("**", "^")))
    text = text.replace("∞", "\\infty ").replace("π", "\\pi ")
    text = (
        text.replace("≤", "\\le ").replace("≥", "\\ge ").replace("−", "-").replace("·", "\\cdot ")
    )
    text = re.sub(r"√\s*(\d+|\([^()]*\))", r"\\sqrt{\1}", text)
    text = _ROOT.sub(r"\\sqrt{\1}", text)
    names = {"infinity": "infty", "inf": "infty"}
    return _NAMED_FUNCTIONS.sub(lambda m: f"\\{names.get(m[1], m[1])} ", text)


_READERS: dict[AnswerKind, Callable[[EqualityRule, str], bool]] = {
    "number": _reads_number,
    "fraction": _reads_number,
    "percent": _reads_number,
    "set": _reads_set,
    "interval": _reads_interval,
    "unit": _reads_quantity,
    "expression": _reads_expression,
    "option": _reads_option,
    "text": _reads_text,
}
_COMPARED: dict[AnswerKind, Callable[[EqualityRule, str, str], bool]] = {
    "number": _same_number,
    "fraction": _same_fraction,
    "percent": _same_percent,
    "set": _same_set,
    "interval": _same_interval,
    "unit": _same_quantity,
    "expression": _same_expression,
    "option": _same_option,
    "text": _same_text,
}
KINDS: tuple[AnswerKind, ...] = get_args(AnswerKind)
