"""The verifier that counts words, sentences, paragraphs and characters."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationError, model_validator

from winnow.annotation.constraints.counting import (
    NotCountable,
    paragraphs_of,
    sentences_of,
    words_of,
)
from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.schemas.base import Value
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_Count = Annotated[int, Field(ge=0)]


class LengthLimits(Value):
    """How short and how long a response may be."""

    min_words: _Count | None = None
    """Fewest words."""

    max_words: _Count | None = None
    """Most words."""

    min_sentences: _Count | None = None
    """Fewest sentences."""

    max_sentences: _Count | None = None
    """Most sentences."""

    min_paragraphs: _Count | None = None
    """Fewest paragraphs, which empty lines divide."""

    max_paragraphs: _Count | None = None
    """Most paragraphs."""

    min_characters: _Count | None = None
    """Fewest characters, white space at the ends left out."""

    max_characters: _Count | None = None
    """Most characters."""

    def given(self) -> dict[str, int]:
        """Return the limits that are set, by name."""
        found = {name: getattr(self, name) for name in LengthLimits.model_fields}
        return {name: limit for name, limit in found.items() if limit is not None}


@VERIFIERS.register("length", version=1)
class LengthVerifier(LengthLimits, Verifier):
    """Prefer a response that keeps all limits of length; 1 where it does, 0 where it does not.

    A word is a run of letters and digits with apostrophes, hyphens and points inside; Chinese characters and Japanese kana are a word
    each. In Thai, Lao, Khmer, Burmese and Tibetan no blank divides words, so that a limit of words comes to no result there. Of a response
    of several turns the last one is counted. An empty response has no answer, and keeps no limit.
    """

    needs: ClassVar[str] = "no_limits"
    reads: ClassVar[str | None] = None

    limits_key: str | None = None
    """Key of the prompt's metadata that holds limits of its own by the same names, such as {"max_words": 50}, which go before
    those of the settings."""

    @model_validator(mode="after")
    def _check_limits(self) -> Self:
        if not self.given() and self.limits_key is None:
            raise ValueError("no limit is given; give one such as max_words, or limits_key")
        for least, most in _crossed(self.given()):
            raise ValueError(f"{least} is above {most}, so that no response keeps both")
        return self

    @property
    def column(self) -> str | None:
        """The metadata, where a key of it is named and no limit beside."""
        return "metadata" if self.limits_key is not None and not self.given() else None

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Count one response; None where no limit holds for its prompt."""
        text, about = response.turn_texts()[-1].strip(), response.response_id
        try:
            limits = {**self.given(), **self._own(prompt)}
        except ValueError as error:
            return Finding(response_id=about, score=None, reason=str(error))
        if not limits:
            reason = f"the prompt has no limits in metadata {self.limits_key!r}"
            return Finding(response_id=about, score=None, reason=reason)
        try:
            counts = {unit: _COUNTS[unit](text) for unit in _units(limits)}
        except NotCountable as error:
            return Finding(response_id=about, score=None, status="error", reason=str(error))
        failed = tuple(
            f"{name} {limit}: {counts[name[4:]]}"
            for name, limit in limits.items()
            if not _keeps(counts[name[4:]], name, limit)
        )
        return Finding(
            response_id=about,
            score=float(bool(text) and not failed),
            failed=failed,
            status="measured" if text else "no_answer",
            parts=tuple(Measurement(name=unit, score=count) for unit, count in counts.items()),
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the response that keeps all limits."""
        return by_score(self.name, a, b)

    def _own(self, prompt: Prompt) -> dict[str, int]:
        if self.limits_key is None:
            return {}
        value = prompt.brought().get(self.limits_key)
        if value is None:
            return {}
        try:
            return LengthLimits.model_validate(value).given()
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(
                f"metadata {self.limits_key!r} holds no limits: {'.'.join(map(str, first['loc']))}: {first['msg']}"
            ) from error


def _units(limits: dict[str, int]) -> Iterator[str]:
    yield from dict.fromkeys(name[4:] for name in limits)


def _keeps(count: int, name: str, limit: int) -> bool:
    return count >= limit if name.startswith("min_") else count <= limit


def _crossed(limits: dict[str, int]) -> Iterator[tuple[str, str]]:
    for unit in _units(limits):
        least, most = limits.get(f"min_{unit}"), limits.get(f"max_{unit}")
        if least is not None and most is not None and least > most:
            yield f"min_{unit}", f"max_{unit}"


_COUNTS: dict[str, Any] = {
    "words": lambda text: len(words_of(text)),
    "sentences": lambda text: len(sentences_of(text)),
    "paragraphs": lambda text: len(paragraphs_of(text)),
    "characters": len,
}
