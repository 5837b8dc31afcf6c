"""How to judge: rubrics, their criteria, where each came from, and what was shown of it."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from winnow.schemas.base import Record, Value
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Order

CriterionKind = Literal["hard_rule", "principle", "checklist"]
Reach = Literal["prompt", "domain", "all"]
"""What a rubric applies to: one prompt, those of one domain, or all."""
Importance = Literal["essential", "important", "optional", "pitfall"]
SourceKind = Literal["prompt", "response", "comparison", "judgment", "document", "criterion"]
Refused = Literal[
    "empty",
    "unsupported",
    "single_example",
    "tautology",
    "compound",
    "bound_to_example",
    "leaks_reference",
    "duplicate",
    "mirror",
    "contradicts",
    "over_cap",
    "too_rare",
    "not_above_chance",
    "one_order",
    "length",
    "judges_disagree",
    "people_disagree",
    "no_gain",
]
"""Why a criterion or a rubric is not used: the first five of the way it is written, `bound_to_example` and `leaks_reference` of
what it names, up to `over_cap` of others beside it, the rest of what held-out comparisons say."""


class ScoreLevel(Value):
    """What a response is like that earns one score on a graded criterion."""

    score: float
    """The score."""

    text: str
    """What such a response is like."""


class Rubric(Record):
    """A set of criteria for one prompt, one domain or everything."""

    table: ClassVar[str] = "rubrics"
    version: ClassVar[int] = 2
    key: ClassVar[tuple[str, ...]] = ("rubric_id",)

    rubric_id: str
    """SHA-256 of the rubric's criteria and what it applies to."""

    name: str
    """What people call it."""

    prompt_id: str | None = None
    """The one prompt it applies to; None where it applies to more."""

    domain: str | None = None
    """The one domain it applies to; None where it applies to all."""

    source: str
    """Who wrote or derived it."""

    replaces: str | None = None
    """rubric_id of the version before, which people reviewed; None for a first version."""

    derived_from: str | None = None
    """run_id of the run that derived it, or what its file names; None where people wrote it."""


class Criterion(Record):
    """One thing a good response does, or of a pitfall what it must not do."""

    table: ClassVar[str] = "criteria"
    version: ClassVar[int] = 2
    key: ClassVar[tuple[str, ...]] = ("criterion_id",)

    criterion_id: str
    """SHA-256 of rubric_id, kind and text, and of the turn where it is about one."""

    rubric_id: str
    """Rubric it belongs to."""

    kind: CriterionKind
    """A rule that must hold, a principle to weigh, or an item that is met or not."""

    text: str
    """The criterion, as annotators and judges read it."""

    weight: float = 1.0
    """How much it counts beside the others of its rubric."""

    source: str
    """Who wrote or derived it."""

    validity: Annotated[float, Field(ge=0, le=1)] | None = None
    """How often it alone predicts the gold verdict; None where not measured."""

    title: str | None = None
    """What it is called in a few words; None where it has no other name than its text."""

    importance: Importance | None = None
    """How much depends on it; a response that meets a pitfall loses its weight. None where nobody said."""

    turn: Annotated[int, Field(ge=1)] | None = None
    """The user's turn whose answer it is about, counted from 1; None for the response as a whole."""

    levels: tuple[ScoreLevel, ...] = ()
    """What responses of each score are like, lowest score first; empty where it is met or not."""

    requires: tuple[str, ...] = ()
    """criterion_ids of the same rubric that have to be met before this one counts."""

    place: Annotated[int, Field(ge=1)] | None = None
    """Where it stands in its rubric, counted from 1; None where nobody put them in order."""


