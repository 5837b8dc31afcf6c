"""The step that proves rubrics on comparisons that they were not derived from."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from winnow.annotation.rubrics.proving.draft import percent
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.pipelines.labelling.settings import JudgeSettings, models_called
from winnow.pipelines.rubrics.asking_to_prove import Proving, asked_to_prove
from winnow.pipelines.rubrics.deriving import DeriveSettings
from winnow.pipelines.rubrics.flipped import FlippedControls, flipped_controls
from winnow.pipelines.rubrics.holding_out import SHARE, held_out
from winnow.pipelines.rubrics.proving import Proven, baselines_of, prove_staged, rubrics_to_prove
from winnow.pipelines.rubrics.proving_portions import Way
from winnow.pipelines.rubrics.tried_rubrics import tried_on
from winnow.pipelines.steps.step import STEPS, Step, StepContext
from winnow.pipelines.tally import Tally
from winnow.schemas.judgments import Judgment
from winnow.schemas.plurals import counted
from winnow.schemas.rubrics import Proof
from winnow.schemas.runs import StageCount

_TASTE = 0.5
"""Share of the criteria from exchanged labels from which on a warning says that others say them too."""


@STEPS.register("prove")
class ProveStep(ProofThresholds, Step):
    """Prove rubrics and their criteria on held-out comparisons with gold, or else a label.

    What a rubric was derived from, or nearly repeats that, proves nothing of it. Rubrics that were not derived from a release
    are proven on all comparisons. What is refused stays on record with its reason, and no judge judges by it.
    """

    judges: tuple[JudgeSettings, ...] = ()
    """Judges that judge by each rubric; without any, nobody is asked, and the judgments that are there prove what they can."""

    without: bool = True
    """Whether a pairwise judge of each model is asked without a rubric as well, so that the gain is known."""

    control: bool = False
    """Whether the judges judge by the rubric of another prompt as well: one that serves as well proves nothing."""

    flipped: DeriveSettings | None = None
    """A way to derive, as of a step `derive`, that is given exchanged labels: what the judges find by its criteria stands beside what
    they find by the rubrics for the same domain, or for everything. These criteria are not kept."""

    samples: Annotated[int, Field(ge=1)] = 1
    """Replies to each question; more than one needs judges of a temperature above 0."""

    share: Annotated[float, Field(gt=0, lt=1)] = SHARE
    """Share of the comparisons that derived rubrics are proven on; the step `derive` takes the others where it has the same."""

    baselines: dict[str, str] = Field(default_factory=dict)
    """For annotators that judged by rubrics, by name, those that judged the same without; others are found by their model."""

    @model_validator(mode="after")
    def _check_judges(self) -> Self:
        for i, entry in enumerate(self.judges):
            if not entry.build().by_rubric:
                raise ValueError(
                    f"judges[{i}] is {entry.judge!r}, which judges by no rubric; take the judge 'rubric', or give 'pairwise' rubric: true"
                )
            if entry.when is not None:
                raise ValueError(
                    f"judges[{i}] has a when, but is asked everywhere here; leave when out"
                )
            if entry.orders != "both":
                raise ValueError(
                    f"judges[{i}] is shown one order, {entry.orders!r}, which proves nothing; leave orders out"
                )
            if self.samples > 1 and not entry.temperature:
                raise ValueError(
                    f"samples is {self.samples}, but judges[{i}] has temperature 0, which gives the same reply each time; raise it"
                )
        if self.flipped is not None:
            self._check_flipped(self.flipped)
        return self

    def _check_flipped(self, flipped: DeriveSettings) -> None:
        deriver = flipped.build()
        if deriver.subject != "comparison":
            raise ValueError(
                f"flipped.by is {flipped.by!r}, which reads no label; take 'contrast' or 'profile'"
            )
        if deriver.reach == "prompt":
            raise ValueError(
                "flipped.reach is 'prompt', of which too little is held out to compare; set reach: domain, or all"
            )
        if not any(entry.judge == "rubric" for entry in self.judges):
            raise ValueError(
                "flipped needs a judge that judges criterion by criterion; add {judge: rubric, model: ...} to judges"
            )

    def calls(self) -> Iterator[tuple[str, str]]:
        """List the models of the judges, by entry."""
        for place, name in models_called(self.judges):
            yield f"judges{place}", name
        if self.flipped is not None:
            yield "flipped.model", self.flipped.model

    def work(self, at: StepContext) -> list[StageCount]:
        """Prove.

        Counts rubrics and criteria. Rejects each that may not be used, by its reason, and a rubric that nobody judged by as
        `not_judged`.
        """
        tally = Tally(at.stage, "rubrics and criteria", at.run_id)
        at.staging.discard(Proof, at.stage)
        proven, n_reused = self._prove(at)
        number = 1 + sum(isinstance(step, ProveStep) for step in at.before)
        proven = proven._replace(proofs=[_of_step(proof, number) for proof in proven.proofs])
        for gain in proven.gains:
            at.say(f"  {at.stage:<10} {gain}")
        proofs = Proof.to_table(proven.proofs).sort_by("proof_id")
        at.staging.write(Proof, proofs, part=at.stage)
        together = [proof for proof in proven.proofs if proof.annotator_id is None]
        measured = {proof.rubric_id for proof in together}
        for rubric_id in proven.rubric_ids:
            if rubric_id not in measured:
                tally.reject("rubric", rubric_id, "not_judged")
        for proof in together:
            if proof.reason is not None:
                record = "criterion" if proof.criterion_id else "rubric"
                record_id = proof.criterion_id or proof.rubric_id
                tally.reject(record, record_id, proof.reason, proof.detail)
        n_kept = sum(proof.is_kept for proof in together)
        n_in = n_kept + len(tally.rejects)
        return [tally.close(at.staging, n_in=n_in, n_out=n_kept, n_reused=n_reused)]

    def _prove(self, at: StepContext) -> tuple[Proven, int]:
        division = held_out(at.staging, self.share)
        baselines = {**baselines_of(at.staging), **self._own_baselines(), **self.baselines}
        same: dict[str, Any] = {"baselines": baselines}
        if unheard := self._unheard(at):
            at.warn(f"baselines name {', '.join(unheard)}, of whom there is no judgment")
        n_reused = 0
        with ExitStack() as open_files:
            if self.judges:
                ids = rubrics_to_prove(at.staging)
                con = open_files.enter_context(tried_on(at.staging, division, ids, baselines={}))
                proving = Proving(at.models, at.answer, at.beam, self.samples, at.asks_again)
                lent = asked_to_prove(con, at.staging, at.stage, self._wanted(), proving)
                said = open_files.enter_context(lent)
                same |= {"asked": said.asked, "control": said.control}
                n_reused = said.n_reused
                if self.flipped is not None:
                    turned = flipped_controls(
                        at.staging,
                        at.stage,
                        self.flipped,
                        [entry for entry in self.judges if entry.judge == "rubric"],
                        division,
                        proving,
                        share=self.share,
                        run_id=at.run_id,
                    )
                    same["flipped"], n_reused = turned.of_rubrics, n_reused + turned.n_reused
                    _warn_of_taste(at, self.flipped, turned)
                if said.n_unanswered:
                    at.warn(
                        f"{counted(said.n_unanswered, 'judgment')} to prove rubrics by got no answer"
                    )
            thresholds = ProofThresholds.model_validate(
                self.model_dump(include=set(ProofThresholds.model_fields))
            )
            return prove_staged(at.staging, division, thresholds, at.run_id, **same), n_reused

    def _wanted(self) -> dict[Way, tuple[JudgeSettings, ...]]:
        wanted: dict[Way, tuple[JudgeSettings, ...]] = {"votes": self.judges}
        if self.without:
            wanted["without"] = tuple(map(_without, self.judges))
        if self.control:
            wanted["control"] = self.judges
        return wanted

    def _unheard(self, at: StepContext) -> list[str]:
        """List the annotators in `baselines` that judged nothing and are not asked."""
        if not self.baselines:
            return []
        judged = at.staging.read(Judgment, ("annotator_id",))["annotator_id"].unique().to_pylist()
        asked = (entry.annotator_id for entry in (*self.judges, *map(_without, self.judges)))
        return sorted({*self.baselines, *self.baselines.values()} - {*judged, *asked})

    def _own_baselines(self) -> dict[str, str]:
        if not self.without:
            return {}
        return {entry.annotator_id: _without(entry).annotator_id for entry in self.judges}


def _of_step(proof: Proof, number: int) -> Proof:
    """Say which step `prove` of its run measured it."""
    return Proof.model_validate({**proof.model_dump(), "step": number, "proof_id": ""})


def _warn_of_taste(at: StepContext, settings: DeriveSettings, found: FlippedControls) -> None:
    """Warn where exchanged labels bring forth what the labels do."""
    if not found.overlaps:
        at.warn(f"flipped: {settings.title} derived nothing from exchanged labels to compare with")
    for domain, overlap in found.overlaps.items():
        if overlap >= _TASTE:
            where = "" if domain is None else f" for domain {domain}"
            at.warn(
                f"{percent(overlap)} of the criteria{where} that {settings.title} derives from exchanged labels are those that the labels "
                "bring forth as well: they tell what the model likes, whatever the label"
            )


def _without(entry: JudgeSettings) -> JudgeSettings:
    """Return the judge that judges the same without a rubric: itself where it is pairwise, else a pairwise one of its model."""
    options = {}
    if entry.judge == "pairwise":
        options = {k: v for k, v in entry.options.items() if k not in ("rubric", "unproven")}
    return JudgeSettings(
        judge="pairwise",
        model=entry.model,
        temperature=entry.temperature,
        samples=entry.samples,
        options=options,
    )
