"""Reads the unit tests that a prompt brings in its metadata, in the forms that data sets have."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from winnow.annotation.sandbox import AssertTest, CallTest, StdioTest

WANTED = (
    "wanted a list of assert statements, a text of Python that tests, a list of {input, output}, "
    "or {inputs, outputs}"
)


class NoTests(ValueError):
    """What a prompt brings as its tests is in none of the forms."""


class ProgramTests(NamedTuple):
    """The tests of a prompt."""

    tests: Sequence[AssertTest | CallTest] | Sequence[StdioTest]
    """One or more, named `test_1`, `test_2` and so on."""

    setup: str
    """Python code that runs before each test that is code."""


def read_tests(
    metadata: str | None, *, tests_key: str, function_key: str, setup_key: str
) -> ProgramTests | None:
    """Read the tests of a prompt.

    Args:
        metadata: JSON object, as `Prompt.metadata` has it.
        tests_key: Its key of the tests.
        function_key: Its key of the name of the function that is tested.
        setup_key: Its key of code that runs before each test.

    Returns:
        The tests; None where there are none.

    Raises:
        NoTests: They are in none of the forms.
    """
    brought = json.loads(metadata) if metadata else {}
    tests = _unpacked(brought.get(tests_key))
    if not tests:
        return None
    function = brought.get(function_key)
    if isinstance(tests, Mapping):
        function = tests.get("fn_name", function)
        tests = _rows(tests, tests_key)
    setup = brought.get(setup_key) or ""
    setup = "\n".join(setup) if isinstance(setup, list) else setup
    return ProgramTests(_tests(tests, function, tests_key), setup)


def _unpacked(tests: Any) -> Any:
    """Read a text that is JSON: some sets keep their tests so."""
    if isinstance(tests, str) and tests.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(tests)
        except ValueError:
            return tests
    return tests


def _rows(tests: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    given, wanted = (
        tests.get("inputs", tests.get("input")),
        tests.get("outputs", tests.get("output")),
    )
    if not isinstance(given, list) or not isinstance(wanted, list) or len(given) != len(wanted):
        raise NoTests(f"metadata.{key} has no lists 'inputs' and 'outputs' of one length; {WANTED}")
    return [{"input": a, "output": b} for a, b in zip(given, wanted, strict=True)]


def _tests(
    tests: Any, function: str | None, key: str
) -> Sequence[AssertTest | CallTest] | Sequence[StdioTest]:
    if isinstance(tests, str):
        called = f"\ncheck({function})" if function and "def check(" in tests else ""
        return [AssertTest("test_1", tests + called)]
    if isinstance(tests, list) and all(isinstance(one, str) for one in tests):
        return [AssertTest(f"test_{i}", one) for i, one in enumerate(tests, 1)]
    if not isinstance(tests, list) or not all(isinstance(one, Mapping) for one in tests):
        raise NoTests(f"metadata.{key} is {str(tests)[:80]!r}; {WANTED}")
    pairs = [_pair(one, key) for one in tests]
    if function:
        return [
            CallTest(f"test_{i}", function, _args(given), wanted)
            for i, (given, wanted) in enumerate(pairs, 1)
        ]
    return [
        StdioTest(f"test_{i}", _lines(given), _lines(wanted))
        for i, (given, wanted) in enumerate(pairs, 1)
    ]


def _pair(test: Mapping[str, Any], key: str) -> tuple[Any, Any]:
    for names in (("input", "output"), ("stdin", "stdout"), ("args", "expected")):
        if all(name in test for name in names):
            return test[names[0]], test[names[1]]
    raise NoTests(f"metadata.{key} holds {str(dict(test))[:80]}; {WANTED}")


def _args(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _lines(text: Any) -> str:
    return "\n".join(map(str, text)) if isinstance(text, list) else str(text)
