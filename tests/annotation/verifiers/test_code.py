import json
from typing import Any

import pytest

from tests.annotation.toy import respond, view
from winnow.annotation.sandbox import why_unavailable
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import CodeVerifier
from winnow.annotation.verifiers.code_tests import NoTests, read_tests
from winnow.schemas.prompts import Prompt

pytestmark = pytest.mark.skipif(
    why_unavailable() is not None, reason=f"no isolation here: {why_unavailable()}"
)

ASSERTS = ["assert add(1, 2) == 3", "assert add('a', 'b') == 'ab'", "assert add(0, 0) == 0"]
RIGHT = "def add(a, b):\n    return a + b"


def prompt(**metadata: Any) -> Prompt:
    return view("", "", metadata=json.dumps(metadata)).prompt


def fenced(program: str) -> str:
    return f"Here it is:\n\n```python\n{program}\n```\nIt adds."


def found(text: str, asked: Prompt | None = None, **settings: Any) -> Finding:
    asked = asked or prompt(tests=ASSERTS)
    return CodeVerifier(**settings).examine(asked, respond(asked, text))


def test_each_test_is_a_part_of_the_score_and_why_it_failed_is_told() -> None:
    finding = found(fenced("def add(a, b):\n    return a + b if a != 0 else 1 / a"))
    assert finding.score == pytest.approx(2 / 3)
    assert {p.name: p.score for p in finding.parts} == {"test_1": 1, "test_2": 1, "test_3": 0}
    assert finding.failed == ("test_3",)
    assert finding.reason == (
        "2 of 3 tests passed; test_3 failed: ZeroDivisionError: division by zero"
    )


@pytest.mark.parametrize(
    ("text", "status", "score", "reason"),
    [
        (fenced(RIGHT), "measured", 1.0, "3 of 3 tests passed"),
        (RIGHT, "no_answer", 0.0, "no fenced block of Python"),
        ("", "no_answer", 0.0, "no fenced block of Python"),
        (fenced("def add(a, b)"), "measured", 0.0, "cannot be loaded: SyntaxError"),
        (fenced("def sub(a, b): pass"), "measured", 0.0, "NameError: name 'add' is not defined"),
        (
            fenced("def add(a, b):\n    while True: pass"),
            "measured",
            0.0,
            "test_1 timeout: no answer",
        ),
        (fenced("def add(a, b): return bytearray(9 << 30)"), "measured", 0.0, "test_1 memory"),
        (
            fenced("def add(a, b):\n    while True: print('x' * 999)"),
            "measured",
            0.0,
            "test_1 output",
        ),
        (fenced("import os; os.kill(os.getpid(), 9)"), "measured", 0.0, "test_1 killed"),
    ],
)
def test_a_response_has_the_status_that_it_earns(
    text: str, status: str, score: float, reason: str
) -> None:
    finding = found(text, timeout_s=1)
    assert (finding.status, finding.score) == (status, score)
    assert reason in finding.reason


