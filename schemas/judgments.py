"""What one annotator said once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from winnow.schemas.base import Record, Value
from winnow.schemas.ids import content_id
from winnow.schemas.step_spans import StepSpan

Kind = Literal["human", "llm", "verifier", "reward_model"]
Order = Literal["ab", "ba"]
Verdict = Literal["a", "b", "tie", "invalid"]
CriterionAnswer = Literal["yes", "no", "not_applicable", "invalid"]
SubjectKind = Literal["prompt", "response", "step", "comparison"]

_MANY = 3
"""Responses from which on a ranking says more than a verdict can."""
_BESIDE = {"judgment_id", "created_at", "seconds", "cost", "source", "source_id"}
"""Columns that an id does not depend on: what was said is the same wherever it was noted and however long it took."""


class ScoreShare(Value):
    """How likely one number was."""

    score: float
    """The number."""

    share: Annotated[float, Field(ge=0, le=1)]
    """Its probability among the numbers that were allowed."""


class Rating(Value):
    """A number given to one response on one attribute."""

    response_id: str
    """Response that was rated."""

    attribute: str
    """What was rated, such as "helpfulness"."""

    score: float
    """The number, on the scale of the attribute."""

    expected: float | None = None
    """The mean of `distribution`; None where there is none."""

    distribution: tuple[ScoreShare, ...] | None = None
    """How likely the annotator found each number that was allowed; None where that is not known."""


class CriterionVerdict(Value):
    """Whether one response meets one criterion."""

    response_id: str
    """Response that was checked."""

    criterion_id: str
    """Criterion it was checked against."""

    verdict: CriterionAnswer
    """Whether the criterion is met."""

    evidence: str | None = None
    """The part of the response that shows it, or of a person's words that were read for it; None where none was marked."""


