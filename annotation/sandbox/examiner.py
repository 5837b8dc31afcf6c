"""Runs tests against a program, in two processes: a script of its own, which is started within the sandbox.

The examiner holds the tests and says over the channel what came of them. The candidate holds the program, hears calls and answers
with plain data; what is no plain data stays with it and is spoken of by a number. So no object of the program is ever
compared, no expected value is known to it, and nothing that it does to its own process makes a test pass.
"""

import builtins
import contextlib
import ctypes
import decimal
import fractions
import importlib.util
import json
import math
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from types import CodeType
from typing import Any

_LISTS: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
_TEXTS: dict[type, str] = {decimal.Decimal: "Decimal", fractions.Fraction: "Fraction"}
_BUILT = {name: kind for kind, name in (*_LISTS.items(), *_TEXTS.items())}
_MOST_ITEMS = 100_000
_MOST_BYTES = 1 << 24
_LONGEST_WHY = 300
_PR_SET_DUMPABLE = 4
_CPU_CLOCK = 2  # with the bits of a process's number, its own clock of processor time
_LOOK_EVERY_S = 0.05
_PATIENCE = 4
_LOADS_WITHIN_S = 5.0
_OF_PROGRAM = "_is_of_program"


class Speech:
    """Plain data as JSON, and what is none by its number; each side has its own."""

    def __init__(self, foreign: Callable[[str, int, str], Any]) -> None:
        self.objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._foreign = foreign

    def written(self, value: Any) -> Any:
        """Write a value; a subclass of a plain type as that type."""
        if value is None or type(value) in (bool, int, float, str):
            return value
        if isinstance(value, int | float):
            return int(value) if isinstance(value, int) else float(value)
        if isinstance(value, str):
            return str(value)
        return self._written_further(value)

    def _written_further(self, value: Any) -> Any:
        for kind, name in _LISTS.items():
            if issubclass(type(value), kind):
                return [name, [self.written(one) for one in value]]
        if isinstance(value, dict):
            return ["dict", [[self.written(k), self.written(v)] for k, v in value.items()]]
        for kind, name in _TEXTS.items():
            if isinstance(value, kind):
                return [name, str(value)]
        if isinstance(value, bytes | bytearray):
            return ["bytes", bytes(value).hex()]
        if isinstance(value, complex):
            return ["complex", [value.real, value.imag]]
        if isinstance(value, range):
            return ["range", [value.start, value.stop, value.step]]
        if isinstance(value, Remote):
            return ["yours", vars(value)["_number"]]
        if hasattr(type(value), "tolist"):  # arrays and numbers of numpy
            return self.written(value.tolist())
        if isinstance(value, Iterator):
            return ["iterator", [self.written(one) for one in islice(value, _MOST_ITEMS)]]
        return self.by_number(value)

    def by_number(self, value: Any) -> list[Any]:
        """Write a value as one that stays on this side."""
        return ["mine", self._number(value), type(value).__name__]

    def _number(self, value: Any) -> int:
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return self._numbers[id(value)]

    def read(self, said: Any) -> Any:
        """Read what the other side wrote."""
        if not isinstance(said, list):
            return said
        name, content = said[0], said[1]
        if name in ("list", "tuple", "set", "frozenset"):
            return _BUILT[name](self.read(one) for one in content)
        if name == "dict":
            return {self.read(k): self.read(v) for k, v in content}
        if name in ("Decimal", "Fraction"):
            return _BUILT[name](content)
        if name == "bytes":
            return bytes.fromhex(content)
        if name == "complex":
            return complex(*content)
        if name == "range":
            return range(*content)
        if name == "iterator":
            return iter([self.read(one) for one in content])
        if name == "yours":
            return self.objects[content]
        return self._foreign(name, content, said[2])


# The candidate's side


