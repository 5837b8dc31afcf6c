"""The verifier that looks at a response's form alone."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.annotation.verifiers.form_checks import (
    distinct_share,
    has_broken_call,
    is_garbled,
    says_much_twice,
)
from winnow.annotation.verifiers.loops import loop_of
from winnow.annotation.verifiers.turns import asked_in, only_refuses
from winnow.schemas.judgments import Verdict
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


@VERIFIERS.register("form", version=3)
class FormVerifier(Verifier):
    """Prefer a response that fails no check to one that does; it is a tie where neither or both fail one.

    The checks, by the name that the rationale gives: `too_short`, `too_long`, `repetitive` (ends in a loop of the same
    words), `garbled` (control or replacement characters), `cut_off` (ended by the token limit), `refusal` (refuses and
    does nothing else), `broken_call` (unknown tool, or arguments that are no JSON object). They find what is beyond
    doubt and leave the rest: what was asked for fails none. Of two responses that say much twice, neither is preferred
    because the other one loops.

    Of a response of several turns, lengths are those of all that the assistant said, and a loop, a garbled text or a
    broken call in any of its turns fails; it refuses where each turn does and none calls a tool, and it is too short as
    well where its last turn says and calls nothing.
    """

    needs: ClassVar[str] = "unused"
    reads: ClassVar[str | None] = None

    min_chars: Annotated[int, Field(ge=0)] = 1
    """Shortest text of a response without tool calls, in characters, white space at the ends left out."""

    max_chars: Annotated[int, Field(ge=1)] | None = None
    """Longest text, in characters; left out, any length."""

    min_distinct: Annotated[float, Field(ge=0, le=1)] | None = None
    """Least share of distinct 8-character pieces; below it a response is repetitive, as long lists, tables and code may
    be. Left out, only loops are looked for."""

    check_refusal: bool = True
    """Whether a refusal fails; switch it off where refusing may be right."""

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Run every check on one response; the score is minus the number of failed ones."""
        failed = tuple(self._failed(prompt, response))
        return Finding(
            response_id=response.response_id,
            score=-len(failed),
            failed=failed,
            doubts=("repetitive",) if any(map(says_much_twice, response.turn_texts())) else (),
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the response that fails nothing to one that fails something."""
        said = (
            f"{name} fails {', '.join(f.failed) or 'nothing'}"
            for name, f in zip("ab", (a, b), strict=True)
        )
        return Reading(verdict=_in_order(a, b), rationale="; ".join(said))

    def _failed(self, prompt: Prompt, response: Response) -> Iterator[str]:
        said, asked = response.turn_texts(), asked_in(prompt, response)
        n_chars = len(response.words().strip())
        checks = {
            "too_short": self._is_short(response, n_chars),
            "too_long": self.max_chars is not None and n_chars > self.max_chars,
            "repetitive": any(loop_of(text, asked) or self._is_uniform(text) for text in said),
            "garbled": is_garbled(response.words(), asked),
            "cut_off": response.finish_reason == "length",
            "refusal": self.check_refusal and only_refuses(response, asked),
            "broken_call": has_broken_call(prompt, response),
        }
        return (name for name, fails in checks.items() if fails)

    def _is_short(self, response: Response, n_chars: int) -> bool:
        if response.tool_calls:
            return False
        return n_chars < self.min_chars or (
            self.min_chars > 0 and not response.turn_texts()[-1].strip()
        )

    def _is_uniform(self, text: str) -> bool:
        return self.min_distinct is not None and distinct_share(text) < self.min_distinct


def _in_order(a: Finding, b: Finding) -> Verdict:
    if bool(a.failed) == bool(b.failed):
        return "tie"
    worse, better = (a, b) if a.failed else (b, a)
    verdict: Verdict = "b" if a.failed else "a"
    return verdict if set(worse.failed) - set(better.doubts) else "tie"
