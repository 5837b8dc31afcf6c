"""The step that sets responses side by side."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, ClassVar, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from winnow.annotation.verifier import Verifier
from winnow.annotation.verifiers import VERIFIERS
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.known_texts import known_responses
from winnow.pipelines.labelling.examining import examine
from winnow.pipelines.pairing import STRATEGIES, Candidate, Given, Strategy
from winnow.pipelines.pairing.candidates import (
    ByPrompt,
    candidates_by_prompt,
    comparisons_by_prompt,
    prompt_ids,
)
from winnow.pipelines.pairing.mean_logprobs import check_mean_logprobs
from winnow.pipelines.pairing.uncompared import uncompared
from winnow.pipelines.reading import Say, say_nothing
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.step import STEPS, Step, StepContext, WorksOn
from winnow.pipelines.tally import Tally, rejected_in
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import UnknownName
from winnow.schemas.plug_ins import PlugInSettings, build_plug_in
from winnow.schemas.plurals import counted
from winnow.schemas.registry import Registry
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

_ROWS = 10_000


class CompareSettings(PlugInSettings[Strategy]):
    """How comparisons are formed; the strategy's own settings stand beside these."""

    named_by: ClassVar[str] = "strategy"
    registry: ClassVar[Registry[Strategy]] = STRATEGIES

    strategy: str = "all_pairs"
    """Name of the strategy: "all_pairs", "best_worst", "group" or "given"."""

    max_per_prompt: Annotated[int, Field(ge=1)] | None = None
    """Comparisons formed for one prompt at most, chosen by the hash of their ids; left out, no limit."""

    @model_validator(mode="after")
    def _check_score(self) -> Self:
        scored_by = self.build().scored_by
        if scored_by not in (None, "logprob", *VERIFIERS):
            raise UnknownName.among("score", str(scored_by), ["logprob", *VERIFIERS])
        if scored_by is not None and scored_by in VERIFIERS and _verifier(scored_by).sees_all:
            raise ValueError(
                f"score is {scored_by!r}, which scores a response by the others of its prompt, but each is looked at alone here; "
                "name a verifier of one response, such as 'form', or label by it"
            )
        return self


def check_scores(
    place: str, compare: CompareSettings, sample: Iterable[tuple[str, SampleSettings]]
) -> None:
    """Check, before anything is sampled, that the responses will have the score that the strategy asks for.

    Args:
        place: Where the settings have `compare`.
        compare: How comparisons are formed.
        sample: What is sampled before, by place in the settings.

    Raises:
        ValueError: It asks for log-probabilities, and an entry of `sample` does not.
    """
    if compare.build().scored_by != "logprob":
        return
    for entry, sampled in sample:
        if sampled.logprobs is None:
            raise ValueError(
                f"{place}.score is logprob, but {entry} asks for no log-probabilities; give it logprobs: 0"
            )


@STEPS.register("compare")
class CompareStep(Step):
    """Set responses side by side."""

    subject: ClassVar[WorksOn | None] = "responses"
    holds: ClassVar[str | None] = "settings"

    settings: CompareSettings = CompareSettings()
    """How comparisons are formed."""

    def work(self, at: StepContext) -> list[StageCount]:
        """Form comparisons."""
        count = compare(
            at.staging,
            self.settings,
            at.run_id,
            beam=at.beam,
            say=at.warn,
            stage=at.stage,
            chosen=at.chosen,
            stages_before=at.stages_before,
        )
        return [count]


def compare(
    staging: Staging,
    settings: CompareSettings,
    run_id: str,
    *,
    beam: BeamSettings,
    say: Say = say_nothing,
    stage: str = "compare",
    chosen: pa.Array | None = None,
    stages_before: Sequence[str] = (),
) -> StageCount:
    """Form comparisons of the staged responses; comparisons that the input brought are kept in addition.

    Counts each comparison that the strategy forms or the input brought once, and each prompt that has none once.
    Rejects `empty_response`, `identical_responses` (all but white space), `over_cap`, `single_response` (a prompt
    with fewer than two) and `no_pair` (a prompt whose scores are missing or equal).

    Args:
        staging: Holds prompts and responses; gets comparisons and rejects.
        settings: Strategy and cap.
        run_id: The run.
        beam: Where responses are scored, if the strategy asks for a verifier's score.
        say: Takes what one should know of scores that are missing, a line each.
        stage: Name of the step in counts, rejects and parts of tables.
        chosen: Ids of the responses that are set side by side; None for all.
        stages_before: Names of the steps that compared before; what they formed or rejected is not counted again.

    Raises:
        InvalidSettings: The strategy asks for log-probabilities, and a model that was sampled gave none.
    """
    tally = Tally(stage, "comparisons", run_id)
    # What an earlier attempt of this stage formed did not come ready.
    staging.discard(Comparison, stage)
    strategy = settings.build()
    if strategy.scored_by == "logprob":
        check_mean_logprobs(staging, say)
    n_ready = 0 if stages_before else staging.n_rows(Comparison)
    if isinstance(strategy, Given) and chosen is None:
        staging.write(Comparison, (), part=stage)
        n_lone = _reject_lone(uncompared(staging), tally)
        return tally.close(staging, n_in=n_ready + n_lone, n_out=n_ready)
    scores = _scores(staging, strategy.scored_by, beam, chosen)
    known = rejected_in(staging, stages_before)
    forming = _Forming(settings, strategy, tally, known)
    with staging.scratch(stage) as scratch:
        candidates = candidates_by_prompt(staging, scratch, chosen=chosen, scores=scores)
        ready = ByPrompt(comparisons_by_prompt(staging, scratch))
        if chosen is not None:
            prompts = candidates
        else:
            of_prompt = ByPrompt(candidates)
            prompts = ((i, of_prompt.of(i)) for i in prompt_ids(staging, scratch))
        formed = (row for i, found in prompts for row in forming.form(i, found, ready.of(i)))
        staging.write(Comparison, _in_batches(formed), part=stage)
    return tally.close(staging, n_in=n_ready + forming.n_in, n_out=n_ready + forming.n_out)