class CandidateProcess:
    """A program that has been loaded, and answers a line with a line."""

    def __init__(self, asked: int, answers: int) -> None:
        self._asked, self._answers = os.fdopen(asked), os.fdopen(answers, "w")
        self._speech = Speech(lambda _, number, __: self._callback(number))
        self._names: dict[str, Any] = {}

    def serve(self) -> None:
        """Load the program and answer until nothing more is asked."""
        self._answer(self._load)
        while line := self._asked.readline():
            asked = json.loads(line)
            self._answer(lambda asked=asked: self._do(asked))

    def _load(self) -> None:
        spec = importlib.util.spec_from_file_location("program", "program.py")
        assert spec and spec.loader
        program = importlib.util.module_from_spec(spec)
        sys.modules["program"] = program
        spec.loader.exec_module(program)
        self._names = vars(program)

    def _answer(self, work: Callable[[], Any]) -> None:
        try:
            said = json.dumps({"gives": work()})
        except BaseException as error:  # whatever a program raises, SystemExit as well
            kinds = [kind.__name__ for kind in type(error).__mro__]
            said = json.dumps({"raised": kinds, "text": _text(error)})
        self._answers.write(said + "\n")
        self._answers.flush()

    def _do(self, asked: dict[str, Any]) -> Any:
        if "names" in asked:
            known = (name for name in asked["names"] if name in self._names)
            return {name: self._speech.written(self._names[name]) for name in known}
        args = [self._speech.read(one) for one in asked["args"]]
        named = {name: self._speech.read(one) for name, one in asked["named"].items()}
        whom = self._speech.objects[asked["of"]]
        gives = _DOES[asked["does"]](whom, *args, **named)
        is_made = isinstance(whom, type) and whom.__module__ == "program" and type(gives) is whom
        write = self._speech.by_number if is_made else self._speech.written
        return [write(gives), [self._speech.written(one) for one in args]]

    def _callback(self, number: int) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            said = {"callback": number, "args": [self._speech.written(one) for one in args]}
            self._answers.write(json.dumps(said) + "\n")
            self._answers.flush()
            return self._speech.read(json.loads(self._asked.readline())["gives"])

        return call


_DOES: dict[str, Callable[..., Any]] = {
    "call": lambda whom, *args, **named: whom(*args, **named),
    "attribute": getattr,
    "item": lambda whom, key: whom[key],
    "len": len,
    "iter": iter,
    "str": str,
    "repr": repr,
}


# The examiner's side


class TimedOut(BaseException):
    """The candidate did not answer in time; no `except Exception` of a test holds it up."""


class Gone(BaseException):
    """The candidate's process ended."""


class NoAnswerRead(BaseException):
    """What the candidate's process wrote is no answer."""


