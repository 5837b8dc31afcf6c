"""The verifier that checks what a response cites of the documents in its prompt."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.annotation.verifiers.citing import Citation, citations_in, holds, is_quote_of
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.turns import asked_in
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


@VERIFIERS.register("citations", version=1)
class CitationsVerifier(Verifier):
    """Score the share of a response's citations that hold, from 0 to 1.

    A mark such as [2] or [1, 3] holds where the prompt has that many documents (`contexts`); a quote, where a document has its words,
    whatever the white space and the kind of quotation marks, and where marks follow it, one of the documents that they name. What
    the prompt itself says is no citation when it is quoted. Whether a document supports a claim is for a judge to say.

    A response that cites nothing scores 0, as no answer. Of a response of several turns the last one counts.
    """

    needs: ClassVar[str] = "no_documents"
    reads: ClassVar[str | None] = "contexts"

    min_quote_words: Annotated[int, Field(ge=1)] = 4
    """Words that a quote has at least; fewer in quotation marks may be a name or a term. A character of Chinese or the like is one."""

    min_difference: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Scores that differ by less are a tie."""

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Check each citation of one response; None where its prompt has no documents."""
        if not prompt.contexts:
            return Finding(response_id=response.response_id, score=None)
        asked = asked_in(prompt, response)
        cited = [
            one
            for one in citations_in(response.turn_texts()[-1], min_words=self.min_quote_words)
            if not _is_of_prompt(one, asked, prompt.contexts)
        ]
        if not cited:
            return Finding(
                response_id=response.response_id,
                score=0.0,
                status="no_answer",
                reason="cites nothing",
            )
        failed = [one.name for one in cited if not holds(one, prompt.contexts)]
        return Finding(
            response_id=response.response_id,
            score=round(1 - len(failed) / len(cited), 4),
            failed=tuple(dict.fromkeys(failed)),
            reason=f"{len(cited) - len(failed)} of {len(cited)} citations hold",
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the higher share."""
        return by_score(self.name, a, b, min_difference=self.min_difference)


def _is_of_prompt(one: Citation, asked: str, documents: tuple[str, ...]) -> bool:
    if one.quote is None or one.documents:
        return False
    return is_quote_of(one.quote, asked) and not holds(one, documents)