CHEATS = {
    "ends before the tests": "import os; os._exit(0)",
    "ends in the test": "import os\ndef add(a, b): os._exit(0)",
    "raises SystemExit": "import sys\ndef add(a, b): sys.exit(0)",
    "raises SystemExit at once": "raise SystemExit(0)",
    "equals everything": "class All:\n    __eq__ = lambda *_: True\ndef add(a, b): return All()",
    "a number that equals everything": (
        "class All(int):\n    __eq__ = lambda *_: True\ndef add(a, b): return All(77)"
    ),
    "patches what tests are made of": (
        "import builtins\nbuiltins.AssertionError = type('E', (BaseException,), {})\n"
        "builtins.compile = builtins.exec = lambda *a, **k: None\ndef add(a, b): return 77"
    ),
    "overrides what tests call": "def all(x): return True\ndef abs(x): return 0\ndef add(a, b): return 77",
    "prints that all passed": (
        "import os, json\nfor fd in range(3, 64):\n    for i in range(3):\n"
        "        try: os.write(fd, (json.dumps(['mark', i, 'passed', '']) + '\\n').encode())\n"
        "        except OSError: pass\ndef add(a, b): return 77"
    ),
    "looks for the examiner's frames": (
        "import sys, gc\ndef add(a, b):\n    frame = sys._getframe()\n    while frame.f_back: frame = frame.f_back\n"
        "    for one in gc.get_objects():\n        if isinstance(one, dict) and 'tests' in one and 'mark' in one: return 3\n"
        "    return 77"
    ),
    "attaches to the examiner": (
        "import ctypes, os\nattached = ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)\n"
        "assert attached == 0, 'not attached'\ndef add(a, b): return 3"
    ),
    "ends the examiner": "import os\nos.kill(os.getppid(), 9)\n" + RIGHT,
    "answers what nobody asked": (
        "import os, json\nfor fd in range(3, 64):\n"
        "    try: os.write(fd, b'{\"gives\": true}\\n' * 9)\n    except OSError: pass\ndef add(a, b): return 77"
    ),
    "answers nonsense": (
        "import os\nfor fd in range(3, 64):\n"
        "    try: os.write(fd, b'[' * 99999 + b'\\n')\n    except OSError: pass\n" + RIGHT
    ),
    "reads the tests": "text = open('tests.json').read()\n" + RIGHT,
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_no_program_passes_by_anything_but_right_answers(cheat: str) -> None:
    finding = found(fenced(CHEATS[cheat]), prompt(tests=[*ASSERTS, "assert abs(add(-5, 0)) == 5"]))
    assert (finding.status, finding.score) == ("measured", 0.0), finding.reason


@pytest.mark.parametrize(
    ("program", "test"),
    [
        ("def f(items): items.sort()", "a = [2, 1]; f(a); assert a == [1, 2]"),
        ("def f(g, x): return g(x) + 1", "assert f(lambda x: 2 * x, 4) == 9"),
        ("def f(x): raise ValueError('no')", "try: f(1)\nexcept ValueError as e: assert 'no' in str(e)\nelse: assert 0"),
        ("def f(x): return {1: (x, {2}), 'b': b'1', None: 1j}", "assert f(3) == {1: (3, {2}), 'b': b'1', None: 1j}"),
        ("def f(n):\n    yield from range(n)", "assert list(f(3)) == [0, 1, 2]"),
        ("from collections import Counter as f", "assert f('aab') == {'a': 2, 'b': 1}"),
        ("def f(x): return x / 3", "assert math.isclose(f(1), 0.333333333333, rel_tol=1e-9)"),
        ("class Stack(list):\n    def push(self, x): self.append(x)", "s = Stack(); s.push(1); s.push(2); assert len(s) == 2"),
        ("class Q:\n    def __init__(self): self.x = []\n    def add(self, x): self.x.append(x); return self\n    def __len__(self): return len(self.x)",
         "q = Q(); assert q.add(1) is q and len(q) == 1 and q.x[0] == 1"),
        ("from decimal import Decimal\ndef f(): return Decimal('0.1')", "from decimal import Decimal; assert f() == Decimal('0.1')"),
        ("LIMIT = 7", "assert LIMIT == 7"),
    ],
)  # fmt: skip
def test_tests_see_a_program_as_if_it_were_in_their_own_process(program: str, test: str) -> None:
    finding = found(fenced(program), prompt(tests=[test]))
    assert finding.score == 1.0, finding.reason


@pytest.mark.parametrize(
    ("metadata", "right", "wrong"),
    [
        (
            {
                "tests": "def check(candidate):\n    assert candidate(2, 1) == 3",
                "entry_point": "add",
            },
            RIGHT,
            "def add(a, b): return 2",
        ),
        ({"tests": [{"input": [1, 2], "output": 3}], "entry_point": "add"}, RIGHT, "add = max"),
        (
            {"tests": json.dumps({"fn_name": "pair", "inputs": [[1]], "outputs": [[1, 1.0]]})},
            "class Solution:\n    def pair(self, x): return x, x + 1e-9",
            "class Solution:\n    def pair(self, x): return x, x + 1e-3",
        ),
        (
            {"tests": {"inputs": ["1 2\n", "3 4\n"], "outputs": ["3\n", "7\n"]}},
            "print(sum(map(int, input().split())))\nexit()",
            "print(3)",
        ),
        (
            {"tests": [{"stdin": "2", "stdout": "0.6666667\nend"}]},
            "print(float(input()) / 3, ' \\nend\\n')",
            "print('0.6666667 end')",
        ),
        (
            {"tests": ["assert area(2) == 2 * PI"], "test_setup_code": "PI = 3"},
            "def area(x): return x * 3",
            "def area(x): return PI",
        ),
    ],
)
def test_tests_are_read_in_the_forms_that_sets_have(
    metadata: dict[str, Any], right: str, wrong: str
) -> None:
    asked = prompt(**metadata)
    assert found(fenced(right), asked).score == 1.0
    assert (found(fenced(wrong), asked).score or 0) < 1


def test_hard_tests_count_more_among_the_responses_of_a_prompt() -> None:
    asked = prompt(tests=ASSERTS)
    texts = (
        fenced("def add(a, b): return a + b if a != 'a' else 0"),
        fenced("def add(a, b): return 0 if a == 0 else b"),
        "no program",
        fenced(RIGHT),
    )
    verifier = CodeVerifier(partial="difficulty", sigma=0.1)
    findings = verifier.examine_all(asked, [respond(asked, text) for text in texts])
    assert [f.status for f in findings] == ["measured", "measured", "no_answer", "measured"]
    # Passed: 1 and 3 of 3; 3 alone; all. Rates 2/3, 1/3, 1.
    assert [f.score for f in findings] == [
        pytest.approx(0.437, abs=0.003),
        pytest.approx(0.148, abs=0.003),
        0,
        1,
    ]
    assert verifier.examine(asked, respond(asked, texts[0])).score == pytest.approx(2 / 3)
    assert found(texts[0], asked, partial="none").score == 0


@pytest.mark.parametrize(
    "program",
    [
        "import time\ndef add(a, b): time.sleep(99)",
        "import os, time\ndef add(a, b):\n    while True:\n        time.sleep(0.01)\n        for fd in range(3, 64):\n"
        "            try: os.write(fd, b' ')\n            except OSError: pass",
    ],
)
def test_a_program_that_uses_no_processor_times_out_by_the_clock(program: str) -> None:
    finding = found(fenced(program), prompt(tests=ASSERTS[:1]), timeout_s=0.5)
    assert "test_1 timeout: no answer within 0.5 s" in finding.reason


def test_the_last_first_or_every_block_is_the_program() -> None:
    text = f"{fenced(RIGHT)}\nFor example:\n{fenced('print(add(1, 2))')}"
    assert found(text).score == 0
    assert found(text, block="first").score == found(text, block="all").score == 1


def test_packages_are_there_where_they_are_allowed() -> None:
    program = fenced(
        "import numpy as np\ndef add(a, b): return a + b if isinstance(a, str) else np.int64(a) + b"
    )
    assert found(program).score == 0
    assert found(program, packages=True).score == 1


def test_a_prompt_without_tests_gives_nothing_to_measure_by() -> None:
    assert found(fenced(RIGHT), view("", "", metadata="[1]").prompt).score is None
    assert found(fenced(RIGHT), prompt(difficulty=3)).score is None
    assert found(fenced(RIGHT), view("", "").prompt).score is None


def test_a_broken_sandbox_is_no_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "winnow.annotation.sandbox.unit_tests.interpreter", lambda: "/nowhere/python"
    )
    finding = found(fenced(RIGHT))
    assert (finding.status, finding.score) == ("error", None)
    assert finding.reason == "the sandbox broke: /nowhere/python: No such file or directory"


