"""The verifier that runs a response's program against unit tests."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from winnow.annotation.judge import Reading
from winnow.annotation.processors import n_processors
from winnow.annotation.sandbox import Conditions, Isolation, UnitOutcome, outcomes
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.annotation.verifiers.code_blocks import blocks_in
from winnow.annotation.verifiers.code_tests import NoTests, ProgramTests, read_tests
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.difficulty import weights_by_difficulty
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_PYTHON = ("python", "py", "python3")
_MOST_WHYS = 5
_BROKEN = {"sandbox_error": "the sandbox broke: ", "broken_test": "a test is broken: "}
"""What says nothing of a program, in words."""


@VERIFIERS.register("code", version=1)
class CodeVerifier(Verifier):
    """Run the Python program of a response against the unit tests of its prompt; 1 where all pass, 0 where none does.

    Programs run in the sandbox (docs/sandbox.md), several at once. What came of each test is a part of the score, and why a
    test failed (`failed`, `timeout`, `memory`, `output`, `killed`) stands in the rationale. A response without a program is "no
    answer"; where the sandbox itself breaks or the tests do, there is no result.

    Tests stand in the prompt's metadata: a list of assert statements, a text of Python that tests, defines `check`, or has test
    functions, or inputs with outputs, of a function that the metadata names or else of the program's standard input and output.

    Source: arXiv:2601.03525 for partial credit by difficulty.
    """

    needs: ClassVar[str] = "no_tests"
    reads: ClassVar[str | None] = "metadata"

    tests_key: str = "tests"
    """Key of the prompt's metadata that holds the tests, such as "test_list" or "input_output"."""

    function_key: str = "entry_point"
    """Key of the prompt's metadata that holds the name of the function that is tested; where the prompt has no such key, and its
    tests do not say "fn_name", inputs and outputs are those of the whole program."""

    setup_key: str = "test_setup_code"
    """Key of the prompt's metadata that holds Python code to run before each test that is code; a text, or a list of lines."""

    block: Literal["last", "first", "all"] = "last"
    """Which fenced block is the program, or "all" of them, one after the other. Blocks marked as Python come before those that
    are not marked."""

    partial: Literal["none", "share", "difficulty"] = "share"
    """What a program is worth that passes some tests: nothing; the share of them; or their share by weight, where a test weighs
    more that fewer of the prompt's responses pass. With one program alone, the weights are equal."""

    alpha: Annotated[float, Field(ge=0)] = 2.0
    """With `partial: difficulty`, how much more hard tests count: a test that nobody passes counts exp(alpha) times one that all
    pass."""

    sigma: Annotated[float, Field(gt=0, le=1)] = 0.1
    """With `partial: difficulty`, how near the pass rates of tests have to be for them to share one weight."""

    timeout_s: Annotated[float, Field(gt=0)] = 5.0
    """Seconds of processor time for each test, and four times as many by the clock: a busy machine is no fault of a program."""

    total_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds by the clock for all tests of a response; those that were not run by then failed by "timeout"."""

    memory_mb: Annotated[int, Field(ge=64)] = 512
    """Memory of a program, in MiB."""

    tolerance: Annotated[float, Field(ge=0, lt=1)] = 1e-6
    """How far numbers with a fraction may be from an expected output, absolutely or relative to it."""

    packages: bool = False
    """Whether programs may import the packages that are installed beside Winnow, such as numpy."""

    isolation: Isolation = "full"
    """"weak" runs programs without isolation where a machine gives none: they then read, write and reach all that the user of
    Winnow does."""

    at_once: Annotated[int, Field(ge=1)] | None = None
    """Programs that run at once; left out, as many as there are processors."""

    @property
    def isolates(self) -> bool:
        """Unless the settings do without."""
        return self.isolation == "full"

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Test one response by itself."""
        (found,) = self.examine_all(prompt, [response])
        return found

    def examine_all(self, prompt: Prompt, responses: Sequence[Response]) -> Sequence[Finding]:
        """Test all responses of a prompt; None where it has no tests."""
        try:
            tests = self._tests(prompt)
        except NoTests as error:
            return [_without(response, "error", str(error)) for response in responses]
        if tests is None:
            return [Finding(response_id=response.response_id, score=None) for response in responses]
        programs = {r.response_id: self._program(r) for r in responses}
        found = self._outcomes({of: code for of, code in programs.items() if code}, tests)
        weights = self._weights(list(found.values()), len(tests.tests))
        return [self._finding(r, found.get(r.response_id), tests, weights) for r in responses]

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the higher score; equal scores are a tie."""
        return by_score("code", a, b)

    def _tests(self, prompt: Prompt) -> ProgramTests | None:
        return read_tests(
            prompt.brought(),
            tests_key=self.tests_key,
            function_key=self.function_key,
            setup_key=self.setup_key,
        )

    def _program(self, response: Response) -> str | None:
        blocks = blocks_in(response.turn_texts()[-1], _PYTHON)
        if not blocks:
            return None
        if self.block == "all":
            return "\n\n".join(blocks)
        return blocks[0 if self.block == "first" else -1]

    def _outcomes(
        self, programs: Mapping[str, str], tests: ProgramTests
    ) -> dict[str, list[UnitOutcome]]:
        conditions = Conditions(
            timeout_s=self.timeout_s,
            total_s=self.total_s,
            memory_mb=self.memory_mb,
            tolerance=self.tolerance,
            packages=self.packages,
            isolation=self.isolation,
        )
        at_once = self.at_once or n_processors()
        with ThreadPoolExecutor(at_once) as pool:
            found = pool.map(
                lambda program: outcomes(program, tests.tests, conditions, tests.setup),
                programs.values(),
            )
            return dict(zip(programs, found, strict=True))

    def _weights(self, found: Sequence[Sequence[UnitOutcome]], n_tests: int) -> list[float]:
        passed = [_passed(one) for one in found if not _broken(one)]
        if self.partial != "difficulty" or len(passed) < 2:
            return [1 / n_tests] * n_tests
        return weights_by_difficulty(passed, alpha=self.alpha, sigma=self.sigma)

    def _finding(
        self,
        response: Response,
        found: Sequence[UnitOutcome] | None,
        tests: ProgramTests,
        weights: Sequence[float],
    ) -> Finding:
        if found is None:
            return _without(response, "no_answer", "no fenced block of Python")
        if broken := _broken(found):
            return _without(response, "error", broken)
        names = [test.name for test in tests.tests]
        passed = _passed(found)
        return Finding(
            response_id=response.response_id,
            score=self._score(passed, weights),
            failed=tuple(name for name, is_so in zip(names, passed, strict=True) if not is_so),
            reason="; ".join(_whys(names, found)),
            parts=tuple(
                Measurement(name=name, score=float(is_so))
                for name, is_so in zip(names, passed, strict=True)
            ),
        )

    def _score(self, passed: Sequence[bool], weights: Sequence[float]) -> float:
        if all(passed):
            return 1.0
        if self.partial == "none":
            return 0.0
        return round(sum(weight for weight, is_so in zip(weights, passed, strict=True) if is_so), 6)


def _without(response: Response, status: Literal["no_answer", "error"], reason: str) -> Finding:
    score = 0.0 if status == "no_answer" else None
    return Finding(response_id=response.response_id, score=score, status=status, reason=reason)


def _passed(found: Sequence[UnitOutcome]) -> list[bool]:
    return [outcome.reason == "passed" for outcome in found]


def _broken(found: Sequence[UnitOutcome]) -> str | None:
    return next((_BROKEN[one.reason] + one.why for one in found if one.reason in _BROKEN), None)


def _whys(names: Sequence[str], found: Sequence[UnitOutcome]) -> Iterator[str]:
    failed = [(name, one) for name, one in zip(names, found, strict=True) if one.reason != "passed"]
    yield f"{len(found) - len(failed)} of {len(found)} tests passed"
    for name, outcome in failed[:_MOST_WHYS]:
        yield f"{name} {outcome.reason}: {outcome.why}"
    if len(failed) > _MOST_WHYS:
        yield f"and {len(failed) - _MOST_WHYS} more"
