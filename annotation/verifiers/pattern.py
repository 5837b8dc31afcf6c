"""The verifier that looks for patterns in a response."""

from typing import Annotated, ClassVar, Self

import regex
from pydantic import Field, model_validator

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_SECONDS = 1.0
"""Time that one pattern may take on one response."""


@VERIFIERS.register("pattern", version=1)
class PatternVerifier(Verifier):
    """Prefer a response in which each wanted pattern is found and no forbidden one; 1 where that holds, 0 where it does not.

    Patterns are regular expressions; `(?i)` before one passes over case. One that takes more than a second is no result. All that the
    assistant said is looked through; an empty response has no answer.
    """

    needs: ClassVar[str] = "no_pattern"
    reads: ClassVar[str | None] = None

    must: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Patterns of which each has to be found."""

    must_not: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Patterns of which none may be found."""

    pattern_key: str | None = None
    """Key of the prompt's metadata that holds a pattern, or a list of patterns, that have to be found as well."""

    @model_validator(mode="after")
    def _check_patterns(self) -> Self:
        if not (self.must or self.must_not or self.pattern_key):
            raise ValueError("no pattern is given; give must, must_not or pattern_key")
        for key, patterns in (("must", self.must), ("must_not", self.must_not)):
            for pattern in patterns:
                try:
                    regex.compile(pattern)
                except regex.error as error:
                    raise ValueError(f"{key} holds {pattern!r}, which is no regular expression: {error}") from error  # fmt: skip
        return self

    @property
    def column(self) -> str | None:
        """The metadata, where a key of it is named."""
        return None if self.pattern_key is None else "metadata"

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Look for all patterns in one response; None where its prompt ought to have one of its own and has none."""
        text, about = response.words(), response.response_id
        own = self._own(prompt)
        if self.pattern_key is not None and not own:
            reason = f"the prompt has no pattern in metadata {self.pattern_key!r}"
            return Finding(response_id=about, score=None, reason=reason)
        wanted = [(pattern, True) for pattern in (*self.must, *own)]
        wanted += [(pattern, False) for pattern in self.must_not]
        held = []
        for pattern, is_wanted in wanted:
            try:
                is_found = regex.search(pattern, text, timeout=_SECONDS) is not None
            except TimeoutError:
                reason = f"{pattern!r} took more than {_SECONDS:g} s"
                return Finding(response_id=about, score=None, status="error", reason=reason)
            except regex.error as error:
                reason = f"{pattern!r} is no regular expression: {error}"
                return Finding(response_id=about, score=None, status="error", reason=reason)
            held.append(is_found == is_wanted)
        failed = tuple(
            f"{'lacks' if is_wanted else 'holds'} {pattern!r}"
            for (pattern, is_wanted), holds in zip(wanted, held, strict=True)
            if not holds
        )
        is_empty = not text.strip()
        return Finding(
            response_id=about,
            score=float(not failed and not is_empty),
            failed=failed,
            status="no_answer" if is_empty else "measured",
            parts=tuple(
                Measurement(name=str(n), score=float(holds)) for n, holds in enumerate(held, 1)
            )
            if len(held) > 1
            else (),
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the response that fails no pattern."""
        return by_score(self.name, a, b)

    def _own(self, prompt: Prompt) -> list[str]:
        if self.pattern_key is None:
            return []
        value = prompt.brought().get(self.pattern_key)
        values = value if isinstance(value, list) else [value]
        return [one for one in values if isinstance(one, str) and one]
