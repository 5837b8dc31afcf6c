"""The verifier that takes what most samples of a prompt answer for the answer."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from winnow.annotation.answers.equality import EqualityRule, kind_of
from winnow.annotation.answers.extraction import AnswerPlace, find_answer
from winnow.annotation.answers.mathematics import NoResult
from winnow.annotation.answers.voting import Vote, count_votes, overlap_of, rule_between
from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.annotation.verifiers.comparing import by_score
from winnow.annotation.verifiers.known import options_for
from winnow.annotation.verifiers.refusals import is_refusal
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


@VERIFIERS.register("majority", version=1)
class MajorityVerifier(Verifier):
    """Prefer a response that answers as most samples of its prompt do, where no answer is known; 1 where it does, 0 where not.

    Equal answers are one however they are written: "1/2", "0.5" and "50 %". Answers that a chain of equal ones links count as
    one. A response without an answer never votes. Where two answers lead together, where too few vote, or where the share of the leading
    one is out of bounds, nothing is said of the prompt.

    Most may be wrong: where a wrong answer leads, more samples make the label surer and no better. Check it on prompts with known answers,
    and record nothing as true that only a majority says. It sees the responses that stand in comparisons, and no others.

    Source: Wang et al. 2022, "Self-Consistency Improves Chain of Thought Reasoning", arXiv:2203.11171; as a label, arXiv:2505.22453.
    """

    needs: ClassVar[str] = "no_majority"
    reads: ClassVar[str | None] = None

    kind: Literal[
        "auto", "number", "fraction", "set", "interval", "unit", "expression", "option", "text"
    ] = "auto"
    """What the answers are, as of the verifier `answer`; "auto" tells it from each two of them. Percentages are numbers here."""

    options_key: str | None = None
    """Key of the prompt's metadata that holds the options of a multiple choice; left out, they are looked for in the prompt."""

    places: Annotated[tuple[AnswerPlace, ...], Field(min_length=1)] = (
        "boxed",
        "answer_is",
        "last_line",
    )
    """Where the answer may stand; the first place that holds one counts."""

    tolerance: Annotated[float, Field(ge=0, lt=1)] = 1e-6
    """How far two numbers may differ, relative to the larger, where one of them has decimals."""

    min_votes: Annotated[int, Field(ge=2)] = 4
    """Fewest responses with an answer; of 8 that are split in half, the share is known to about a quarter either way."""

    min_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Least share of the votes that the leading answer needs."""

    max_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Largest share that it may have; below 1, prompts that everybody answers alike are left out."""

    votes_key: str | None = None
    """Key of the prompt's metadata that holds answers to a paraphrase of it, a list of texts. They vote in place of its own
    responses, so that no response bears itself out."""

    min_overlap: Annotated[float, Field(ge=0, le=1)] = 0.0
    """With `votes_key`: least overlap of its own answers with those to the paraphrase, the sum over all answers of the smaller of
    the two shares; a rewrite that changed the answer has little."""

    @model_validator(mode="after")
    def _check_band(self) -> Self:
        if self.min_share > self.max_share:
            raise ValueError(
                f"min_share is {self.min_share:g}, above max_share, {self.max_share:g}; no share is within"
            )
        if self.min_overlap and self.votes_key is None:
            raise ValueError("min_overlap is about answers to a paraphrase; give votes_key as well, or leave it out")  # fmt: skip
        return self

    @property
    def sees_all(self) -> bool:
        """Unless answers to a paraphrase vote, and no overlap with its own is asked for."""
        return self.votes_key is None or self.min_overlap > 0

    @property
    def column(self) -> str | None:
        """The metadata, where answers to a paraphrase vote."""
        return None if self.votes_key is None else "metadata"

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Look at one response alone, which is no majority unless answers to a paraphrase vote."""
        (found,) = self.examine_all(prompt, [response])
        return found

    def examine_all(self, prompt: Prompt, responses: Sequence[Response]) -> Sequence[Finding]:
        """Count the answers of all responses of a prompt, and say of each whether it is with the majority."""
        try:
            return self._counted(prompt, responses)
        except NoResult as error:
            return [
                Finding(response_id=r.response_id, score=None, status="error", reason=str(error))
                for r in responses
            ]

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the response that answers as most do; two that do, or do not, are a tie."""
        return by_score(self.name, a, b)

    def _counted(self, prompt: Prompt, responses: Sequence[Response]) -> list[Finding]:
        options = options_for(prompt, self.options_key) if self.kind in ("auto", "option") else {}
        own = [self._answer(r.turn_texts()[-1], options) for r in responses]
        voters = own if self.votes_key is None else self._paraphrased(prompt, options)
        vote = count_votes(voters, lambda one, other: self._same(one, other, options))
        overlap = None
        if self.votes_key is not None:
            overlap = overlap_of(own, voters, lambda one, other: self._same(one, other, options))
        if why := self._why_none(vote, overlap):
            return [Finding(response_id=r.response_id, score=None, reason=why) for r in responses]
        leading = [voters[i] or "" for i in vote.members[0]]
        parts = _parts(vote, overlap)
        share = vote.share
        reason = (
            f"{len(vote.members[0])} of {vote.n} votes for {min(leading, key=lambda a: (len(a), a))}, "
            f"95 % interval {share.low:.2f} to {share.high:.2f}; {vote.n_empty} without an answer"
        )
        return [
            Finding(
                response_id=response.response_id,
                score=float(answer is not None and self._is_among(answer, leading, options)),
                status="measured" if answer is not None else "no_answer",
                extracted=answer,
                reason=reason,
                parts=parts,
            )
            for response, answer in zip(responses, own, strict=True)
        ]

    def _why_none(self, vote: Vote, overlap: float | None) -> str:
        if vote.n < self.min_votes:
            return (
                f"{vote.n} of {vote.n + vote.n_empty} vote, fewer than min_votes, {self.min_votes}"
            )
        counts = ", ".join(str(len(one)) for one in vote.members)
        if vote.is_tied:
            return f"a tie: the votes are {counts}"
        share = len(vote.members[0]) / vote.n
        if not self.min_share <= share <= self.max_share:
            return f"the leading share is {share:.2f}, out of {self.min_share:g} to {self.max_share:g}: the votes are {counts}"
        if overlap is not None and overlap < self.min_overlap:
            return f"its own answers overlap with those to the paraphrase by {overlap:.2f}, below min_overlap, {self.min_overlap:g}"
        return ""

    def _answer(self, text: str, options: Mapping[str, str]) -> str | None:
        """Return the answer of a response; a last line of mere words is one only where words are wanted and nothing else stands there."""
        found = find_answer(text, self.places)
        if found is None:
            return None
        kind = kind_of(found.text, options) if self.kind == "auto" else self.kind
        if found.place == "last_line" and kind == "text" and not self._is_text_alone(text):
            return None
        return EqualityRule(kind, self.tolerance, options).answer_in(found)

    def _is_text_alone(self, text: str) -> bool:
        """Say whether a response is nothing but words that answer: where that is wanted, one line that refuses nothing."""
        return self.kind == "text" and "\n" not in text.strip() and not is_refusal(text)

    def _paraphrased(self, prompt: Prompt, options: Mapping[str, str]) -> list[str | None]:
        given = prompt.brought().get(self.votes_key or "")
        texts = [str(one) for one in given] if isinstance(given, list) else []
        answers = [self._answer(text, options) for text in texts]
        return [
            text.strip() or None if answer is None and "\n" not in text.strip() else answer
            for text, answer in zip(texts, answers, strict=True)
        ]

    def _same(self, one: str, other: str, options: Mapping[str, str]) -> bool:
        if self.kind == "auto":
            return rule_between(one, other, self.tolerance, options).same(one, other)
        return EqualityRule(self.kind, self.tolerance, options, is_known=False).same(one, other)

    def _is_among(self, answer: str, leading: Sequence[str], options: Mapping[str, str]) -> bool:
        return answer in leading or any(
            self._same(one, answer, options) or self._same(answer, one, options) for one in leading
        )


def _parts(vote: Vote, overlap: float | None) -> tuple[Measurement, ...]:
    share = vote.share
    measured = {
        "votes": vote.n,
        "share": len(vote.members[0]) / vote.n,
        "share_low": share.low,
        "share_high": share.high,
        "margin": vote.margin,
        "classes": len(vote.members),
        "entropy": vote.entropy,
        "empty": vote.n_empty,
        **({} if overlap is None else {"overlap": overlap}),
    }
    return tuple(Measurement(name=name, score=float(value)) for name, value in measured.items())