class Remote:
    """An object that stays with the candidate. It equals nothing but itself, whatever the program says."""

    def __init__(self, does: Callable[..., Any], number: int, kind: str) -> None:
        vars(self).update(_does=does, _number=number, _kind=kind)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call it where it is."""
        return self._does(self._number, "call", args, named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._does(self._number, "attribute", (name,), {})

    def __getitem__(self, key: Any) -> Any:
        return self._does(self._number, "item", (key,), {})

    def __len__(self) -> int:
        return int(self._does(self._number, "len", (), {}))

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(self._does(self._number, "iter", (), {}))

    def __str__(self) -> str:
        return str(self._does(self._number, "str", (), {}))

    def __repr__(self) -> str:
        return f"<{self._kind} of the program>"


class CandidateLink:
    """The examiner's line to the candidate, which it starts, and starts again where it ended."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.seconds = 0.0
        """What it is given now."""
        self._began = self._cpu_began = 0.0
        self._packages = packages
        self._process: subprocess.Popen[bytes] | None = None
        self._asks = self._answers = -1
        self._unread = b""
        self._speech = Speech(self._foreign)
        self._remotes: dict[int, Remote] = {}

    def allow(self, seconds: float) -> None:
        """Give it seconds of processor time from now on, and a few times as many by the clock: a busy machine is no fault of it."""
        self.seconds = seconds
        self._began, self._cpu_began = time.monotonic(), self._cpu_s()

    def _cpu_s(self) -> float:
        if self._process is None:
            return 0.0
        try:
            return time.clock_gettime((~self._process.pid << 3) | _CPU_CLOCK)
        except OSError:  # it ended
            return 0.0

    def ready(self) -> None:
        """See to it that a candidate runs that has loaded the program.

        Raises:
            Exception: What the program raised.
        """
        if self._process and self._process.poll() is None:
            return
        self.stop()
        asked, self._asks = os.pipe()
        self._answers, answers = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__, str(asked), str(answers), *self._packages],
            stdin=subprocess.DEVNULL,
            pass_fds=(asked, answers),
        )
        os.close(asked)
        os.close(answers)
        self._hear()

    def stop(self) -> None:
        """End the candidate."""
        if self._process:
            self._process.kill()
            self._process.wait()
            os.close(self._asks)
            os.close(self._answers)
        self._process, self._unread, self._cpu_began = None, b"", 0.0
        self._speech, self._remotes = Speech(self._foreign), {}

    def names(self, wanted: Sequence[str]) -> dict[str, Any]:
        """Return those of some names that the program defines, with what they stand for."""
        gives = self._heard({"names": list(wanted)})
        if not isinstance(gives, dict):
            raise NoAnswerRead
        return {name: self._read(gives[name]) for name in wanted if name in gives}

    def _does(self, number: int, does: str, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        asked = {
            "of": number,
            "does": does,
            "args": [self._speech.written(one) for one in args],
            "named": {name: self._speech.written(one) for name, one in named.items()},
        }
        gives = self._heard(asked)
        if not isinstance(gives, list) or len(gives) != 2 or not isinstance(gives[1], list):
            raise NoAnswerRead
        for mine, theirs in zip(args, gives[1], strict=False):
            _become(mine, self._read(theirs))
        return self._read(gives[0])

    def _heard(self, asked: Mapping[str, Any]) -> Any:
        self._tell(asked)
        return self._hear()

    def _hear(self) -> Any:
        while True:
            said = self._line()
            if "callback" in said:
                self._tell({"gives": self._called_back(said)})
            elif "raised" in said:
                raise _error(said)
            else:
                return said.get("gives")

    def _called_back(self, said: Mapping[str, Any]) -> Any:
        try:
            function, args = self._speech.objects[said["callback"]], said["args"]
        except (LookupError, TypeError):
            raise NoAnswerRead from None
        return self._speech.written(function(*(self._read(one) for one in args)))

    def _tell(self, what: Mapping[str, Any]) -> None:
        left = (json.dumps(what) + "\n").encode()
        while left:
            self._wait(writes=True)
            try:
                left = left[os.write(self._asks, left[:4096]) :]
            except BrokenPipeError:
                raise Gone from None

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self._unread:
            self._wait(writes=False)
            more = os.read(self._answers, 1 << 16)
            self._unread += more
            if not more:
                raise Gone
            if len(self._unread) > _MOST_BYTES:
                raise NoAnswerRead
        line, self._unread = self._unread.split(b"\n", 1)
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            raise NoAnswerRead from None
        if not isinstance(said, dict):
            raise NoAnswerRead
        return said

    def _wait(self, writes: bool) -> None:
        there = ([], [self._asks]) if writes else ([self._answers], [])
        is_there = False
        while not is_there:
            by_clock = time.monotonic() - self._began
            used = self._cpu_s() - self._cpu_began
            if used > self.seconds or by_clock > self.seconds * _PATIENCE:
                raise TimedOut
            is_there = any(select.select(*there, [], _LOOK_EVERY_S))

    def _read(self, said: Any) -> Any:
        try:
            return self._speech.read(said)
        except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError):
            raise NoAnswerRead from None

    def _foreign(self, name: str, number: int, kind: str) -> Remote:
        if name != "mine" or not isinstance(number, int):
            raise NoAnswerRead
        return self._remotes.setdefault(number, Remote(self._does, number, str(kind)[:50]))

    def how_it_ended(self) -> tuple[str, str]:
        """Say how the candidate's process ended that is gone: a reason, and words."""
        assert self._process
        self._process.wait()
        code = self._process.returncode
        if code < 0:
            return "killed", f"signal {-code}"
        return "failed", f"the program ended itself, exit status {code}"


def _become(mine: Any, now: Any) -> None:
    """Make an argument what the program made of its copy."""
    if isinstance(mine, list) and isinstance(now, list):
        mine[:] = now
    elif isinstance(mine, dict | set) and type(now) is type(mine):
        mine.clear()
        mine.update(now)


def _error(said: Mapping[str, Any]) -> Exception:
    error = _like(said)
    setattr(error, _OF_PROGRAM, True)
    return error


