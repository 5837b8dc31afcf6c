"""The verifier that compares the final answer of a response with the known one."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from winnow.annotation.answers.equality import AnswerKind, EqualityRule, kind_of, known_answer
from winnow.annotation.answers.extraction import AnswerPlace, FoundAnswer, find_answer
from winnow.annotation.answers.mathematics import NoResult
from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.known import options_for
from winnow.annotation.verifiers.refusals import is_refusal
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


@VERIFIERS.register("answer", version=1)
class AnswerVerifier(Verifier):
    """Prefer a response whose final answer is the known one; 1 where it is, 0 where it is not.

    Only the final answer counts, not the way to it. A response that states none is "no answer", which scores 0 as well but is
    told apart; a comparison that takes too long is no result. Of a response of several turns the last one is read.

    Nothing of the text is ever run or evaluated as code: numbers are read here, and mathematics is parsed by a grammar, in a
    process of its own that ends after some seconds of computing.

    Source: Kydlíček, Math-Verify, for expressions; known answer first, as it is not symmetric.
    """

    needs: ClassVar[str] = "no_readable_reference"
    reads: ClassVar[str | None] = "reference"

    kind: AnswerKind | Literal["auto"] = "auto"
    """What the answers are, which says when two are the same; "auto" tells it from each reference."""

    reference_key: str | None = None
    """Key of the prompt's metadata that holds the known answer, or a list of answers of which each will do; left out, the
    prompt's reference."""

    options_key: str | None = None
    """Key of the prompt's metadata that holds the options of a multiple choice; left out, options are looked for in the prompt,
    one a line, such as "A) Paris"."""

    places: Annotated[tuple[AnswerPlace, ...], Field(min_length=1)] = (
        "boxed",
        "answer_is",
        "last_line",
    )
    """Where the answer may stand; the first place that holds one counts."""

    tolerance: Annotated[float, Field(ge=0, lt=1)] = 1e-6
    """How far two numbers may differ, relative to the larger, where one of them has decimals; whole numbers and
    fractions have to be equal. Quantities with a unit may always differ by it."""

    @property
    def column(self) -> str | None:
        """The reference, or the metadata where a key of it is named."""
        return "reference" if self.reference_key is None else "metadata"

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Compare the final answer of one response; None where the prompt has no known answer that can be read."""
        said = response.turn_texts()[-1]
        try:
            known = self._known(prompt)
        except NoResult as error:
            return _found(response, None, reason=f"the reference cannot be read: {error}")
        if not known:
            return _found(response, None, reason=self._unreadable(prompt))
        answer = find_answer(said, self.places)
        try:
            return self._compared(response, known, answer)
        except NoResult as error:
            return Finding(
                response_id=response.response_id,
                score=None,
                status="error",
                reason=str(error),
                extracted=answer.text if answer else None,
            )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the response whose answer is right; two right or two wrong ones are a tie."""
        return by_score(self.name, a, b)

    def _compared(
        self,
        response: Response,
        known: tuple[tuple[EqualityRule, str], ...],
        answer: FoundAnswer | None,
    ) -> Finding:
        if answer is not None and answer.place == "last_line":
            # The last line is an answer only where all of it is one: of words, where there is no other line.
            said = response.turn_texts()[-1].strip()
            is_alone = "\n" not in said and not is_refusal(said)
            is_read = any(
                rule.reads(answer.text) and (rule.kind != "text" or is_alone) for rule, _ in known
            )
            answer = answer if is_read else None
        if answer is None:
            return _found(
                response, 0.0, "no_answer", reason=f"looked for: {', '.join(self.places)}"
            )
        right = any(rule.accepts(gold, answer) for rule, gold in known)
        told = " or ".join(gold for _, gold in known)
        return _found(
            response,
            float(right),
            extracted=answer.text,
            reason=f"known: {told}, as {known[0][0].kind}; found by {answer.place}",
        )

    def _known(self, prompt: Prompt) -> tuple[tuple[EqualityRule, str], ...]:
        """Return the known answers with the rule of each; none where one is missing or cannot be read."""
        options = self._options(prompt)
        return _rules(
            self.kind, self.tolerance, tuple(self._references(prompt)), tuple(options.items())
        )

    def _references(self, prompt: Prompt) -> list[str]:
        if self.reference_key is None:
            return [prompt.reference] if prompt.reference and prompt.reference.strip() else []
        value = prompt.brought().get(self.reference_key)
        values = value if isinstance(value, list) else [value]
        is_answer = all(isinstance(one, str | int | float) for one in values)
        return [str(one) for one in values if str(one).strip()] if is_answer else []

    def _options(self, prompt: Prompt) -> Mapping[str, str]:
        if self.kind not in ("auto", "option"):
            return {}
        return options_for(prompt, self.options_key)

    def _unreadable(self, prompt: Prompt) -> str:
        where = f"metadata {self.reference_key!r}" if self.reference_key else "reference"
        if not self._references(prompt):
            return f"the prompt has no {where}"
        return f"the {where} cannot be read as {self.kind}: {self._references(prompt)[0][:80]!r}"


@lru_cache(maxsize=1024)
def _rules(
    kind: str,
    tolerance: float,
    references: tuple[str, ...],
    options: tuple[tuple[str, str], ...],
) -> tuple[tuple[EqualityRule, str], ...]:
    found = []
    for reference in references:
        gold = known_answer(reference)
        told = kind_of(gold, dict(options)) if kind == "auto" else kind
        rule = EqualityRule(told, tolerance, dict(options))  # type: ignore[arg-type]
        if not rule.reads(gold):
            return ()
        found.append((rule, gold))
    return tuple(found)


def _found(
    response: Response,
    score: float | None,
    status: Literal["measured", "no_answer"] = "measured",
    *,
    reason: str,
    extracted: str | None = None,
) -> Finding:
    return Finding(
        response_id=response.response_id,
        score=score,
        status=status,
        reason=reason,
        extracted=extracted,
    )