class CriterionSource(Record):
    """What one criterion rests on: a comparison, a vote, a sentence."""

    table: ClassVar[str] = "criterion_sources"
    key: ClassVar[tuple[str, ...]] = ("source_id",)

    source_id: str = ""
    """SHA-256 of everything else; filled in."""

    criterion_id: str
    """The criterion."""

    kind: SourceKind
    """What it rests on; "criterion" for one that was merged into it."""

    subject_id: str
    """Id of that: a prompt_id, response_id, comparison_id, judgment_id or criterion_id, or the name of a document."""

    quote: str | None = None
    """The words there that say so; None where none were quoted."""

    order: Order | None = None
    """Which of two responses was shown first to whom it was drawn by; None where no two were shown."""

    annotator_id: str | None = None
    """Who drew it from there: a model, or the person who wrote it; None where nobody is known."""

    request_id: str | None = None
    """Completion that it was read from; None where nothing was asked."""

    @model_validator(mode="before")
    @classmethod
    def _fill_id(cls, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("source_id"):
            return data
        said = cls.model_validate({**data, "source_id": "-"}).model_dump(exclude={"source_id"})
        return {**data, "source_id": content_id(said)}


class MeasuredFigure(Value):
    """A figure with its interval."""

    value: float
    """The figure."""

    low: float | None = None
    """Lower end of its interval; None where no interval can be given."""

    high: float | None = None
    """Upper end of its interval; None where no interval can be given."""

    n: Annotated[int, Field(ge=0)] = 0
    """Cases behind it."""


class SetOfSize(Value):
    """How right so many criteria of a rubric are by their totals, beside as many others; a tie is half right."""

    n_criteria: Annotated[int, Field(ge=1)]
    """How many criteria."""

    best: MeasuredFigure | None = None
    """Share of the comparisons in which the best so many prefer what the label does. Which are the best was seen on other
    comparisons; None where there are no others."""

    ties: Annotated[float, Field(ge=0, le=1)] | None = None
    """Share of the comparisons whose responses have equal totals by the best so many, or none."""

    random: MeasuredFigure
    """The same share of so many drawn at random, on average over the draws."""

    over_random: MeasuredFigure | None = None
    """`best` less `random`, on the same comparisons; None of all criteria, which leave nothing to draw."""

    flipped: MeasuredFigure | None = None
    """The same share of so many drawn at random of those derived from exchanged labels; None where there are not so many."""


class ProofControls(Value):
    """What the criteria of a rubric are worth together, by how many they are, and beside what is no criterion."""

    sizes: tuple[SetOfSize, ...]
    """From one criterion to all of them."""

    length: MeasuredFigure | None = None
    """Share of the comparisons in which the length alone prefers what the label does: the longer or the shorter response, as was
    right more often on other comparisons. None where nobody knows lengths."""

    over_length: MeasuredFigure | None = None
    """Accuracy of all criteria less that of the length, on the same comparisons."""

    matched: MeasuredFigure | None = None
    """Accuracy of all criteria where they favour the longer response as often as the shorter one, the lower end one-sided; None
    where they always favour the same."""

    n_flipped: Annotated[int, Field(ge=1)] | None = None
    """Criteria that were derived from exchanged labels; None where none were."""

    flipped_overlap: Annotated[float, Field(ge=0, le=1)] | None = None
    """Share of those that say, in nearly the same words, what criteria derived from the labels say."""

    @property
    def whole(self) -> MeasuredFigure:
        """Accuracy of all criteria together."""
        return self.sizes[-1].random


class Proof(Record):
    """What held-out comparisons say of a rubric or of one criterion of it, and whether it may be used."""

    table: ClassVar[str] = "proofs"
    key: ClassVar[tuple[str, ...]] = ("proof_id",)

    proof_id: str = ""
    """SHA-256 of everything else; filled in."""

    run_id: str
    """Run that measured it."""

    step: Annotated[int, Field(ge=1)] = 1
    """Which of the steps `prove` of its run measured it, counted from 1; of several the last one counts."""

    rubric_id: str
    """The rubric."""

    criterion_id: str | None = None
    """The criterion; None where the rubric as a whole was measured."""

    annotator_id: str | None = None
    """The judge that applied it; None for all judges together, weighed by their reliability."""

    n_comparisons: Annotated[int, Field(ge=0)]
    """Held-out comparisons with a label; none that it was derived from is among them, nor a near-duplicate of one."""

    n_tried: Annotated[int, Field(ge=1)] = 1
    """Criteria or rubrics that were measured beside each other, which its bound allows for."""

    applies: MeasuredFigure | None = None
    """Share of responses of which it can be said whether they meet it."""

    separates: MeasuredFigure | None = None
    """Share of comparisons of which one response meets it and the other does not."""

    accuracy: MeasuredFigure | None = None
    """Share of those that it separates in which the label's response meets it, half of a rubric's ties counted; the lower end
    allows for `n_tried`."""

    both_orders: MeasuredFigure | None = None
    """Share of comparisons that the rubric decides alike in both orders; None where none was asked in both."""

    gain: MeasuredFigure | None = None
    """Accuracy of judging with it less that of judging without; None where nobody judged without."""

    left_out: MeasuredFigure | None = None
    """Accuracy of the rubric less that of the rubric without this criterion; None for a rubric."""

    judge_agreement: MeasuredFigure | None = None
    """Agreement of the judges on it beyond chance, 1 for full; None for one judge."""

    people_agreement: MeasuredFigure | None = None
    """Agreement of the judges with people on it, 0..1; None where no person gave a verdict by criterion."""

    length_correlation: MeasuredFigure | None = None
    """Rank correlation of meeting it with the length of the response, -1..1; None where nothing varies."""

    controls: ProofControls | None = None
    """What its criteria are worth by their number and beside controls; None of a criterion, of a rubric for one prompt, and by one
    judge alone."""

    is_kept: bool
    """Whether it may be used."""

    reason: Refused | None = None
    """Why not; None where it may be used."""

    detail: str = ""
    """The reason in words, with the figures and the threshold."""

    @model_validator(mode="before")
    @classmethod
    def _fill_id(cls, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("proof_id"):
            return data
        said = cls.model_validate({**data, "proof_id": "-"}).model_dump(exclude={"proof_id"})
        # The ids of proofs that say no more than proofs said before are what they were.
        if said["controls"] is None:
            del said["controls"]
        if said["step"] == 1:
            del said["step"]
        return {**data, "proof_id": content_id(said)}

    @property
    def is_unmeasured(self) -> bool:
        """Whether it refuses without looking at any comparison, as merging does; no later step of its run undoes that."""
        return not self.is_kept and not self.n_comparisons

    @property
    def is_by_family(self) -> bool:
        """Whether it is kept for what its family proved, its own comparisons being too few; `detail` tells of it."""
        low = None if self.accuracy is None else self.accuracy.low
        return self.is_kept and bool(self.detail) and not is_above_half(low)


def is_above_half(low: float | None) -> bool:
    """Say whether an accuracy with this lower bound is above chance by itself."""
    return low is not None and low > 0.5


class CriterionReview(Record):
    """What one person said of one criterion of a rubric."""

    table: ClassVar[str] = "criterion_reviews"
    key: ClassVar[tuple[str, ...]] = ("answer_id", "criterion_id")

    answer_id: str
    """Answer it was read from."""

    criterion_id: str
    """The criterion that was reviewed."""

    annotator_id: str
    """Who reviewed it."""

    decision: Literal["approve", "edit", "reject", "discarded"]
    """What to do with it; "discarded" where the person put the whole rubric aside."""

    text: str | None = None
    """The criterion as it should read, for an edit; None otherwise."""

    reason: str = ""
    """Why, as the person wrote it."""

    supersedes: str | None = None
    """answer_id of the review that this one replaces; None for a first review."""
