"""Reads the unit tests that a prompt brings in its metadata, in the forms that data sets have."""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from winnow.annotation.sandbox import AssertTest, CallTest, StdioTest

WANTED = (
    "wanted a list of assert statements, a text of Python that tests, a list of {input, output}, "
    "or {inputs, outputs}"
)
_QUIET = (
    ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
    | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Pass | ast.Global
)  # fmt: skip
"""Statements that test nothing by themselves."""


class NoTests(ValueError):
    """What a prompt brings as its tests is in none of the forms."""


class ProgramTests(NamedTuple):
    """The tests of a prompt."""

    tests: Sequence[AssertTest | CallTest] | Sequence[StdioTest]
    """One or more, named `test_1`, `test_2` and so on."""

    setup: str
    """Python code that runs before each test that is code."""


def read_tests(
    brought: Mapping[str, Any], *, tests_key: str, function_key: str, setup_key: str
) -> ProgramTests | None:
    """Read the tests of a prompt.

    Args:
        brought: The prompt's metadata.
        tests_key: Its key of the tests.
        function_key: Its key of the name of the function that is tested.
        setup_key: Its key of code that runs before each test.

    Returns:
        The tests; None where there are none.

    Raises:
        NoTests: They are in none of the forms, are no Python, or test nothing.
    """
    tests = _unpacked(brought.get(tests_key))
    if not tests:
        return None
    function, is_of_object = brought.get(function_key) or None, False
    if isinstance(tests, Mapping):
        is_of_object = bool(tests.get("fn_name"))
        function = tests.get("fn_name") or function
        tests = _rows(tests, tests_key)
    if not isinstance(function, str | None):
        raise NoTests(f"the name of the tested function is {str(function)[:80]!r}, and no text")
    setup = brought.get(setup_key) or ""
    setup = "\n".join(map(str, setup)) if isinstance(setup, list) else setup
    _tree(setup, setup_key)
    if isinstance(tests, str):
        tests = [tests]
    if isinstance(tests, list) and all(isinstance(one, str) for one in tests):
        codes = [code for text in tests for code in _codes(text, function, tests_key, function_key)]
        tested = function or ""
        return ProgramTests(
            [AssertTest(f"test_{i}", code, tested) for i, code in enumerate(codes, 1)], setup
        )
    return ProgramTests(_by_pairs(tests, function, tests_key, is_of_object), setup)


def _unpacked(tests: Any) -> Any:
    """Read a text that is JSON: some sets keep their tests so."""
    if isinstance(tests, str) and tests.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(tests)
        except (ValueError, RecursionError):
            return tests
    return tests


# Tests that are code


def _tree(text: Any, key: str) -> ast.Module:
    if not isinstance(text, str):
        raise NoTests(f"metadata.{key} is {str(text)[:80]!r}, and no Python")
    try:
        compile(text, "<tests>", "exec", dont_inherit=True)
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise NoTests(f"metadata.{key} is no Python: {str(error)[:120]}") from error


def _codes(text: str, function: str | None, key: str, function_key: str) -> Iterator[str]:
    """List what is to be run of a text: itself where it tests, else itself with a call of each of its test functions."""
    tree = _tree(text, key)
    has_check = any(isinstance(one, ast.FunctionDef) and one.name == "check" for one in tree.body)
    if has_check and not _calls_check(tree):
        if not function:
            raise NoTests(
                f"metadata.{key} defines check, and nothing calls it; name the function to call it with in "
                f"metadata.{function_key}"
            )
        _tree(function, function_key)
        yield f"{text}\ncheck({function})"
    elif any(map(_does_something, tree.body)):
        yield text
    else:
        calls = [call for one in tree.body for call in _test_calls(one, key)]
        if not calls:
            raise NoTests(
                f"metadata.{key} tests nothing: {text[:60]!r} only defines; wanted statements that test, check, "
                "test functions, or a TestCase"
            )
        yield from (f"{text}\n{call}" for call in calls)


def _is_main(statement: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__"`, which never holds for tests."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def _does_something(statement: ast.stmt) -> bool:
    if isinstance(statement, _QUIET) or _is_main(statement):
        return False
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.If | ast.Try):
        inner = [*statement.body, *statement.orelse]
        inner += statement.finalbody if isinstance(statement, ast.Try) else []
        return any(map(_does_something, inner))
    return True


