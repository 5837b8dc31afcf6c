"""Compares expressions and quantities in a process of its own, which ends itself where a question takes too long.

Started by `winnow.annotation.answers.mathematics`: reads one JSON object a line, and writes one a line. It imports nothing of the
house, so that it starts as fast as its libraries do.
"""

import json
import logging
import resource
import signal
import sys
from functools import cache
from importlib import import_module
from typing import Any

_MOST_BYTES = 4 << 30
"""Address space of the process: a power of powers ends in an error instead of taking the machine's memory."""

_CURRENCIES = ("dollar = [currency_of_dollars] = USD", "euro = [currency_of_euros] = EUR", "pound_sterling = [currency_of_pounds] = GBP", "yen = [currency_of_yen] = JPY")  # fmt: skip


def main() -> None:
    """Answer questions until there are no more."""
    seconds = float(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MOST_BYTES if hard == resource.RLIM_INFINITY else min(_MOST_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = _ANSWERS[asked.pop("ask")]
        # Loading a library is no part of the question.
        _units() if answer in (_converted, _is_unit) else import_module("math_verify")
        # Time of the processor, since a busy machine is no reason to fail. The default action ends the process wherever it is,
        # in C as well; a handler would have to wait.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            said = {"said": answer(**asked)}
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}"[:300]}
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _is_equal(gold: str, given: str) -> bool | None:
    """Say whether two expressions are equal, the known one first; None where one cannot be read."""
    from math_verify import verify

    known, said = _parsed(gold), _parsed(given)
    if not known or not said:
        return None
    # The alarm ends what takes too long; the library's own would go off in its place.
    return bool(
        verify(known, said, timeout_seconds=None, allow_set_relation_comp=True, raise_on_error=True)
    )


def _reads(text: str) -> bool:
    return bool(_parsed(text))


def _parsed(text: str) -> list[Any]:
    from math_verify import parse
    from math_verify.parser import LatexExtractionConfig

    found: list[Any] = parse(
        f"${text}$",
        [LatexExtractionConfig(boxed_match_priority=-1)],
        fallback_mode="no_fallback",
        parsing_timeout=None,
    )
    return found


def _converted(value: float, unit: str, into: str) -> float | None:
    """Convert a quantity; None where the units measure different things, or the given one is unknown."""
    units = _units()
    wanted = units.parse_units(into)
    try:
        return float(units.Quantity(value, units.parse_units(unit)).to(wanted).magnitude)
    except (_undefined(), _other_dimension()):
        return None


def _is_unit(unit: str) -> bool:
    try:
        return not _units().parse_units(unit).dimensionless
    except Exception:
        return False


@cache
def _units() -> Any:
    from pint import UnitRegistry

    units = UnitRegistry()
    for currency in _CURRENCIES:
        units.define(currency)
    return units


def _undefined() -> type[Exception]:
    from pint import UndefinedUnitError

    return UndefinedUnitError


def _other_dimension() -> type[Exception]:
    from pint import DimensionalityError

    return DimensionalityError


_ANSWERS: dict[str, Any] = {
    "is_equal": _is_equal,
    "reads": _reads,
    "converted": _converted,
    "is_unit": _is_unit,
}

if __name__ == "__main__":
    main()
