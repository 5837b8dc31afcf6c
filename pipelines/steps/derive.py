"""The step that derives rubrics."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.rubrics.deriving import DeriverAtWork, DeriveSettings, DraftFolder, draw
from winnow.pipelines.rubrics.gathering import gather
from winnow.pipelines.rubrics.subjects import FoundSubjects, find_subjects
from winnow.pipelines.steps.finished import once
from winnow.pipelines.steps.step import STEPS, Step, StepContext, WorksOn
from winnow.pipelines.tally import Tally
from winnow.schemas.plurals import counted
from winnow.schemas.runs import StageCount
from winnow.warehouse.places.placed_file import on_disk

_NOUNS = {
    "comparison": ("comparison", "comparisons"),
    "words": ("subject with words", "subjects with words"),
    "prompt": ("prompt", "prompts"),
}


@STEPS.register("derive")
class DeriveStep(Step):
    """Derive rubrics from what is known of responses: labels, what people and judges wrote, prompts, and reference answers.

    What is drawn from comparisons, and from what was said of them, is drawn from those alone that are not held out to prove on.
    """

    holds: ClassVar[str | None] = "settings"
    changes_labels: ClassVar[bool] = False

    settings: DeriveSettings
    """The way, and the model that it asks."""

    @property
    def works_on(self) -> WorksOn:
        """Comparisons, or of a way that reads words or prompts, prompts."""
        return "comparisons" if self.settings.build().subject == "comparison" else "prompts"

    def calls(self) -> Iterator[tuple[str, str]]:
        """Name the model."""
        yield "model", self.settings.model

    def work(self, at: StepContext) -> list[StageCount]:
        """Stage rubrics, their criteria, what these rest on, and the verdicts that were read from people's words."""
        work = partial(derive, self.settings, at)
        return [once(self, at, work, asks_again=at.asks_again)]


def derive(settings: DeriveSettings, at: StepContext, answer: AnswerRequests) -> StageCount:
    """Derive rubrics.

    Counts criteria that were proposed, and what nothing could be drawn from. Each criterion is staged, in the words of the first
    that proposed it, or a reject: as it is written (`empty`, `tautology`, `compound`, `bound_to_example`, `leaks_reference`),
    `unsupported` where its quote is not in its source, `duplicate` and `over_cap` within one reply, `contradicts` and `partial` of
    what one person wrote, `people_disagree` of what several did, `revised` where a later version does without it,
    `not_above_chance` and `one_order` where the last version fails on its own pair, and `single_example` where too few prompts
    propose it. A request about a subject is a reject, by the subject's id, where it got no answer, with the failure's reason, or one
    that is `unreadable`, and where it holds nothing to draw from (`no_reference` of nuggets); the subject itself stays in the run. What
    cannot be read is asked for once more where unreadable replies of judges are.
    """
    tally, model, deriver = (
        Tally(at.stage, "criteria", at.run_id),
        at.models[settings.model],
        settings.build(),
    )
    with at.staging.shared(at.stage) as shared, at.staging.scratch(at.stage) as scratch:
        found = find_subjects(
            at.staging,
            deriver,
            shared.within("subjects"),
            scratch / "spill",
            share=settings.share,
            chosen=at.chosen,
        )
        drafted = DraftFolder(shared.within("drafted"))
        n_reused = draw(
            found.portions,
            DeriverAtWork(deriver, model, settings.temperature),
            answer=partial(answer, asking=f"{settings.title} asks {model.name}"),
            beam=at.beam,
            folder=shared.within("asked"),
            drafted=drafted,
            asks_again=at.asks_again,
        )
        made = gather(
            on_disk(drafted.drafts(), scratch / "drafts"),
            at.staging,
            tally,
            scratch,
            source=settings.source,
            derived_from=at.run_id,
            min_support=settings.min_support,
        )
        n_refused = made.n_refused
        for record, files in (
            ("criterion", drafted.refused()),
            ("request", drafted.unanswered()),
        ):
            n_refused += sum(file.metadata().num_rows for file in files)
            tally.reject_files(record, on_disk(files, scratch / record))
        count = tally.close(
            at.staging, n_in=made.n_criteria + n_refused, n_out=made.n_criteria, n_reused=n_reused
        )
    verdicts = f", {counted(made.n_answers, 'verdict')} on responses" if made.n_answers else ""
    at.say(
        f"  {at.stage:<10} {_said(settings, found)}: {counted(made.n_criteria, 'criterion', 'criteria')} in {counted(made.n_rubrics, 'rubric')}{verdicts}"
    )
    if not found.n:
        at.warn(_nothing(settings, found))
    elif found.n_without_domain:
        at.warn(
            f"derive by {settings.by}: {counted(found.n_without_domain, *_NOUNS[deriver.subject])} left out, whose prompt has no "
            "domain; map a column to 'domain', or set reach: all"
        )
    return count


def _said(settings: DeriveSettings, found: FoundSubjects) -> str:
    deriver = settings.build()
    drawn = counted(found.n, *_NOUNS[deriver.subject])
    if deriver.subject == "prompt":
        return f"{deriver.name} from {drawn}"
    return f"{deriver.name} from {drawn}, {found.n_held_out:,} held out"


def _nothing(settings: DeriveSettings, found: FoundSubjects) -> str:
    """Say why there is nothing to derive from, and what to do."""
    by = settings.by
    if found.n_without_domain:
        return (
            f"derive by {by}: no prompt has a domain; map a column to 'domain', or set reach: all"
        )
    return {
        "comparison": f"derive by {by}: no comparison that is not held out has a label that decides; put an aggregate ahead of it, or give gold",
        "words": f"derive by {by}: nobody wrote down a reason; it reads the rationales of judgments",
        "prompt": f"derive by {by}: there is no prompt",
    }[settings.build().subject]