def _calls_check(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check"
        for one in tree.body
        if not _is_main(one) and getattr(one, "name", "") != "check"
        for node in ast.walk(one)
    )


def _test_calls(statement: ast.stmt, key: str) -> Iterator[str]:
    """List the calls that run a test function, or each test of a class, as pytest and unittest find them."""
    if isinstance(statement, ast.FunctionDef) and statement.name.startswith("test"):
        _check_arguments(statement, 0, key)
        yield f"{statement.name}()"
    elif isinstance(statement, ast.ClassDef):
        bases = [ast.unparse(base).rpartition(".")[2] for base in statement.bases]
        is_case = any(base.endswith("TestCase") for base in bases)
        is_async = "IsolatedAsyncioTestCase" in bases
        if not is_case and not statement.name.startswith("Test"):
            return
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef) if is_async else (ast.FunctionDef,)
        begins = ("test",) if is_case else ("test", "setup_")
        for one in statement.body:
            if not isinstance(one, kinds) or not one.name.startswith(begins):
                continue
            _check_arguments(one, 1, key)
            of = statement.name
            yield (
                f"{of}.setUpClass(); {of}({one.name!r}).debug()"
                if is_case
                else f"{of}().{one.name}()"
            )


def _check_arguments(
    function: ast.FunctionDef | ast.AsyncFunctionDef, n_given: int, key: str
) -> None:
    given = function.args
    n_wanted = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    if n_wanted > n_given or None in given.kw_defaults or function.name.startswith("setup_"):
        raise NoTests(
            f"metadata.{key} has {function.name}, which pytest would give something; test functions are called with nothing"
        )


# Tests that are inputs and outputs


def _rows(tests: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    given, wanted = (
        tests.get("inputs", tests.get("input")),
        tests.get("outputs", tests.get("output")),
    )
    if not isinstance(given, list) or not isinstance(wanted, list) or len(given) != len(wanted):
        raise NoTests(f"metadata.{key} has no lists 'inputs' and 'outputs' of one length; {WANTED}")
    return [{"input": a, "output": b} for a, b in zip(given, wanted, strict=True)]


def _by_pairs(
    tests: Any, function: str | None, key: str, is_of_object: bool
) -> Sequence[CallTest] | Sequence[StdioTest]:
    if not isinstance(tests, list) or not all(isinstance(one, Mapping) for one in tests):
        raise NoTests(f"metadata.{key} is {str(tests)[:80]!r}; {WANTED}")
    pairs = [_pair(one, function, key) for one in tests]
    if function:
        return [
            CallTest(f"test_{i}", function, _args(given), wanted, is_of_object)
            for i, (given, wanted) in enumerate(pairs, 1)
        ]
    return [
        StdioTest(f"test_{i}", _lines(given), _lines(wanted))
        for i, (given, wanted) in enumerate(pairs, 1)
    ]


def _pair(test: Mapping[str, Any], function: str | None, key: str) -> tuple[Any, Any]:
    for names in (("input", "output"), ("stdin", "stdout"), ("args", "expected")):
        if all(name in test for name in names):
            given, wanted = test[names[0]], test[names[1]]
            if test.get("testtype") != "functional":
                return given, wanted
            if not function:
                raise NoTests(f"metadata.{key} calls a function that is not named")
            return _values(given, key), _value(wanted, key)
    raise NoTests(f"metadata.{key} holds {str(dict(test))[:80]}; {WANTED}")


def _values(text: Any, key: str) -> list[Any]:
    """Read arguments that stand in a text, each as JSON on a line of its own."""
    if not isinstance(text, str):
        raise NoTests(f"metadata.{key} holds {str(text)[:80]!r}; wanted a JSON value a line")
    return [_value(line, key) for line in text.split("\n") if line.strip()]


def _value(text: Any, key: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise NoTests(f"metadata.{key} holds {str(text)[:80]!r}, which is no JSON value") from error


def _args(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _lines(text: Any) -> str:
    return "\n".join(map(str, text)) if isinstance(text, list) else str(text)
