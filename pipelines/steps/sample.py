"""The step that has models answer the prompts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator, Field

from winnow.pipelines.asking.complete import Complete, nth
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result, Sampling
from winnow.pipelines.inference.thoughts import Parted
from winnow.pipelines.known_texts import known_prompts
from winnow.pipelines.steps.step import STEPS, Step, StepContext, WorksOn
from winnow.pipelines.tally import Tally
from winnow.schemas.ids import canonical_json
from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.schemas.sampled import Sampled
from winnow.warehouse.staging import Staging


class SampleSettings(Sampling):
    """Responses to sample for every prompt from one model."""

    model: str
    """Name of the model in the settings."""

    n: Annotated[int, Field(ge=1)] = 1
    """Responses to each prompt."""

    def sampling(self) -> Sampling:
        """Return the part that the model needs to know."""
        return Sampling.model_validate(self.model_dump(include=set(Sampling.model_fields)))


UNFINISHED = "unfinished_thought"
"""Why a request whose text ends within the thought became no response."""


class Unanswered(NamedTuple):
    """A request that became no response."""

    request_id: str
    """The request."""

    reason: str
    """The reason, by name."""

    detail: str
    """What was found, in words."""


class SampleRequest(NamedTuple):
    """A request and the prompt that it answers."""

    prompt_id: str
    """The prompt."""

    request: ChatRequest
    """The request."""


class PromptRequest(Protocol):
    """A request whose answer is to become a response."""

    @property
    def prompt_id(self) -> str:
        """The prompt that it answers."""
        ...

    @property
    def request(self) -> ChatRequest:
        """The request."""
        ...


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
        count = sample(
            at.staging,
            self.entries,
            at.run_id,
            models=at.models,
            complete=at.complete,
            stage=at.stage,
            chosen=at.chosen,
            before=earlier,
        )
        return [count]


def sample(
    staging: Staging,
    settings: Sequence[SampleSettings],
    run_id: str,
    *,
    models: Mapping[str, ModelRef],
    complete: Complete,
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
        complete: Has requests answered.
        stage: Name of the step in counts, rejects and parts of tables.
        chosen: Ids of the prompts that count; None for all.
        before: What earlier steps sampled; samples of equal settings are numbered on from there.
    """
    tally = Tally(stage, "requests", run_id)
    table = known_prompts(staging)
    if chosen is not None:
        table = table.filter(pc.is_in(table["prompt_id"], chosen))
    prompts = sorted(Prompt.from_table(table), key=lambda p: p.prompt_id)
    responses: list[Response] = []
    outcomes: list[Sampled] = []
    n_asked = n_reused = 0
    by_model = _by_model(settings, models)
    for i, (model, entries) in enumerate(by_model, 1):
        earlier = [entry for entry in before if is_same(models[entry.model], model)]
        asked = list(requests_for(prompts, entries, model, earlier))
        asking = f"{nth('model', i, len(by_model))} {model.name}"
        answers = complete([a.request for a in asked], model=model, asking=asking)
        n_asked, n_reused = n_asked + len(asked), n_reused + answers.n_reused
        read = [read_answer(one, answers.results[one.request.request_id]) for one in asked]
        for found in read:
            if isinstance(found, Response):
                responses.append(found)
            else:
                tally.reject("request", *found)
        if asked:
            outcomes.append(became(model, read, run_id, stage))
    responses.sort(key=lambda r: r.response_id)
    staging.write(Response, responses, part=stage)
    outcomes.sort(key=lambda one: (one.model, one.model_revision))
    staging.write(Sampled, outcomes, part=stage)
    return tally.close(staging, n_in=n_asked, n_out=len(responses), n_reused=n_reused)