@pytest.mark.parametrize(
    "tests", [3, {"inputs": [1]}, {"inputs": [1], "outputs": []}, [{"in": 1}], ["a", 1]]
)
def test_tests_of_no_known_form_are_an_error_that_says_what_was_wanted(tests: Any) -> None:
    finding = found(fenced(RIGHT), prompt(tests=tests))
    assert finding.status == "error"
    assert (
        "metadata.tests" in finding.reason
        and "wanted a list of assert statements" in finding.reason
    )
    with pytest.raises(NoTests, match=r"metadata\.tests"):
        read_tests({"tests": tests}, tests_key="tests", function_key="f", setup_key="s")


CASE = "import unittest\nclass Adds(unittest.TestCase):\n    def setUp(self): self.two = 2\n"


@pytest.mark.parametrize(
    ("tests", "n_right", "n_wrong"),
    [
        ("def test_a(): assert add(1, 2) == 3\ndef test_b(x=0): assert add(x, 0) == 0", 2, 1),
        ("class TestAdd:\n    def test_a(self): assert add(1, 2) == 3", 1, 0),
        (
            CASE
            + "    def test_a(self): self.assertEqual(add(1, self.two), 3)\n"
            + "if __name__ == '__main__': unittest.main()",
            1,
            0,
        ),
        ("def check(f): assert f(1, 2) == 3\ncheck(add)", 1, 0),
        ("def check(f): assert f(1, 2) == 3\ndef test_it(): check(add)", 1, 0),
        (["import math\nassert math.isclose(add(1, 2), 3)"], 1, 0),
    ],
)
def test_test_functions_are_called_each_as_a_test(tests: Any, n_right: int, n_wrong: int) -> None:
    asked = prompt(tests=tests)
    for program, n in ((RIGHT, n_right), ("def add(a, b): return 0", n_wrong)):
        assert sum(part.score for part in found(fenced(program), asked).parts) == n


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({"tests": "def check(candidate): assert candidate(1, 2) == 3"}, "metadata.entry_point"),
        ({"tests": "def helper(): assert add(1, 2) == 3"}, "tests nothing"),
        ({"tests": ["assert add(1, 2) == 3", "x = 1"]}, "tests nothing"),
        ({"tests": "if __name__ == '__main__':\n    assert add(1, 2) == 3"}, "tests nothing"),
        ({"tests": "'''Words.'''\nasync def test_a(): assert add(1, 2) == 3"}, "tests nothing"),
        ({"tests": "def test_a(tmp_path): assert add(1, 2) == 3"}, "called with nothing"),
        ({"tests": "assert add(1, 2 == 3"}, "metadata.tests is no Python"),
        ({"tests": ASSERTS, "test_setup_code": "import"}, "metadata.test_setup_code is no Python"),
        ({"tests": ASSERTS, "test_setup_code": 7}, "metadata.test_setup_code is '7'"),
        ({"tests": ASSERTS, "test_setup_code": "import nowhere"}, "a test is broken: ModuleNot"),
        ({"tests": ASSERTS, "entry_point": 7}, "and no text"),
        ({"tests": "-" * 100_000 + "1"}, "metadata.tests is no Python"),
    ],
)
def test_tests_that_test_nothing_or_are_broken_are_no_fault_of_a_response(
    metadata: dict[str, Any], why: str
) -> None:
    finding = found(fenced(RIGHT), prompt(**metadata))
    assert (finding.status, finding.score) == ("error", None)
    assert why in finding.reason