def _like(said: Mapping[str, Any]) -> Exception:
    for name in said["raised"]:
        kind = getattr(builtins, str(name), None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            with contextlib.suppress(TypeError):
                return kind(said.get("text", ""))
    return RuntimeError(f"{said['raised'][0]}: {said.get('text', '')}")


class Examiner:
    """All tests of a program."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self._job = job
        self._link = CandidateLink(job["packages"])
        self._unloadable: tuple[str, str] | None = None

    def outcome(self, test: Mapping[str, Any]) -> tuple[str, str]:
        """Run a test; says "passed", "failed", "timeout", "memory", "killed" or "broken_test", and why."""
        seconds = self._job["timeout_s"]
        if self._unloadable is None:
            self._link.allow(max(seconds, _LOADS_WITHIN_S))
            reason, why = self._tried(self._link.ready)
            if reason != "passed":
                self._unloadable = reason, f"cannot be loaded: {why}"
        self._link.allow(seconds)
        return self._unloadable or self._tried(lambda: self._run(test))

    def _tried(self, work: Callable[[], None]) -> tuple[str, str]:
        try:
            work()
        except TimedOut:
            self._link.stop()
            return "timeout", f"no answer within {self._link.seconds:g} s of processor time"
        except Gone:
            return self._link.how_it_ended()
        except NoAnswerRead:
            self._link.stop()
            return "failed", "what came back of it is no answer"
        except MemoryError:
            return "memory", "asked for more memory than the limit"
        except AssertionError as error:
            return "failed", _text(error) or "not what was expected"
        except ImportError as error:
            is_theirs = getattr(error, _OF_PROGRAM, False)
            return (
                "failed" if is_theirs else "broken_test",
                f"{type(error).__name__}: {_text(error)}",
            )
        except BaseException as error:  # a test, too, may raise anything
            return "failed", f"{type(error).__name__}: {_text(error)}"
        return "passed", ""

    def _run(self, test: Mapping[str, Any]) -> None:
        if "function" in test:
            self._call(test)
            return
        codes = [compile(text, "<tests>", "exec") for text in (self._job["setup"], test["code"])]
        mentioned = {name for code in codes for name in _mentioned(code)}
        standard = mentioned & set(sys.stdlib_module_names)
        tested = set(re.findall(r"^\w+", test["tested"]))
        known: dict[str, Any] = {"__name__": "tests"}
        for name in sorted(standard):
            with contextlib.suppress(ImportError):  # not there on every system
                known[name] = __import__(name)
        own = self._link.names(sorted((mentioned - standard - set(dir(builtins))) | tested))
        known |= own if own or tested else self._link.names(sorted(mentioned))
        for code in codes:
            exec(code, known)

    def _call(self, test: Mapping[str, Any]) -> None:
        name = test["function"]
        names = self._link.names([name, "Solution"])
        if name not in names and "Solution" not in names:
            raise AssertionError(f"the program defines no {name}")
        function = names[name] if name in names else getattr(names["Solution"](), name)
        found = function(*test["args"])
        expected = [test["expected"]]
        if test["wrapped"] and isinstance(expected[0], list) and len(expected[0]) == 1:
            expected += expected[0]
        if not any(same(found, one, self._job["tolerance"]) for one in expected):
            raise AssertionError(f"gives {_text(found)!r:.{_LONGEST_WHY // 2}}")


def same(found: Any, expected: Any, tolerance: float) -> bool:
    """Compare a value with one that was read from JSON, which knows neither tuples nor keys that are no texts."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, int | float) and isinstance(expected, int | float):
        if isinstance(found, int) and isinstance(expected, int):
            return found == expected
        return found == expected or math.isclose(
            found, expected, rel_tol=tolerance, abs_tol=tolerance
        )
    if isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        return len(found) == len(expected) and all(
            same(a, b, tolerance) for a, b in zip(found, expected, strict=True)
        )
    if isinstance(found, dict) and isinstance(expected, dict):
        keyed = {str(key): value for key, value in found.items()}
        return keyed.keys() == expected.keys() and all(
            same(keyed[key], expected[key], tolerance) for key in keyed
        )
    return type(found) is type(expected) and bool(found == expected)


def _mentioned(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _mentioned(inner)


def _text(value: object) -> str:
    try:
        return str(value)[:_LONGEST_WHY]
    except Exception:  # its own way to be written fails
        return type(value).__name__


def _examine(channel: int) -> None:
    """Read the tests, so that they stand nowhere else, and say of each what came of it, as a line of JSON."""
    os.set_inheritable(channel, False)
    if ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        sys.exit("the examiner cannot keep its memory to itself")
    job = json.load(sys.stdin)
    examiner = Examiner(job)
    for i, test in enumerate(job["tests"]):
        line = json.dumps([job["mark"], i, *examiner.outcome(test)]) + "\n"
        os.write(channel, line.encode())


if __name__ == "__main__":
    if len(sys.argv) == 2:
        _examine(int(sys.argv[1]))
    else:
        sys.path.extend(sys.argv[3:])
        CandidateProcess(int(sys.argv[1]), int(sys.argv[2])).serve()
