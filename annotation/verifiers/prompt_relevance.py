"""The verifier that prefers the response that is about what was asked."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, ClassVar

from pydantic import Field

from winnow.annotation.embeddings import MINILM, embedding
from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.guards import guards
from winnow.annotation.verifiers.turns import last_question
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_DIGITS = 4


@VERIFIERS.register("prompt_relevance", version=1)
class PromptRelevance(Verifier):
    """Compare what a response means with what the last turn of the user asks, from 0 to 1; needs no reference.

    The similarity is multiplied by the share of three words in a row that are distinct, and by the share that were not copied from
    the prompt: relevance alone is earned most easily by saying the question again. It tells what is off the topic, and
    nothing about which of two relevant answers is right.

    Source: Kim et al. 2024, "Aligning Large Language Models by Regularized Relevance Reward", arXiv:2402.03469.
    """

    needs: ClassVar[str] = "no_question"
    reads: ClassVar[str | None] = None

    embeddings: Annotated[str, Field(min_length=1)] = MINILM
    """The embeddings: "minilm", or a folder or the hub id of a model that was downloaded."""

    min_difference: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Scores that differ by less are a tie."""

    @property
    def learned(self) -> str | None:
        """The embeddings."""
        return self.embeddings

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Score one response; None where nothing was asked in words."""
        (found,) = self.examine_all(prompt, [response])
        return found

    def examine_all(self, prompt: Prompt, responses: Sequence[Response]) -> Sequence[Finding]:
        """Score the responses of a prompt; None where nothing was asked in words."""
        question = last_question(prompt)
        if not question.strip():
            return [Finding(response_id=r.response_id, score=None) for r in responses]
        texts = [response.turn_texts()[-1] for response in responses]
        vectors = embedding(self.embeddings)([*texts, question])
        alike = (vectors[:-1] @ vectors[-1]).clip(0, 1).tolist()
        asked = "\n".join(turn.text() for turn in prompt.messages)
        found = []
        for response, text, similarity in zip(responses, texts, alike, strict=True):
            near = Measurement(name="similarity", score=round(similarity, _DIGITS))
            parts = (near, *guards(text, asked))
            score = round(prod(part.score for part in parts), _DIGITS)
            found.append(Finding(response_id=response.response_id, score=score, parts=parts))
        return found

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the higher score; a small difference is a tie."""
        return by_score(self.name, a, b, min_difference=self.min_difference)
