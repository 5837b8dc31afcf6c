"""The verifier that looks at a response's form alone."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from annotation.judge import Reading
from annotation.verifier import VERIFIERS, Finding
from annotation.verifiers.form_checks import (
    distinct_share,
    has_broken_call,
    is_garbled,
    is_refusal,
)
from schemas.base import Value
from schemas.judgments import Verdict
from schemas.prompts import Prompt
from schemas.responses import Response


@VERIFIERS.register("form", version=1)
class FormVerifier(Value):
    """Prefer the response that fails fewer checks of its form; equally many are a tie.

    The checks, by the name that the rationale gives: `too_short`, `too_long`, `repetitive`, `garbled` (control or
    replacement characters), `cut_off` (ended by the token limit), `refusal`, `broken_call` (unknown tool, or
    arguments that are no JSON object). All but `refusal` know no language.
    """

    needs: ClassVar[str] = "unused"
    reads: ClassVar[str | None] = None

    min_chars: Annotated[int, Field(ge=0)] = 1
    """Shortest text of a response without tool calls, in characters, white space at the ends left out."""

    max_chars: Annotated[int, Field(ge=1)] = 20_000
    """Longest text, in characters."""

    min_distinct: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Least share of distinct 8-character pieces; below it a response is repetitive."""

    check_refusal: bool = True
    """Whether a refusal fails; switch it off where refusing may be right."""

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Run every check on one response; the score is minus the number of failed ones."""
        failed = tuple(self._failed(prompt, response))
        return Finding(response_id=response.response_id, score=-len(failed), failed=failed)

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the response with fewer failed checks."""
        said = (
            f"{name} fails {', '.join(f.failed) or 'nothing'}"
            for name, f in zip("ab", (a, b), strict=True)
        )
        return Reading(verdict=_fewer(len(a.failed), len(b.failed)), rationale="; ".join(said))

    def _failed(self, prompt: Prompt, response: Response) -> Iterator[str]:
        n_chars = len(response.text.strip())
        checks = {
            "too_short": n_chars < self.min_chars and not response.tool_calls,
            "too_long": n_chars > self.max_chars,
            "repetitive": distinct_share(response.text) < self.min_distinct,
            "garbled": is_garbled(response.text),
            "cut_off": response.finish_reason == "length",
            "refusal": self.check_refusal and is_refusal(response.text),
            "broken_call": has_broken_call(prompt, response),
        }
        return (name for name, fails in checks.items() if fails)


def _fewer(n_a: int, n_b: int) -> Verdict:
    if n_a == n_b:
        return "tie"
    return "a" if n_a < n_b else "b"
