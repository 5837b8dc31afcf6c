"""The verifier that prefers what is nearer to one of several references, by words or by meaning, unless it got there by a trick."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from winnow.annotation.embeddings import MINILM, embedding
from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.guards import guards
from winnow.annotation.verifiers.references import REFERENCES, references_of
from winnow.annotation.verifiers.similarities import WordMeasure, similarity
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_DIGITS = 4


@VERIFIERS.register("reference_similarity", version=1)
class ReferenceSimilarity(Verifier):
    """Compare each response with the references of its prompt, from 0 to 1, of which the nearest counts, or the mean.

    The similarity is multiplied by what guards it: see `winnow.annotation.verifiers.guards`. It measures likeness, not truth:
    "is" and "is not" are alike. Scores of different prompts are not comparable, nor are those of different embeddings. Of
    a response of several turns the last one is compared.

    Source: Chang et al. 2025, "BLEUBERI", arXiv:2505.11080 (several references); Kim et al. 2024, arXiv:2402.03469 (guards).
    """

    needs: ClassVar[str] = "no_reference"
    reads: ClassVar[str | None] = REFERENCES

    measure: WordMeasure | Literal["embeddings"] = "rouge_l"
    """"rouge_1", "rouge_2" and "rouge_l" compare words, "bleu" (smoothed) runs of up to four words, "chrf" characters;
    "embeddings" what the texts mean."""

    embeddings: Annotated[str, Field(min_length=1)] = MINILM
    """The embeddings where `measure` is that: "minilm", or a folder or the hub id of a model that was downloaded."""

    several: Literal["best", "mean"] = "best"
    """Of several references, whether the one that is nearest counts, or the mean over all."""

    guarded: bool = True
    """false leaves the similarity as it is, whatever was copied, padded, repeated or shuffled."""

    min_difference: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Scores that differ by less are a tie."""

    @property
    def learned(self) -> str | None:
        """The embeddings, where they are compared."""
        return self.embeddings if self.measure == "embeddings" else None

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Score one response; None where its prompt has no reference."""
        (found,) = self.examine_all(prompt, [response])
        return found

    def examine_all(self, prompt: Prompt, responses: Sequence[Response]) -> Sequence[Finding]:
        """Score the responses of a prompt; None where it has no reference."""
        references = references_of(prompt)
        if not references:
            return [Finding(response_id=r.response_id, score=None) for r in responses]
        asked = "\n".join(turn.text() for turn in prompt.messages)
        rows = self._similarities([r.turn_texts()[-1] for r in responses], references)
        return [
            self._found(response, asked, references, row)
            for response, row in zip(responses, rows, strict=True)
        ]

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the higher score; a small difference is a tie."""
        return by_score(self.name, a, b, min_difference=self.min_difference)

    def _similarities(self, texts: Sequence[str], references: Sequence[str]) -> list[list[float]]:
        """Compare each text with each reference."""
        if self.measure != "embeddings":
            measure = self.measure
            return [[similarity(measure, t, reference) for reference in references] for t in texts]
        vectors = embedding(self.embeddings)([*texts, *references])
        products = vectors[: len(texts)] @ vectors[len(texts) :].T
        found: list[list[float]] = products.clip(0, 1).tolist()
        return found

    def _found(
        self,
        response: Response,
        asked: str,
        references: Sequence[str],
        similarities: Sequence[float],
    ) -> Finding:
        of_each = []
        for reference, alike in zip(references, similarities, strict=True):
            factors = guards(response.turn_texts()[-1], asked, reference) if self.guarded else ()
            parts = (Measurement(name="similarity", score=round(alike, _DIGITS)), *factors)
            of_each.append((prod(part.score for part in parts), parts))
        best, parts = max(of_each, key=lambda one: one[0])
        mean = sum(score for score, _ in of_each) / len(of_each)
        return Finding(
            response_id=response.response_id,
            score=round(best if self.several == "best" else mean, _DIGITS),
            parts=parts,
        )
