"""The verifier that prefers an answer in the language that was asked for."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from winnow.annotation.judge import Reading
from winnow.annotation.languages import (
    FoundLanguage,
    asks_for_another,
    can_be_told,
    is_same,
    known_languages,
    language_of,
)
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.turns import last_question
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


@VERIFIERS.register("language", version=1)
class LanguageVerifier(Verifier):
    """Prefer a response in the wanted language (1) to one in another (0).

    Wanted is the language of the settings; else that of the prompt (`language`), or the one that its last question is in. Where
    that question asks for a translation, or names a language to answer in, none is known without the settings. A response that is
    too short, or code alone, or whose language is in doubt, has no result: it is neither right nor wrong.
    """

    needs: ClassVar[str] = "no_language"
    reads: ClassVar[str | None] = None

    language: str | None = None
    """The language that all responses have to be in, such as "en"; left out, that of each prompt."""

    min_chars: Annotated[int, Field(ge=1)] = 20
    """Least letters, code and addresses left out, by which a language can be told; of Chinese and the like a third."""

    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How sure the language has to be."""

    @model_validator(mode="after")
    def _check_language(self) -> Self:
        if self.language is not None and not can_be_told(self.language):
            raise ValueError(
                f"language is {self.language!r}, which is no language that can be told; known ones: "
                f"{', '.join(known_languages())}"
            )
        return self

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Score one response; None where no language is wanted, or none can be told."""
        wanted = self._wanted(prompt)
        if wanted is None or not can_be_told(wanted):
            return Finding(response_id=response.response_id, score=None)
        found = self._told(response.turn_texts()[-1])
        if found is None:
            return Finding(
                response_id=response.response_id,
                score=None,
                status="error",
                reason="its language cannot be told: too short, code, or several",
            )
        is_right = is_same(found.code, wanted)
        return Finding(
            response_id=response.response_id,
            score=float(is_right),
            failed=() if is_right else ("other_language",),
            extracted=found.code,
            reason="" if is_right else f"wanted {wanted}",
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the wanted language."""
        return by_score(self.name, a, b)

    def _wanted(self, prompt: Prompt) -> str | None:
        if self.language is not None:
            return self.language
        question = last_question(prompt)
        if asks_for_another(question):
            return None
        if prompt.language:
            return prompt.language
        found = self._told(question)
        return found.code if found else None

    def _told(self, text: str) -> FoundLanguage | None:
        return language_of(text, min_chars=self.min_chars, min_confidence=self.min_confidence)
