"""A small staged run: what tests build on, all of it real records in a real staging folder."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from winnow.annotation.judge import ComparisonView, Reply, SubjectView
from winnow.pipelines.asking.answer import AnsweredRequests, AnswerRequests
from winnow.pipelines.asking.answer import answer as answer_requests
from winnow.pipelines.asking.attempt import write_failures
from winnow.pipelines.asking.complete import Answers, Complete, complete
from winnow.pipelines.asking.shards import RequestFolder, own_ids, requests_in, whole
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Sampling
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.exemplars import read_exemplars, write_exemplars
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import in_each_order
from winnow.pipelines.sampling.ask import samples_of
from winnow.pipelines.steps.sample import SampleSettings
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment, Order
from winnow.schemas.model_input import model_input
from winnow.schemas.prices import Price
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.staging import Staging

RUN = "r" * 64
BEAM = BeamSettings()
NOBODY = OpenAIModel(model="toy", urls=("http://127.0.0.1:9/v1",), deadline_s=0.1)
"""A model that would fail if it were ever called: its answers are in the store."""
TOY = ModelRef(name="toy", model="toy", revision="1", path="toy", settings=NOBODY)
PRICED = TOY.model_copy(
    update={"settings": NOBODY.model_copy(update={"price": Price(read=2, generated=3)})}
)
"""The same with a price."""


def ask(text: str, reference: str | None = None, **more: object) -> Prompt:
    messages = (Message(role="user", content=text),)
    return Prompt.model_validate(
        {"messages": messages, "reference": reference, "source": "toy.jsonl:1", **more}
    )


def answer(prompt: Prompt, text: str, model: str = "someone", **more: object) -> Response:
    return Response.model_validate(
        {"prompt_id": prompt.prompt_id, "text": text, "model": model, **more}
    )


def compare_two(one: Response, other: Response) -> Comparison:
    ids = (one.response_id, other.response_id)
    return Comparison(prompt_id=one.prompt_id, response_ids=ids, strategy="imported")


def judge_one(
    comparison: Comparison,
    verdict: str,
    annotator: str = "form@1",
    order: str | None = None,
    kind: str = "verifier",
) -> Judgment:
    return Judgment.model_validate(
        {
            "comparison_id": comparison.comparison_id,
            "annotator_id": annotator,
            "kind": kind,
            "order": order,
            "verdict": verdict,
        }
    )


def stage(root: Path, *records: Prompt | Response | Comparison | Judgment) -> Staging:
    staging = Staging(root)
    for kind in (Prompt, Response, Comparison, Judgment):
        staging.write(kind, [r for r in records if isinstance(r, kind)], part="read")
    return staging


class AskedPair(NamedTuple):
    """A pair as a judge of one question is asked about it."""

    view: ComparisonView
    order: Order
    request: ChatRequest


def asked_of_pairs(
    views: Sequence[ComparisonView], entry: JudgeSettings, model: ModelRef = TOY
) -> list[AskedPair]:
    """Write the one question of a judge about each pair in each of its orders."""
    by_id = {view.comparison_id: view for view in views}
    return [
        AskedPair(by_id[subject.subject_id], subject.order, request)
        for subject in in_each_order(views, entry.shown)
        for request in requests_about(subject, entry, model)
    ]


def requests_about(
    subject: SubjectView,
    entry: JudgeSettings,
    model: ModelRef = TOY,
    replies: Sequence[Reply] = (),
) -> list[ChatRequest]:
    """Make the requests of a round about a subject, one by one."""
    return [
        model.ask(
            task=question.task,
            messages=question.messages,
            tools=question.tools,
            json_schema=question.json_schema,
            scored_chars=question.scored_chars,
            sampling=Sampling(
                temperature=entry.temperature
                if question.temperature is None
                else question.temperature,
                max_tokens=question.max_tokens,
                logprobs=question.logprobs,
            ),
        )
        for question in entry.build().ask(subject, replies)
    ]


def shown_in(
    staging: Staging, views: Sequence[ComparisonView], entry: JudgeSettings
) -> list[ComparisonView]:
    """Show with comparisons the exemplars that a judge wants of what is staged."""
    wanted = entry.build().shows
    if wanted is None:
        return list(views)
    return read_exemplars(write_exemplars([views], wanted, staging, staging.place)).shown_with(
        views
    )


def answered(root: Path, replies: Sequence[tuple[ChatRequest, str]]) -> Complete:
    """Give the real job over a real store that already holds the replies, so that no engine starts."""
    store = CompletionStore(root)
    store.append([completion(request, text) for request, text in replies])
    return partial(complete, store=store, beam=BEAM)


def answered_files(root: Path, replies: Sequence[tuple[ChatRequest, str]]) -> AnswerRequests:
    """Give the real job over requests in files, and a real store that already holds the replies."""
    answered(root, replies)
    return partial(answer_requests, store=CompletionStore(root), beam=BEAM)


def sampled(
    prompts: Sequence[Prompt], entries: Sequence[SampleSettings], model: ModelRef = TOY
) -> list[ChatRequest]:
    """Write the requests for samples one by one."""
    samples = samples_of((entry.sampling(), entry.n) for entry in entries)
    return [
        model.ask(
            messages=model_input(prompt).messages(),
            tools=prompt.tools,
            sampling=sample.sampling,
            sample_index=sample.sample_index,
        )
        for prompt in prompts
        for sample in samples
    ]


class StoredModel:
    """The real job over a real store; what is not there is answered by a function, and put there."""

    def __init__(self, root: Path, reply: Callable[[ChatRequest], Completion]) -> None:
        self.store, self.reply = CompletionStore(root), reply
        self.asked: list[ChatRequest] = []

    def __call__(
        self,
        requests: Sequence[ChatRequest],
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> Answers:
        if not stored_only:
            self._reply(requests)
        return complete(requests, model=model, store=self.store, beam=BEAM, stored_only=stored_only)

    def answer(
        self,
        requests: RequestFolder,
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> AnsweredRequests:
        if not stored_only:
            self._reply(list(requests_of(requests)))
        return answer_requests(
            requests, model=model, store=self.store, beam=BEAM, stored_only=stored_only
        )

    def _reply(self, requests: Sequence[ChatRequest]) -> None:
        there = self.store.get({r.request_id for r in requests})
        new = {r.request_id: r for r in requests if r.request_id not in there}
        self.asked += new.values()
        self.store.append([self.reply(request) for request in new.values()])


def failing(model: StoredModel, fails: Callable[[ChatRequest], bool]) -> AnswerRequests:
    """Have a model fail at some requests, as an engine does that may answer later."""

    def answers(requests: RequestFolder, **more: Any) -> AnsweredRequests:
        asked = list(requests_of(requests))
        model._reply([request for request in asked if not fails(request)])
        found = model.answer(requests, **{**more, "stored_only": True})
        failed = [
            Failure(request_id=r.request_id, reason="engine_error", detail="out of memory")
            for r in asked
            if fails(r)
        ]
        write_failures(requests.failures, failed)
        return found

    return answers


def requests_of(requests: RequestFolder) -> Iterator[ChatRequest]:
    """Read all requests in a folder, each once."""
    for shard in requests.shards():
        ids = own_ids(whole(shard), requests.repeated()).to_pylist()
        yield from requests_in(whole(shard), set(ids))


def completion(request: ChatRequest, text: str) -> Completion:
    return Completion(
        request_id=request.request_id,
        model=request.model,
        revision=request.revision,
        text=text,
        finish_reason="stop",
        n_prompt_tokens=1,
        n_tokens=1,
    )


def reasons(staging: Staging, stage_name: str) -> dict[str, str]:
    """Give the reason of each reject of a stage by record_id."""
    rows = Reject.from_table(staging.read(Reject))
    return {r.record_id: r.reason for r in rows if r.stage == stage_name}


def rubric(name: str, *texts: str, **more: Any) -> list[Record]:
    """Write a rubric and its criteria, whose ids are made of its name and their texts."""
    criteria = [
        Criterion(
            criterion_id=f"{name}-{text}", rubric_id=name, kind="checklist", text=text, source="ann"
        )
        for text in texts
    ]
    return [Rubric(rubric_id=name, name=name, source="ann", **more), *criteria]
