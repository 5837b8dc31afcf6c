"""Unit tests of a program that nobody trusts: what came of each, as the sandbox and not as the program says."""

import json
import math
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from winnow.annotation.sandbox.box import Ended, Isolation, Limits, interpreter, run
from winnow.annotation.sandbox.packages import packages

UnitOutcomeReason = Literal[
    "passed", "failed", "timeout", "memory", "output", "killed", "sandbox_error", "broken_test"
]

_EXAMINER = Path(__file__).with_name("examiner.py")
_LONGEST_WHY = 200
_PATIENCE = 4


class AssertTest(NamedTuple):
    """A test that is Python code: it passes where it raises nothing."""

    name: str
    code: str

    tested: str = ""
    """What it tests, as it is called there: this name is the program's, even where Python has one like it. Without it, names of
    Python's own are the program's only where it defines no other name that the test mentions."""


class CallTest(NamedTuple):
    """A test that calls a function, or the method of a class `Solution`, and knows what it should give, as JSON has it."""

    name: str
    function: str
    args: Sequence[Any]
    expected: Any

    wrapped: bool = False
    """Whether what is expected may stand in a list of its own."""


class StdioTest(NamedTuple):
    """A test that gives a program its input and knows its output."""

    name: str
    stdin: str
    stdout: str


class UnitOutcome(NamedTuple):
    """What came of a test."""

    reason: UnitOutcomeReason
    """"passed", or why not; "sandbox_error", and "broken_test" where what a test imports is not there, say nothing of the
    program."""

    why: str = ""
    """In words; empty for a test that passed."""


class Conditions(NamedTuple):
    """How a program is tested."""

    timeout_s: float = 5.0
    """Seconds of processor time for each test, and four times as many by the clock."""

    total_s: float = 60.0
    """Seconds by the clock for all of them; what was not run by then is a timeout."""

    memory_mb: int = 512
    """Memory of the program, in MiB."""

    tolerance: float = 1e-6
    """Numbers with a fraction are equal that differ by no more, absolutely or relative to the larger."""

    packages: bool = False
    """Whether it may import the packages that are installed beside Winnow."""

    isolation: Isolation = "full"
    """The kind of sandbox."""


def outcomes(
    program: str,
    tests: Sequence[AssertTest | CallTest] | Sequence[StdioTest],
    conditions: Conditions = Conditions(),  # noqa: B008
    setup: str = "",
) -> list[UnitOutcome]:
    """Run a program's tests.

    Args:
        program: Python code.
        tests: Its tests, one or more, of one kind or of the first two mixed.
        conditions: How it is run.
        setup: Python code that runs before each test that is code, such as imports.

    Returns:
        One outcome a test, in their order.

    Raises:
        SandboxUnavailable: The machine does not allow the isolation that is asked for.
    """
    by_stdio = [test for test in tests if isinstance(test, StdioTest)]
    if by_stdio:
        return _by_stdio(program, by_stdio, conditions)
    others = [test for test in tests if not isinstance(test, StdioTest)]
    return _by_examiner(program, others, conditions, setup)


def _by_examiner(
    program: str, tests: Sequence[AssertTest | CallTest], conditions: Conditions, setup: str
) -> list[UnitOutcome]:
    mark = secrets.token_hex(16)
    shown = packages() if conditions.packages else ()
    job = {
        "mark": mark,
        "setup": setup,
        "tests": [test._asdict() for test in tests],
        "timeout_s": conditions.timeout_s,
        "tolerance": conditions.tolerance,
        "packages": [str(path) for path in shown],
    }
    ended = run(
        [interpreter(), "-I", "-X", "utf8", "examiner.py", "{channel}"],
        files={"examiner.py": _EXAMINER.read_text("utf-8"), "program.py": program},
        stdin=json.dumps(job).encode(),
        limits=_limits(conditions, conditions.total_s, conditions.total_s),
        isolation=conditions.isolation,
        reads=shown,
        has_channel=True,
    )
    told = _told(ended.channel, mark)
    return [told.get(i) or _untold(ended) for i in range(len(tests))]


def _told(channel: bytes, mark: str) -> dict[int, UnitOutcome]:
    told: dict[int, UnitOutcome] = {}
    for line in channel.split(b"\n")[:-1]:  # what is behind the last end of a line was broken off
        of, i, reason, why = json.loads(line)
        if of == mark:
            told[i] = UnitOutcome(reason, why)
    return told


def _untold(ended: Ended) -> UnitOutcome:
    """Say what became of a test that the examiner did not come to."""
    if ended.reason == "exited":
        why = ended.stderr.decode(errors="replace").strip()[-_LONGEST_WHY:]
        return UnitOutcome("killed", f"its tests ended with it: {why or ended.said}")
    return UnitOutcome(ended.reason, ended.said)


def _by_stdio(
    program: str, tests: Sequence[StdioTest], conditions: Conditions
) -> list[UnitOutcome]:
    until = time.monotonic() + conditions.total_s
    found: list[UnitOutcome] = []
    for test in tests:
        if time.monotonic() > until:
            late = UnitOutcome("timeout", f"not run: {conditions.total_s:g} s were over")
            found.append(late)
        else:
            found.append(_outcome_of(_run_once(program, test, conditions), test, conditions))
    return found


def _run_once(program: str, test: StdioTest, conditions: Conditions) -> Ended:
    shown = packages() if conditions.packages else ()
    begin = (
        f"import sys, runpy; sys.path.extend({[str(path) for path in shown]!r}); "
        "sys.argv = ['program.py']; runpy.run_path('program.py', run_name='__main__')"
    )
    return run(
        [interpreter(), "-I", "-X", "utf8", *(["-c", begin] if shown else ["program.py"])],
        files={"program.py": program},
        stdin=test.stdin.encode(errors="replace"),
        limits=_limits(conditions, conditions.timeout_s * _PATIENCE, conditions.timeout_s),
        isolation=conditions.isolation,
        reads=shown,
    )


def _outcome_of(ended: Ended, test: StdioTest, conditions: Conditions) -> UnitOutcome:
    if ended.reason != "exited":
        return UnitOutcome(ended.reason, ended.said)
    if ended.status:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        return UnitOutcome("failed", (said[-1] if said else ended.said)[:_LONGEST_WHY])
    wrote = ended.stdout.decode(errors="replace")
    if same_output(wrote, test.stdout, conditions.tolerance):
        return UnitOutcome("passed")
    return UnitOutcome("failed", f"wrote {wrote[: _LONGEST_WHY // 2]!r}")


def same_output(found: str, expected: str, tolerance: float) -> bool:
    """Compare outputs line by line and word by word: white space at the ends does not count, numbers with a fraction are
    near enough within the tolerance.
    """
    lines = [[line.split() for line in text.rstrip().split("\n")] for text in (found, expected)]
    return len(lines[0]) == len(lines[1]) and all(
        len(a) == len(b) and all(_same_word(*words, tolerance) for words in zip(a, b, strict=True))
        for a, b in zip(*lines, strict=True)
    )


def _same_word(found: str, expected: str, tolerance: float) -> bool:
    if found == expected:
        return True
    if "." not in expected and "e" not in expected.lower():
        return False
    try:
        return math.isclose(float(found), float(expected), rel_tol=tolerance, abs_tol=tolerance)
    except ValueError:
        return False


def _limits(conditions: Conditions, wall_s: float, cpu_s: float) -> Limits:
    return Limits(wall_s=wall_s, cpu_s=math.ceil(cpu_s), memory_mb=conditions.memory_mb)