def requests_for(
    prompts: Sequence[Prompt],
    settings: Sequence[SampleSettings],
    model: ModelRef,
    before: Sequence[SampleSettings] = (),
) -> Iterator[SampleRequest]:
    """Write the requests to one model; samples of equal settings are numbered on from entry to entry, and from those before."""
    n_earlier: Counter[Sampling] = Counter()
    for entry in before:
        n_earlier[entry.sampling()] += entry.n
    for prompt in prompts:
        told = model_input(prompt)
        n_before = n_earlier.copy()
        for entry in settings:
            sampling = entry.sampling()
            start = n_before[sampling]
            n_before[sampling] += entry.n
            for index in range(start, start + entry.n):
                request = model.ask(
                    messages=told.messages(),
                    tools=told.tools,
                    sampling=sampling,
                    sample_index=index,
                )
                yield SampleRequest(prompt.prompt_id, request)


def read_answer(asked: PromptRequest, result: Result) -> Response | Unanswered:
    """Read what became of a request: a response, its thought beside the text, or why there is none."""
    if isinstance(result, Failure):
        return Unanswered(result.request_id, result.reason, result.detail)
    parted = result.parted(asked.request.messages)
    if not parted.is_finished:
        return Unanswered(result.request_id, UNFINISHED, _cut(result))
    return to_response(asked, result, parted)


def _cut(completion: Completion) -> str:
    why = "max_tokens" if completion.finish_reason == "length" else completion.finish_reason
    counted = "" if completion.n_tokens is None else f"{completion.n_tokens:,} tokens of "
    return (
        f"{counted}thought and no answer, ended by {why or 'what the server does not say'}; "
        "raise max_tokens, or have the model think less"
    )


def to_response(asked: PromptRequest, completion: Completion, parted: Parted) -> Response:
    """Turn what a model answered into the response record."""
    request = asked.request
    return Response(
        prompt_id=asked.prompt_id,
        text=parted.answer,
        reasoning=parted.thought,
        tool_calls=completion.tool_calls,
        made="sampled",
        model=request.model,
        model_revision=request.revision,
        sampling=canonical_json(request.sampling.model_dump(mode="json")),
        sample_index=request.sample_index,
        finish_reason="stop" if completion.finish_reason == "scored" else completion.finish_reason,
        n_tokens=completion.n_tokens,
        logprob=completion.logprob,
        request_id=request.request_id,
    )


def became(
    model: ModelRef, read: Sequence[Response | Unanswered], run_id: str, stage: str
) -> Sampled:
    """Count what became of the requests of one step to one model."""
    responses = [found for found in read if isinstance(found, Response)]
    reasons = Counter(found.reason for found in read if isinstance(found, Unanswered))
    return Sampled(
        run_id=run_id,
        stage=stage,
        model=model.model,
        model_revision=model.revision or "",
        n_requests=len(read),
        n_failed=reasons.total() - reasons[UNFINISHED],
        n_unfinished=reasons[UNFINISHED],
        n_responses=len(responses),
        n_empty=sum(not r.words().strip() and not r.tool_calls for r in responses),
        n_cut_off=sum(r.finish_reason == "length" for r in responses),
        n_end_unknown=sum(r.finish_reason is None for r in responses),
        n_with_thought=sum(r.reasoning is not None for r in responses),
    )


def _by_model(
    settings: Sequence[SampleSettings], models: Mapping[str, ModelRef]
) -> list[tuple[ModelRef, list[SampleSettings]]]:
    """Put the entries of one exact model together, whatever names it has, so that no sample is counted twice."""
    by_model: dict[tuple[str, str | None, str], tuple[ModelRef, list[SampleSettings]]] = {}
    for entry in settings:
        model = models[entry.model]
        by_model.setdefault(_identity(model), (model, []))[1].append(entry)
    return list(by_model.values())


def is_same(one: ModelRef, other: ModelRef) -> bool:
    """Whether two names stand for one exact model."""
    return _identity(one) == _identity(other)


def _identity(model: ModelRef) -> tuple[str, str | None, str]:
    return model.model, model.revision, model.variant