def test_an_import_that_the_program_fails_at_is_its_own_fault() -> None:
    lazily = "def add(a, b):\n    import nowhere\n    return a + b"
    assert found(fenced(lazily)).score == found(fenced("import nowhere\n" + RIGHT)).score == 0.0


@pytest.mark.parametrize(
    ("program", "metadata"),
    [
        ("def sum(a, b): return 6", {"tests": ["assert sum(10, 15) == 6"]}),
        ("def bisect(n): return n // 2", {"tests": ["assert bisect(4) == 2"]}),
        (
            "def copy(x): return 5\ndef helper(): pass",
            {"tests": ["helper = copy(1)\nassert helper == 5"], "entry_point": "copy"},
        ),
    ],
)
def test_a_function_named_like_one_of_pythons_own_is_tested(
    program: str, metadata: dict[str, Any]
) -> None:
    assert found(fenced(program), prompt(**metadata)).score == 1.0
    wrong = program.replace("return", "return -1 and -")
    assert found(fenced(wrong), prompt(**metadata)).score == 0.0


@pytest.mark.parametrize(
    ("metadata", "right", "wrong"),
    [
        (
            {"tests": {"fn_name": "double", "inputs": [[2], [3]], "outputs": [[4], [6]]}},
            "def double(x): return 2 * x",
            "def double(x): return [[2 * x]]",
        ),
        (
            {
                "tests": [{"input": '[1, 2]\n"a"', "output": "[1]", "testtype": "functional"}],
                "entry_point": "head",
            },
            "def head(items, mark): return items[:1] if mark == 'a' else None",
            "def head(items, mark): return items[0]",
        ),
    ],
)
def test_inputs_of_functions_are_read_as_the_sets_write_them(
    metadata: dict[str, Any], right: str, wrong: str
) -> None:
    asked = prompt(**metadata)
    assert [found(fenced(one), asked).score for one in (right, wrong)] == [1.0, 0.0]


@pytest.mark.parametrize("given", ["[1, 2", "1\n[", 7])
def test_inputs_of_functions_that_are_no_json_are_no_tests(given: Any) -> None:
    tests = [{"input": given, "output": "1", "testtype": "functional"}]
    assert found(fenced(RIGHT), prompt(tests=tests, entry_point="add")).status == "error"
    assert found(fenced(RIGHT), prompt(tests=tests)).status == "error"


def test_of_two_programs_the_one_that_passes_more_is_better() -> None:
    verifier, asked = CodeVerifier(), prompt(tests=ASSERTS)
    right, wrong = (
        verifier.examine(asked, respond(asked, fenced(text)))
        for text in (RIGHT, "def add(a, b): return 3")
    )
    assert [
        verifier.compare(*pair).verdict for pair in ((right, wrong), (wrong, right), (right, right))
    ] == ["a", "b", "tie"]
