"""The verifier that says which responses refuse."""

from typing import ClassVar, Literal

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.turns import asked_in, only_refuses
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


@VERIFIERS.register("refusal", version=1)
class RefusalVerifier(Verifier):
    """Prefer a response that answers to one that does nothing but refuse, or the other way round.

    The score is 1 for what is wanted and 0 for the other. A refusal is one that `form` finds: "I cannot help with that" in its own voice
    at the start of a short response. One that is quoted, or asked for, is none.
    """

    needs: ClassVar[str] = "unused"
    reads: ClassVar[str | None] = None

    wanted: Literal["answer", "refusal"] = "answer"
    """"refusal" for prompts that ought to be refused."""

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Score one response."""
        refuses = only_refuses(response, asked_in(prompt, response))
        is_wanted = refuses == (self.wanted == "refusal")
        return Finding(
            response_id=response.response_id,
            score=float(is_wanted),
            failed=() if is_wanted else ("refuses" if refuses else "does_not_refuse",),
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer what is wanted."""
        return by_score(self.name, a, b)