class Judgment(Record):
    """One verdict, ranking, set of ratings or set of criterion verdicts on one subject. Never overwritten."""

    table: ClassVar[str] = "judgments"
    version: ClassVar[int] = 2
    key: ClassVar[tuple[str, ...]] = ("judgment_id",)
    copied: ClassVar[Mapping[str, str]] = {"subject_id": "comparison_id"}

    judgment_id: str = ""
    """SHA-256 of everything else but `created_at`, `seconds`, `cost`, `source` and `source_id`; filled in."""

    comparison_id: str | None = None
    """The comparison that was judged; None where the subject is something else."""

    annotator_id: str
    """Who judged: a judge with its model such as "pairwise@1:smollm2", a verifier, or a person."""

    kind: Kind
    """What sort of annotator it is."""

    order: Order | None = None
    """Which response was shown first; None where no order exists, as for a verifier."""

    verdict: Verdict | None = None
    """The better response of a comparison by name, never by place; "invalid" where the reply could not be read, whatever
    the subject; None for what was read of a subject that is no comparison, and for a ranking of more than two."""

    strength: Annotated[int, Field(ge=-3, le=3)] | None = None
    """How much better: negative for a, positive for b; None where the annotator did not say."""

    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    """The annotator's own probability that b is better, with half of that of a tie; None where it gave none."""

    ranking: tuple[str, ...] | None = None
    """response_ids, best first, where the annotator ranked a group; None otherwise."""

    ranks: tuple[int, ...] | None = None
    """Rank of each of `ranking`, 1 the best, where some share one and no verdict says so; None otherwise."""

    ratings: tuple[Rating, ...] = ()
    """Ratings by attribute, where the annotator gave any."""

    criteria: tuple[CriterionVerdict, ...] = ()
    """Verdicts by criterion, where the annotator gave any."""

    rationale: str = ""
    """Why, as the annotator wrote it; for an invalid verdict, the raw reply."""

    rubric_id: str | None = None
    """Rubric it was judged by; None where there was none."""

    request_id: str | None = None
    """Completion it was read from, or for people the queue's item they answered; None where nothing was asked."""

    cost: float | None = None
    """What it cost in the currency of the settings; None where unknown."""

    created_at: datetime | None = None
    """When it was given, for people; None for a model, whose judgment depends on nothing but the request."""

    seconds: Annotated[float, Field(ge=0)] | None = None
    """How long the annotator took, in seconds; None where unknown."""

    supersedes: str | None = None
    """judgment_id that this one replaces because the annotator changed the answer; None for a first answer."""

    is_discarded: bool = False
    """Whether a person put the comparison aside instead of judging it; the verdict is then "invalid"."""

    occurrence: Annotated[int, Field(ge=0)] = 0
    """How often the annotator had said the very same of the same comparison before, where a file holds repeats."""

    source: str | None = None
    """File or data set and row that it came from first, such as "votes.csv:17"; None where it was asked for here."""

    source_id: str | None = None
    """The file's own id of it; None where it has none."""

    subject_kind: SubjectKind = "comparison"
    """What was judged."""

    subject_id: str = ""
    """Id of what was judged: a prompt_id, a response_id, a comparison_id, or for a step what `step_id` gives; filled in
    for a comparison."""

    step: StepSpan | None = None
    """Where the step that was judged lies in its response; None where the subject is no step, or nobody says."""

    @model_validator(mode="before")
    @classmethod
    def _fill_id(cls, data: dict[str, object]) -> dict[str, object]:
        data = _with_subject(data)
        if data.get("judgment_id"):
            return data
        draft = cls.model_validate({**data, "judgment_id": "-"})
        return {**data, "judgment_id": content_id(draft.as_content())}

    def as_content(self) -> dict[str, Any]:
        """Return it as ids depend on it."""
        said = self.model_dump(exclude=_BESIDE)
        for name in ("supersedes", "is_discarded", "occurrence", "ranks", "step"):
            if not said[name]:
                del said[name]  # ids from before there was this column stay as they are
        of_subject = ("subject_kind", "subject_id") if self.comparison_id else ("comparison_id",)
        for name in of_subject:
            del said[name]  # nor does the id of a comparison's judgment depend on later columns
        for rating in said["ratings"]:
            for name in ("expected", "distribution"):
                if rating[name] is None:
                    del rating[name]
        return said

    @model_validator(mode="after")
    def _check_subject(self) -> Self:
        if not self.subject_id:
            raise ValueError(
                f"the {self.subject_kind} that was judged is not named; give its id as subject_id"
            )
        if self.subject_kind == "comparison":
            if self.comparison_id != self.subject_id:
                raise ValueError(
                    f"comparison_id is {self.comparison_id!r}, but subject_id {self.subject_id!r}; give one of them"
                )
            if self.verdict is None and len(self.ranking or ()) < _MANY:
                raise ValueError("a comparison was judged, but there is no verdict")
            self._check_ranks()
        else:
            self._check_no_comparison()
        return self

    def _check_ranks(self) -> None:
        ranks = self.ranks
        if ranks is not None and (
            len(ranks) != len(self.ranking or ()) or list(ranks) != sorted(ranks) or ranks[0] != 1
        ):
            raise ValueError(
                f"ranks are {list(ranks)}, wanted one for each of the {len(self.ranking or ())} in ranking, from 1 upwards"
            )

    def _check_no_comparison(self) -> None:
        if self.verdict not in (None, "invalid"):
            raise ValueError(
                f"verdict is {self.verdict!r}, which says what is better of two, but the subject is a {self.subject_kind}"
            )
        for name in ("comparison_id", "order", "strength", "ranking", "ranks"):
            if getattr(self, name) is not None:
                raise ValueError(
                    f"{name} belongs to a comparison, but the subject is a {self.subject_kind}"
                )


def step_id(response_id: str, index: int) -> str:
    """Name one step of a response, the first with index 0, as the subject of a judgment."""
    return f"{response_id}:{index}"


def _with_subject(data: dict[str, object]) -> dict[str, object]:
    """Name the subject of a judgment that names a comparison alone, and the other way round."""
    if data.get("subject_kind", "comparison") != "comparison":
        return data
    named = {name: data.get(name) for name in ("comparison_id", "subject_id")}
    known = next((name for name in named.values() if name), None)
    return data if known is None else {**data, **{k: v or known for k, v in named.items()}}


VERIFIED = "verified by people"
"""Basis of gold that is what people said when they were asked in rounds: it is the label of its comparison as well."""


class Gold(Record):
    """A verdict known to be right, against which annotators are measured."""

    table: ClassVar[str] = "gold"
    key: ClassVar[tuple[str, ...]] = ("comparison_id", "basis")

    comparison_id: str
    """The comparison it is about."""

    verdict: Literal["a", "b", "tie"]
    """The better response by name."""

    basis: str
    """Where the certainty comes from, such as "written for the examples"."""
