"""The step that continues responses from the end of each of their steps, and counts how often that comes out right."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from winnow.annotation.judge import Reading
from winnow.annotation.segmenting import Rule, segment
from winnow.annotation.verifier import Finding
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.asking.shards import RequestFolder, request_rows
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import Sampling
from winnow.pipelines.labelling.examining import examine
from winnow.pipelines.labelling.judgment_rows import JudgmentRows
from winnow.pipelines.labelling.settings import VerifierSettings, mark_for
from winnow.pipelines.labelling.subjects import JudgedPart
from winnow.pipelines.rollouts import Outcomes, count, reading_of
from winnow.pipelines.sampling.ask import Sample
from winnow.pipelines.sampling.files import SampledFiles, read_sampled
from winnow.pipelines.staged_rows import rows_with
from winnow.pipelines.steps.finished import once
from winnow.pipelines.steps.step import STEPS, Step, StepContext
from winnow.pipelines.tally import Tally
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment, step_id
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.schemas.sampled import Sampled
from winnow.schemas.step_spans import StepSpan, turns_until

_ELSEWHERE = {"model", "by", "keep"}
"""Settings that the name of the annotator holds in words, or that make it no other."""


class _Place(NamedTuple):
    """Where continuations begin: the end of a step, or the prompt alone."""

    response: Response
    step: StepSpan | None

    def turns(self) -> tuple[Message, ...]:
        """Return what of the response stands before the continuations."""
        return turns_until(self.response.as_turns(), self.step) if self.step else ()


class _Way(NamedTuple):
    """A response with its steps, and with the place where continuations begin ahead of and behind each."""

    response: Response
    steps: tuple[StepSpan, ...]
    places: tuple[str, ...]
    """Keys of places, one more than steps; of the last, "" where the response ends there."""

    final: Outcomes | None
    """What the response itself came to; None where the verifier came to no result."""


class _Asked(NamedTuple):
    """What the model is to go on from at one place."""

    place: _Place
    messages: tuple[Message, ...]
    tools: str | None


@STEPS.register("rollout")
class RolloutStep(Sampling, Step):
    """Say what each step of a response is worth: how often a model that goes on from its end comes to a right answer.

    Continuations begin at the prompt alone and at the end of each step but the last, where the response's own outcome counts.
    Each step gets a judgment, and each continuation is a stored completion. They are evidence, and no responses, unless `keep`
    says so.

    Source: Wang et al. 2023, "Math-Shepherd", arXiv:2312.08935; Setlur et al. 2024, "Rewarding Progress", arXiv:2410.08146.
    """

    subject = "responses"
    changes_labels = False

    model: str
    """Name in the settings of the model that goes on: the one that was sampled, or another."""

    n: Annotated[int, Field(ge=1)] = 8
    """Continuations from each place."""

    by: VerifierSettings
    """The verifier that says which answers are right."""

    threshold: float = 1.0
    """Least score of the verifier that is right."""

    rule: Rule = "paragraphs"
    """How a response is cut that did not bring its steps, as the judge "steps" does."""

    keep: bool = False
    """true keeps continuations as responses as well, each made from the response that it goes on from."""

    @model_validator(mode="after")
    def _check_by(self) -> Self:
        if self.by.when is not None:
            raise ValueError(
                "by.when is given, but the verifier is asked everywhere here; leave when out, and choose with of"
            )
        if self.by.build().sees_all:
            raise ValueError(
                f"by is {self.by.verifier!r}, which measures a response by the others of its prompt, but each continuation is looked "
                "at alone; take a verifier that knows what is right, such as 'answer', or have it vote by votes_key without min_overlap"
            )
        return self

    @model_validator(mode="after")
    def _check_draws(self) -> Self:
        if self.n > 1 and not self.temperature:
            raise ValueError(
                f"temperature is 0, so that all {self.n} continuations would be the same; raise it, or set n: 1"
            )
        return self

    @property
    def annotator_id(self) -> str:
        """Name, version, model and verifier, such as "rollout@1:qwen+answer@1", and a mark where settings are not the default."""
        changed = self.model_dump(mode="json", exclude_defaults=True, exclude=_ELSEWHERE)
        name = f"{self.name}@{self.version}:{self.model}+{self.by.annotator_id}"
        return f"{name}{mark_for(changed)}"

    def calls(self) -> Iterator[tuple[str, str]]:
        """Name the model."""
        yield "model", self.model

    def work(self, at: StepContext) -> list[StageCount]:
        """Stage a judgment of each step of each response that is chosen.

        Counts steps. Each becomes a judgment or a reject: with the verifier's reason where the prompt gives nothing to measure
        by, as `not_continued` where the response does not go on from the beginning that its prompt gives, or with the failure's
        reason where one of its continuations has no answer.
        """
        return [once(self, at, partial(self._roll_out, at))]

    def _roll_out(self, at: StepContext, answer: AnswerRequests) -> StageCount:
        tally = Tally(at.stage, "steps", at.run_id)
        # What an earlier attempt of this step made is neither continued nor judged before.
        at.staging.discard(Response, at.stage)
        at.staging.discard(Judgment, at.stage)
        model = at.models[self.model]
        ways, asked, n_in = self._ways(at, tally)
        samples = [Sample(self.sampling(), i) for i in range(self.n)]
        with at.staging.shared(at.stage) as shared:
            folder = RequestFolder(shared)
            folder.write(self._requests(one, key, model) for key, one in asked.items())
            found = read_sampled(
                answer(folder, model=model, asking=f"model {model.name}"), model, samples, at.beam
            )
            outcomes = self._outcomes(at, found, asked)
        n_out = self._judge(at, ways, outcomes, _failures(found), tally)
        at.staging.write(KnownAnnotator, [self._known], part=at.stage)
        counted = [found.counts(at.run_id, at.stage)] if asked else []
        at.staging.write(Sampled, counted, part=at.stage)
        return tally.close(at.staging, n_in=n_in, n_out=n_out, n_reused=found.n_reused)

    @property
    def _known(self) -> KnownAnnotator:
        return KnownAnnotator(
            annotator_id=self.annotator_id, model=self.model, annotator_version=self.version
        )

    def _ways(self, at: StepContext, tally: Tally) -> tuple[list[_Way], dict[str, _Asked], int]:
        """Find the places where continuations begin.

        Returns:
            The responses whose steps can be judged, what is asked by key of its place, and how many steps there are.
        """
        table = rows_with(at.staging, Response, "response_id", at.chosen)
        table = table.filter(pc.is_valid(table["text"]))  # else nobody knows what it says
        ids = table["prompt_id"].unique()
        rows = rows_with(at.staging, Prompt, "prompt_id", ids)
        prompts = {one.prompt_id: one for one in Prompt.from_table(rows)}
        measured = self._measured(at, table)
        said = self._said(at)
        ways: list[_Way] = []
        asked: dict[str, _Asked] = {}
        n_in = 0
        for response in sorted(Response.from_table(table), key=lambda r: r.response_id):
            if step_id(response.response_id, 0) in said:
                continue
            steps, finding = segment(response, self.rule), measured[response.response_id]
            n_in += len(steps)
            prompt = prompts[response.prompt_id]
            if finding.score is None and finding.status != "error":
                self._reject_all(tally, response, steps, self.by.build().needs)
            elif (way := self._way(prompt, response, steps, finding, asked)) is None:
                self._reject_all(tally, response, steps, "not_continued")
            else:
                ways.append(way)
        return ways, asked, n_in

    def _way(
        self,
        prompt: Prompt,
        response: Response,
        steps: tuple[StepSpan, ...],
        finding: Finding,
        asked: dict[str, _Asked],
    ) -> _Way | None:
        """Put down where a response is gone on from; None where it does not go on from its prompt's beginning."""
        told = model_input(prompt)
        if told.answered(response.as_turns()) is None:
            return None
        # A response that was cut off has not come to an end.
        ends = response.finish_reason != "length"
        keys = []
        for step in (None, *(steps[:-1] if ends else steps)):
            place = _Place(response, step)
            turns = told.answered(place.turns()) if step else ()
            messages = (*told.finished(), *(turns or ())) if step else told.messages()
            key = content_id([prompt.prompt_id, [turn.as_content() for turn in messages]])
            asked.setdefault(key, _Asked(place, messages, told.tools))
            keys.append(key)
        right = self._is_right(finding)
        final = None if right is None else Outcomes(int(right), 1, is_final=True)
        return _Way(response, steps, (*keys, "") if ends else tuple(keys), final)

    def _requests(self, one: _Asked, key: str, model: ModelRef) -> pa.Table:
        """Write the requests for the continuations from one place."""
        return request_rows(
            [
                model.ask(
                    messages=one.messages,
                    tools=one.tools,
                    sampling=self.sampling(),
                    sample_index=i,
                )
                for i in range(self.n)
            ],
            [key] * self.n,
            list(range(self.n)),
        )

    def _outcomes(
        self, at: StepContext, found: SampledFiles, asked: Mapping[str, _Asked]
    ) -> dict[str, list[bool]]:
        """Have the verifier look at what came of the continuations; of those without a result nothing is said."""
        outcomes: dict[str, list[bool]] = defaultdict(list)
        kept = (
            set(at.staging.read(Response, ["response_id"])["response_id"].to_pylist())
            if self.keep
            else set()
        )
        made: list[Response] = []
        for file in found.responses:
            of_keys = [
                (row["prompt_id"], _continued(asked[row["prompt_id"]].place, row))
                for row in file.read().to_pylist()
            ]
            distinct = {one.response_id: one for _, one in of_keys}
            findings = self._measured(at, Response.to_table(distinct.values()))
            for key, one in of_keys:
                right = self._is_right(findings[one.response_id])
                if right is not None:
                    outcomes[key].append(right)
            if self.keep:
                made += [one for i, one in distinct.items() if i not in kept]
                kept |= distinct.keys()
        if self.keep:
            made.sort(key=lambda one: one.response_id)
            at.staging.write(Response, made, part=at.stage)
        return outcomes

    def _judge(
        self,
        at: StepContext,
        ways: Sequence[_Way],
        outcomes: Mapping[str, Sequence[bool]],
        failures: Mapping[str, tuple[str, str]],
        tally: Tally,
    ) -> int:
        """Stage the judgments; return how many they are."""
        rows = JudgmentRows()
        checked_by = f"reach {self.threshold:g} by {self.by.annotator_id}"
        for way in ways:
            counts = [
                (way.final if not key else count(outcomes[key]) if outcomes.get(key) else None)
                for key in way.places
            ]
            for step, key in zip(way.steps, way.places[1:], strict=True):
                before, after = counts[step.index : step.index + 2]
                if key in failures:
                    self._reject(tally, way.response, step, *failures[key])
                    continue
                is_whole = way.places[step.index] not in failures
                said = (
                    Reading(verdict="invalid", rationale="no result: the verifier came to none")
                    if after is None
                    else reading_of(
                        way.response.response_id, before if is_whole else None, after, checked_by
                    )
                )
                rows.add(self.annotator_id, "verifier", _part(way.response, step), said)
        n = len(rows)
        at.staging.write(Judgment, rows.take().sort_by("judgment_id"), part=at.stage)
        return n

    def _measured(self, at: StepContext, responses: pa.Table) -> dict[str, Finding]:
        """Have the verifier measure responses, by response_id."""
        return examine(at.staging, responses, {"own": self.by.build()}, at.beam)["own"]

    def _is_right(self, finding: Finding) -> bool | None:
        """Say whether a response is right; None where the verifier came to no result."""
        if finding.status == "error" or finding.score is None:
            return None
        return finding.score >= self.threshold

    def _said(self, at: StepContext) -> set[str]:
        """List the steps that were judged so in an earlier step of the run."""
        names = ("annotator_id", "subject_id")
        found: set[str] = set()
        for batch in at.staging.batches(Judgment, names):
            own = batch.filter(pc.equal(batch["annotator_id"], self.annotator_id))
            found.update(own["subject_id"].to_pylist())
        return found

    def _reject_all(
        self, tally: Tally, response: Response, steps: Sequence[StepSpan], reason: str
    ) -> None:
        for step in steps:
            self._reject(tally, response, step, reason)

    def _reject(
        self, tally: Tally, response: Response, step: StepSpan, reason: str, detail: str = ""
    ) -> None:
        named = f"{self.annotator_id} {step_id(response.response_id, step.index)}"
        tally.reject("judgment", named, reason, detail)


def _part(response: Response, step: StepSpan) -> JudgedPart:
    ids = (response.response_id,)
    return JudgedPart("step", step_id(response.response_id, step.index), ids, None, step)


def _continued(place: _Place, row: Mapping[str, Any]) -> Response:
    """Put a continuation behind what it goes on from."""
    turns, text = place.turns(), row["text"]
    if turns and turns[-1].role == "assistant":
        text, turns = turns[-1].text() + text, turns[:-1]
    its_own = {
        "response_id": "",
        "prompt_id": place.response.prompt_id,
        "turns": turns,
        "text": text,
        "made": "continued",
        "parent_id": place.response.response_id,
    }
    return Response.model_validate({**row, **its_own})


def _failures(found: SampledFiles) -> dict[str, tuple[str, str]]:
    """Return reason and detail of the first request without an answer, by key of its place."""
    failures: dict[str, tuple[str, str]] = {}
    for row in found.rejects.sort_by("request_id").to_pylist():
        failures.setdefault(row["subject"], (row["reason"], row["detail"]))
    return failures
