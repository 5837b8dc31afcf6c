"""The verifier that prefers a response that does not say the same again and again."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.loops import loop_of
from winnow.annotation.verifiers.turns import asked_in
from winnow.annotation.verifiers.words import distinct_trigrams, words_of
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


@VERIFIERS.register("repetition", version=1)
class RepetitionVerifier(Verifier):
    """Score the share of three words in a row that are distinct, from 0 to 1; a response that ends in a loop scores 0.

    Tables, code and lists repeat themselves with reason: leave `min_difference` high where they are asked for. A loop that the
    prompt holds itself is none. An empty response repeats nothing. Of a response of several turns all that the assistant said
    counts as one text, and a loop in any turn.

    Source: Kim et al. 2024, "Aligning Large Language Models by Regularized Relevance Reward", arXiv:2402.03469.
    """

    needs: ClassVar[str] = "unused"
    reads: ClassVar[str | None] = None

    min_difference: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Scores that differ by less are a tie."""

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Score one response."""
        asked = asked_in(prompt, response)
        loops = [loop for text in response.turn_texts() if (loop := loop_of(text, asked))]
        share = distinct_trigrams(words_of(response.words()))
        return Finding(
            response_id=response.response_id,
            score=0.0 if loops else round(share, 4),
            failed=("loop",) if loops else (),
            reason=f"ends in {loops[0].unit!r} {loops[0].n_repeats} times" if loops else "",
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the one that repeats less."""
        return by_score(self.name, a, b, min_difference=self.min_difference)
