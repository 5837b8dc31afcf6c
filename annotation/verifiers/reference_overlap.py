"""The verifier that prefers the response whose words are nearer to the reference."""

from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.schemas.judgments import Rating, Verdict
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


@VERIFIERS.register("reference_overlap", version=1)
class ReferenceOverlap(Verifier):
    """Compare each response with the reference by chrF or BLEU, both from 0 to 100.

    Measures words, not truth: a wrong answer may borrow the words of the right one. Tool calls are left out. Of a response
    of several turns the last one is compared, which is the answer; what came before led there.

    Source: Popović 2015 (chrF); Papineni et al. 2002 (BLEU, with the effective order for short texts).
    """

    needs: ClassVar[str] = "no_reference"
    reads: ClassVar[str | None] = "reference"

    metric: Literal["chrf", "bleu"] = "chrf"
    """chrF compares characters and serves every language; BLEU compares words."""

    min_difference: Annotated[float, Field(ge=0, le=100)] = 2.0
    """Scores that differ by less, in points of 100, are a tie."""

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Score one response against the reference of its prompt; None where there is none."""
        if not prompt.reference or not prompt.reference.strip():
            return Finding(response_id=response.response_id, score=None)
        score = _scorer(self.metric, prompt.reference).corpus_score([response.text], None).score
        return Finding(
            response_id=response.response_id, score=round(score, 4), attribute=self.metric
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the higher score; a small difference is a tie."""
        score_a, score_b = a.score or 0.0, b.score or 0.0
        return Reading(
            verdict=self._verdict(score_a - score_b),
            rationale=f"{self.metric} to the reference: a {score_a:.1f}, b {score_b:.1f}; "
            f"a tie below {self.min_difference:g}",
            ratings=(
                Rating(response_id=a.response_id, attribute=self.metric, score=score_a),
                Rating(response_id=b.response_id, attribute=self.metric, score=score_b),
            ),
        )

    def _verdict(self, difference: float) -> Verdict:
        if difference == 0 or abs(difference) < self.min_difference:
            return "tie"
        return "a" if difference > 0 else "b"


@lru_cache(maxsize=64)
def _scorer(metric: str, reference: str) -> Any:
    """Count the reference's pieces once; of a corpus of one text, the score is that of the text."""
    from sacrebleu.metrics import BLEU, CHRF

    if metric == "chrf":
        return CHRF(references=[[reference]])
    return BLEU(effective_order=True, references=[[reference]])
