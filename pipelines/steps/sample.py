"""The step that has models answer the prompts."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

import pyarrow as pa
from pydantic import BeforeValidator, Field

from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.asking.complete import nth
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import Sampling
from winnow.pipelines.sampling.ask import asked_prompts, requests_of, samples_of
from winnow.pipelines.sampling.files import SampledFiles, read_sampled, stage_responses
from winnow.pipelines.steps.finished import once
from winnow.pipelines.steps.step import STEPS, Step, StepContext, WorksOn
from winnow.pipelines.tally import Tally
from winnow.schemas.runs import StageCount
from winnow.schemas.sampled import Sampled
from winnow.warehouse.staging import Staging


class SampleSettings(Sampling):
    """Responses to sample for every prompt from one model."""

    model: str
    """Name of the model in the settings."""

    n: Annotated[int, Field(ge=1)] = 1
    """Responses to each prompt."""


def as_list(entries: Any) -> Any:
    """Take a single entry of settings for a list of it."""
    return [entries] if isinstance(entries, Mapping) else entries


@STEPS.register("sample")
class SampleStep(Step):
    """Have models answer the prompts."""

    subject: ClassVar[WorksOn | None] = "prompts"
    holds: ClassVar[str | None] = "entries"

    entries: Annotated[tuple[SampleSettings, ...], BeforeValidator(as_list)] = ()
    """What is sampled for every prompt."""

    def calls(self) -> Iterator[tuple[str, str]]:
        """List the models, by entry."""
        return ((f"[{i}].model", entry.model) for i, entry in enumerate(self.entries))

    def work(self, at: StepContext) -> list[StageCount]:
        """Sample."""
        earlier = [
            entry for one in at.before if isinstance(one, SampleStep) for entry in one.entries
        ]
        work = partial(
            sample,
            at.staging,
            self.entries,
            at.run_id,
            models=at.models,
            beam=at.beam,
            stage=at.stage,
            chosen=at.chosen,
            before=earlier,
        )
        if not self.entries:
            return [work(answer=at.answer)]  # there is nothing that could be taken up
        return [once(self, at, lambda answer: work(answer=answer))]


def sample(
    staging: Staging,
    settings: Sequence[SampleSettings],
    run_id: str,
    *,
    models: Mapping[str, ModelRef],
    answer: AnswerRequests,
    beam: BeamSettings,
    stage: str = "sample",
    chosen: pa.Array | None = None,
    before: Sequence[SampleSettings] = (),
) -> StageCount:
    """Sample responses to the staged prompts.

    A prompt of which nobody knows what it asks is not asked. Counts requests: each becomes a response or a reject: with
    the failure's reason where the model gave none, as `unfinished_thought` where its text ends before an answer begins.

    Args:
        staging: Holds prompts; gets responses, rejects, and for each model what became of its requests.
        settings: What to sample; entries that differ in nothing but `n` add up.
        run_id: The run.
        models: Models by their names in the settings.
        answer: Has requests answered.
        beam: Where the answers are read.
        stage: Name of the step in counts, rejects and parts of tables.
        chosen: Ids of the prompts that count; None for all.
        before: What earlier steps sampled; samples of equal settings are numbered on from there.
    """
    tally = Tally(stage, "requests", run_id)
    found: list[SampledFiles] = []
    by_model = _by_model(settings, models)
    with staging.shared(stage) as shared, staging.scratch(stage) as scratch:
        for i, (model, entries) in enumerate(by_model, 1):
            earlier = [entry for entry in before if is_same(models[entry.model], model)]
            samples = samples_of(map(_wanted, entries), map(_wanted, earlier))
            requests = RequestFolder(shared.within(str(i)))
            prompts = asked_prompts(staging, chosen, len(samples))
            requests.write(requests_of(batch, model, samples) for batch in prompts)
            answered = answer(
                requests, model=model, asking=f"{nth('model', i, len(by_model))} {model.name}"
            )
            found.append(read_sampled(answered, model, samples, beam))
        n_out = stage_responses(staging, stage, found, scratch)
    for one in found:
        ids, reasons, details, _ = one.rejects.columns
        tally.reject_all("request", ids, reasons, details)
    outcomes = [one.counts(run_id, stage) for one in found if one.n_requests]
    outcomes.sort(key=lambda one: (one.model, one.model_revision))
    staging.write(Sampled, outcomes, part=stage)
    return tally.close(
        staging,
        n_in=sum(one.n_requests for one in found),
        n_out=n_out,
        n_reused=sum(one.n_reused for one in found),
    )


def _wanted(entry: SampleSettings) -> tuple[Sampling, int]:
    return entry.sampling(), entry.n


def _by_model(
    settings: Sequence[SampleSettings], models: Mapping[str, ModelRef]
) -> list[tuple[ModelRef, list[SampleSettings]]]:
    """Put the entries of one exact model together, whatever names it has, so that no sample is counted twice."""
    by_model: dict[tuple[str, str | None, str], tuple[ModelRef, list[SampleSettings]]] = {}
    for entry in settings:
        model = models[entry.model]
        by_model.setdefault(_identity(model), (model, []))[1].append(entry)
    return list(by_model.values())


def sampled_models(
    settings: Sequence[SampleSettings], models: Mapping[str, ModelRef]
) -> list[ModelRef]:
    """List the models that are sampled, in the order in which they are."""
    return [model for model, _ in _by_model(settings, models)]


def is_same(one: ModelRef, other: ModelRef) -> bool:
    """Whether two names stand for one exact model."""
    return _identity(one) == _identity(other)


def _identity(model: ModelRef) -> tuple[str, str | None, str]:
    return model.model, model.revision, model.variant