def why_rejected(together: Sequence[Candidate]) -> str | None:
    """Say why responses cannot be compared: "empty_response", "identical_responses", or None."""
    contents = [candidate.content for candidate in together]
    if None in contents:
        return "empty_response"
    return "identical_responses" if len(set(contents)) < len(contents) else None


class _Forming:
    """Forms comparisons prompt by prompt, and counts."""

    def __init__(
        self, settings: CompareSettings, strategy: Strategy, tally: Tally, known: Collection[str]
    ) -> None:
        self.n_in = self.n_out = 0
        self._settings = settings
        self._strategy = strategy
        self._tally = tally
        self._known = known

    def form(
        self, prompt_id: str, candidates: Sequence[Candidate], ready: Collection[str]
    ) -> list[Comparison]:
        """Form the comparisons of a prompt beside those that are there."""
        sets = self._strategy.form(candidates)
        if not sets and not ready:
            self._reject_prompt(prompt_id, len(candidates))
            self.n_in += 1
        new = {
            comparison: together
            for together in sets
            if (comparison := self._side_by_side(prompt_id, together)).comparison_id not in ready
            and comparison.comparison_id not in self._known
        }
        formed = self._admitted(new)
        self.n_in += len(new)
        self.n_out += len(formed)
        return formed

    def _side_by_side(self, prompt_id: str, together: Sequence[Candidate]) -> Comparison:
        ids = tuple(candidate.response_id for candidate in together)
        return Comparison(prompt_id=prompt_id, response_ids=ids, strategy=self._settings.strategy)

    def _admitted(self, sets: Mapping[Comparison, tuple[Candidate, ...]]) -> list[Comparison]:
        sound, cap = [], self._settings.max_per_prompt
        for comparison, together in sets.items():
            if reason := why_rejected(together):
                self._tally.reject("comparison", comparison.comparison_id, reason)
            else:
                sound.append(comparison)
        sound.sort(key=lambda c: c.comparison_id)
        for comparison in sound[cap:] if cap is not None else []:
            self._tally.reject(
                "comparison", comparison.comparison_id, "over_cap", f"max_per_prompt is {cap}"
            )
        return sound[:cap]

    def _reject_prompt(self, prompt_id: str, n_responses: int) -> None:
        self._tally.reject("prompt", prompt_id, *_why_lone(n_responses))


def _why_lone(n_responses: int) -> tuple[str, str]:
    """Say why a prompt has no comparison, and how many responses there are."""
    reason = "single_response" if n_responses < 2 else "no_pair"
    return reason, counted(n_responses, "response")


def _reject_lone(prompts: pa.Table, tally: Tally) -> int:
    """Reject prompts without a comparison; count them."""
    for prompt_id, n_responses in zip(*(c.to_pylist() for c in prompts.columns), strict=True):
        tally.reject("prompt", prompt_id, *_why_lone(n_responses))
    return prompts.num_rows


def _in_batches(comparisons: Iterator[Comparison]) -> pa.RecordBatchReader:
    tables = (
        Comparison.to_table(batch) for batch in iter(lambda: list(islice(comparisons, _ROWS)), [])
    )
    batches = (batch for table in tables for batch in table.to_batches())
    return pa.RecordBatchReader.from_batches(Comparison.arrow_schema(), batches)


def _scores(
    staging: Staging, scored_by: str | None, beam: BeamSettings, chosen: pa.Array | None
) -> dict[str, float | None] | None:
    """Return the scores of responses; None for the mean log-probability of their tokens."""
    if scored_by is None:
        return {}
    if scored_by == "logprob":
        return None
    responses = known_responses(staging).sort_by("response_id")
    if chosen is not None:
        responses = responses.filter(pc.is_in(responses["response_id"], chosen))
    findings = examine(staging, responses, {scored_by: _verifier(scored_by)}, beam)[scored_by]
    return {i: finding.score for i, finding in findings.items()}


def _verifier(name: str) -> Verifier:
    made: Verifier = build_plug_in(name, VERIFIERS[name], {})
    return made
