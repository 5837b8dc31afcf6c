"""The verifier of instructions whose following a program can check."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from winnow.annotation.constraints.checks import (
    CannotCheck,
    checked,
    constraints_from,
    meets,
    variants,
)
from winnow.annotation.constraints.counting import NotCountable
from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.schemas.base import Value
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


class ConstraintEntry(Value):
    """A constraint of the settings."""

    id: str
    """What is asked, such as "punctuation:no_comma"; the ids of IFEval."""

    arguments: dict[str, str | int | list[str]] = Field(default_factory=dict)
    """What it needs to know, such as {num_words: 50, relation: at least}; the names of IFEval."""


@VERIFIERS.register("constraints", version=1)
class ConstraintsVerifier(Verifier):
    """Prefer a response that meets all constraints of its prompt, such as a number of words, keywords, or no commas.

    They come from the prompt's metadata, as rows of IFEval have them, or for all prompts from the settings. Strictly, the response as it
    is has to meet each; loosely, one of eight variants of it has to: with and without its first line, its last line, and its asterisks. Both
    are kept, with each constraint, as parts of the score. An empty response meets none. A constraint that is not known, or cannot be checked,
    is no result by its name, never passed over. Of a response of several turns the last one is read.

    Source: Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models", arXiv:2311.07911.
    """

    needs: ClassVar[str] = "no_constraints"
    reads: ClassVar[str | None] = None

    constraints: tuple[ConstraintEntry, ...] = ()
    """Constraints for all prompts, in place of those of their metadata."""

    ids_key: str = "instruction_id_list"
    """Key of the prompt's metadata that holds the list of constraint ids."""

    arguments_key: str = "kwargs"
    """Key of the prompt's metadata that holds the arguments, an object for each id."""

    verdict: Literal["strict", "loose"] = "strict"
    """Which of the two decides."""

    partial: bool = False
    """true scores the share of constraints that are met, so that the response that meets more is better; otherwise the score
    is 1 where all are met, else 0."""

    @model_validator(mode="after")
    def _check_constraints(self) -> Self:
        for i, entry in enumerate(self.constraints):
            try:
                checked(entry.id, entry.arguments)
            except CannotCheck as error:
                raise ValueError(f"constraints[{i}]: {error}") from error
        return self

    @property
    def column(self) -> str | None:
        """The metadata, unless the settings hold the constraints."""
        return None if self.constraints else "metadata"

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Check one response; None where its prompt has no constraints."""
        text, about = response.turn_texts()[-1], response.response_id
        try:
            asked = self._asked(prompt)
            if not asked:
                reason = f"the prompt has no metadata {self.ids_key!r}"
                return Finding(response_id=about, score=None, reason=reason)
            strict = [meets(text, i, given) for i, given in asked]
            loose = [
                is_met or _loosely(text, i, given)
                for is_met, (i, given) in zip(strict, asked, strict=True)
            ]
        except (CannotCheck, NotCountable) as error:
            return Finding(response_id=about, score=None, status="error", reason=str(error))
        deciding = strict if self.verdict == "strict" else loose
        names = _names([i for i, _ in asked])
        return Finding(
            response_id=about,
            score=sum(deciding) / len(deciding) if self.partial else float(all(deciding)),
            failed=tuple(name for name, is_met in zip(names, deciding, strict=True) if not is_met),
            status="measured" if text.strip() else "no_answer",
            parts=(
                Measurement(name="strict", score=float(all(strict))),
                Measurement(name="loose", score=float(all(loose))),
                *(
                    Measurement(name=name, score=float(is_met))
                    for name, is_met in zip(names, deciding, strict=True)
                ),
            ),
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the response that scores higher."""
        return by_score(self.name, a, b)

    def _asked(self, prompt: Prompt) -> Sequence[tuple[str, Mapping[str, Any]]]:
        if self.constraints:
            return [(entry.id, entry.arguments) for entry in self.constraints]
        metadata = prompt.brought()
        ids = metadata.get(self.ids_key)
        return constraints_from(ids, metadata.get(self.arguments_key)) if ids else ()


def _loosely(text: str, constraint_id: str, arguments: Mapping[str, Any]) -> bool:
    for variant in variants(text)[1:]:
        try:
            if meets(variant, constraint_id, arguments):
                return True
        except (CannotCheck, NotCountable):
            continue  # what is left of the text may be too short to tell its language
    return False


def _names(ids: Sequence[str]) -> list[str]:
    """Tell constraints of one id apart: the second is called "id#2"."""
    seen: Counter[str] = Counter()
    names = []
    for one in ids:
        seen[one] += 1
        names.append(one if seen[one] == 1 else f"{one}#{seen[one]}")
    return names
