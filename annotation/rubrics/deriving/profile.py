"""Criteria in two steps: what is right and wrong in each response by itself, then what the findings differ in.

Nobody is told the label: which response won shows neither in what is asked nor in its order, so that exchanged labels are asked
about byte for byte alike. The label comes in where the criteria are tried, and where they are proven.
Source: CDRRM, "Contrast-Driven Rubric Generation for Reliable and Interpretable Reward Modeling".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from winnow.annotation.judge import Question, Reply
from winnow.annotation.rubrics.deriving.contrast import KINDS, example_of
from winnow.annotation.rubrics.deriving.deriver import (
    DERIVERS,
    Derived,
    DerivingView,
    DraftSource,
    ProposedCriterion,
)
from winnow.annotation.rubrics.deriving.examining import WithFault, examine
from winnow.annotation.rubrics.deriving.pages import (
    fenced,
    page_of_prompt,
    page_of_response,
    question,
    told,
    words_of_response,
)
from winnow.annotation.rubrics.deriving.replies import lists_schema, read_lists, text_in
from winnow.annotation.rubrics.deriving.trying import TryingDeriver
from winnow.annotation.rubrics.quotes import stands_in
from winnow.annotation.rubrics.wording import Fault
from winnow.schemas.base import Value
from winnow.schemas.responses import Response

DIMENSIONS = (
    "instructions",
    "coverage",
    "facts",
    "reasoning",
    "form",
    "safety",
    "concision",
    "tone",
)
"""Sides from which a response is looked at, where the settings do not say."""

STATUSES = ("pass", "partial", "fail", "missing")


class Diagnosis(Value):
    """What is right or wrong in one response."""

    response_id: str
    """The response."""

    claim: str
    """What was found."""

    dimension: str
    """From which side."""

    status: str
    """One of `STATUSES`."""

    quote: str
    """Words of the response that show it; empty for what is missing from it."""


@DERIVERS.register("profile", version=1)
class ProfileDeriver(TryingDeriver):
    """Have each response examined by itself, label and companion hidden, and a rubric written from what the findings differ in."""

    n_replies: ClassVar[int] = 3

    dimensions: Annotated[tuple[str, ...], Field(min_length=1, max_length=16)] = DIMENSIONS
    """Sides from which each response is looked at."""

    max_findings: Annotated[int, Field(ge=1, le=50)] = 8
    """Findings of one response, at most."""

    def propose(self, view: DerivingView, replies: Sequence[Reply]) -> Sequence[Question]:
        """Ask about each response in the order of its id; then, with what was found, for criteria."""
        if not replies:
            return [self._examine(view, response) for response in view.responses]
        if self.unread(view, replies) is not None:
            return ()
        return (self._synthesize(view, replies),)

    def proposed(self, view: DerivingView, replies: Sequence[Reply], reply: int) -> Derived | None:
        """Read criteria; each has to rest on a finding whose quote stands in its response."""
        written = read_lists(replies[reply].text, tuple(KINDS))
        if written is None or self.unread(view, replies) is not None:
            return None
        findings = self._numbered(view, replies)
        example = example_of(view, is_wide=self.reach != "prompt")
        return examine(_read(written, view, findings, reply), example, self.max_criteria)

    def unread(self, view: DerivingView, replies: Sequence[Reply]) -> Reply | None:
        """Return the first diagnosis that cannot be read; without two that can, nobody is asked for criteria."""
        diagnoses = list(enumerate(replies[: len(view.responses)]))
        return next((one for i, one in diagnoses if self._found(view, i, one) is None), None)

    def _examine(self, view: DerivingView, response: Response) -> Question:
        longest = self.max_criterion_chars
        system = told(
            "derive_diagnosis",
            self.guidelines,
            dimensions=", ".join(self.dimensions),
            max_findings=self.max_findings,
            max_chars=longest,
        )
        text = {"type": "string", "maxLength": longest}
        entry: dict[str, dict[str, Any]] = {
            "quote": text,
            "claim": text,
            "dimension": {"enum": list(self.dimensions)},
            "status": {"enum": list(STATUSES)},
        }
        schema = lists_schema(["findings"], entry, self.max_findings)
        longest_reply = self.max_findings * (2 * longest + 96)
        return question(system, page_of_response(view, response), schema, longest_reply)

    def _synthesize(self, view: DerivingView, replies: Sequence[Reply]) -> Question:
        system = told(
            "derive_profile",
            self.guidelines,
            max_criteria=self.max_criteria,
            max_chars=self.max_criterion_chars,
        )
        pages = [page_of_prompt(view)]
        numbered = self._numbered(view, replies)
        for place, response in zip(("first", "second"), view.shown, strict=True):
            found = [
                f"{name} ({f.dimension}, {f.status}): {f.claim}"
                + (f'\n  "{f.quote}"' if f.quote else "")
                for name, f in numbered.items()
                if f.response_id == response.response_id
            ]
            pages.append(fenced(f"found_in_the_{place}", "\n".join(found) or "nothing"))
        names = {
            "type": "array",
            "maxItems": self.max_findings,
            "items": {"type": "string", "maxLength": 8},
        }
        entry: dict[str, dict[str, Any]] = {
            "findings": names,
            "criterion": {"type": "string", "maxLength": self.max_criterion_chars},
        }
        schema = lists_schema(tuple(KINDS), entry, self.max_criteria)
        longest = 2 * self.max_criteria * (self.max_criterion_chars + 96)
        return question(system, "\n\n".join(pages), schema, longest)

    def _numbered(self, view: DerivingView, replies: Sequence[Reply]) -> dict[str, Diagnosis]:
        """Name the findings whose quotes hold, those of the response that is shown first first."""
        found = {
            response.response_id: self._found(view, i, replies[i]) or []
            for i, response in enumerate(view.responses)
        }
        shown = (f for response in view.shown for f in found[response.response_id])
        return {f"F{i}": finding for i, finding in enumerate(shown, 1)}

    def _found(self, view: DerivingView, place: int, reply: Reply) -> list[Diagnosis] | None:
        """Read the findings of one response, without those whose words are not in it; None where they cannot be read."""
        lists = read_lists(reply.text, ["findings"])
        if lists is None:
            return None
        response = view.responses[place]
        words = words_of_response(response)
        found = [
            Diagnosis(
                response_id=response.response_id,
                **{key: text_in(entry, key) for key in ("claim", "dimension", "status", "quote")},
            )
            for entry in lists["findings"]
        ]
        return [f for f in found if f.claim and _holds(f, words)][: self.max_findings]


def _holds(finding: Diagnosis, words: str) -> bool:
    """Whether a finding quotes its response, or says what that leaves out."""
    if finding.status == "missing":
        return not finding.quote or stands_in(finding.quote, words)
    return finding.status in STATUSES and stands_in(finding.quote, words)


def _read(
    lists: Mapping[str, Sequence[Any]],
    view: DerivingView,
    findings: Mapping[str, Diagnosis],
    reply: int,
) -> Iterator[WithFault]:
    for name, kind in KINDS.items():
        for entry in lists[name]:
            said = entry.get("findings") if isinstance(entry, Mapping) else None
            named = [n for n in said if isinstance(n, str)] if isinstance(said, list) else []
            found = [findings[n] for n in named if n in findings]
            quotes = [f.quote for f in found if f.quote]
            source = DraftSource(
                kind="comparison",
                subject_id=view.subject_id,
                quote=quotes[0] if quotes else None,
                reply=reply,
            )
            fault = (
                None
                if found
                else Fault(
                    "unsupported",
                    f"it rests on {', '.join(named) or 'no finding'}, of which none quotes its response",
                )
            )
            yield WithFault(
                ProposedCriterion(text=text_in(entry, "criterion"), kind=kind, sources=(source,)),
                fault,
            )
