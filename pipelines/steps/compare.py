"""The step that sets responses side by side."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from winnow.annotation.verifiers import VERIFIERS
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.known_texts import known_responses
from winnow.pipelines.labelling.examining import examine
from winnow.pipelines.pairing import STRATEGIES, Candidate, Strategy
from winnow.pipelines.pairing.contents import content_keys
from winnow.pipelines.pairing.mean_logprobs import check_mean_logprobs, mean_logprobs
from winnow.pipelines.reading import Say, say_nothing
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.step import STEPS, Step, StepContext, WorksOn
from winnow.pipelines.tally import Tally, rejected_in
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import UnknownName
from winnow.schemas.plug_ins import PlugInSettings
from winnow.schemas.plurals import counted
from winnow.schemas.prompts import Prompt
from winnow.schemas.registry import Registry
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging


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
    ready = staging.read(Comparison)
    known = {*ready["comparison_id"].to_pylist(), *rejected_in(staging, stages_before)}
    covered = set(ready["prompt_id"].to_pylist())
    strategy = settings.build()
    if strategy.scored_by == "logprob":
        check_mean_logprobs(staging.read(Response), say)
    by_prompt = _candidates(staging, strategy, beam, chosen)
    formed: list[Comparison] = []
    n_ready = n_in = 0 if stages_before else ready.num_rows
    prompt_ids = staging.read(Prompt)["prompt_id"].to_pylist()
    for prompt_id in sorted(by_prompt if chosen is not None else prompt_ids):
        candidates = by_prompt.get(prompt_id, [])
        sets = strategy.form(candidates)
        if not sets and prompt_id not in covered:
            _reject_prompt(tally, prompt_id, len(candidates))
            n_in += 1
        new = {
            c: together
            for together in sets
            if (c := _side_by_side(prompt_id, together, settings)).comparison_id not in known
        }
        formed += _admitted(new, settings.max_per_prompt, tally)
        n_in += len(new)
    staging.write(Comparison, formed, part=stage)
    return tally.close(staging, n_in=n_in, n_out=n_ready + len(formed))


def why_rejected(together: Sequence[Candidate]) -> str | None:
    """Say why responses cannot be compared: "empty_response", "identical_responses", or None."""
    contents = [candidate.content for candidate in together]
    if None in contents:
        return "empty_response"
    return "identical_responses" if len(set(contents)) < len(contents) else None


def _side_by_side(
    prompt_id: str, together: Sequence[Candidate], settings: CompareSettings
) -> Comparison:
    ids = tuple(candidate.response_id for candidate in together)
    return Comparison(prompt_id=prompt_id, response_ids=ids, strategy=settings.strategy)


def _admitted(
    sets: dict[Comparison, tuple[Candidate, ...]], cap: int | None, tally: Tally
) -> list[Comparison]:
    sound = []
    for comparison, together in sets.items():
        if reason := why_rejected(together):
            tally.reject("comparison", comparison.comparison_id, reason)
        else:
            sound.append(comparison)
    sound.sort(key=lambda c: c.comparison_id)
    for comparison in sound[cap:] if cap is not None else []:
        tally.reject("comparison", comparison.comparison_id, "over_cap", f"max_per_prompt is {cap}")
    return sound[:cap]


def _reject_prompt(tally: Tally, prompt_id: str, n_responses: int) -> None:
    reason = "single_response" if n_responses < 2 else "no_pair"
    tally.reject("prompt", prompt_id, reason, counted(n_responses, "response"))


def _candidates(
    staging: Staging, strategy: Strategy, beam: BeamSettings, chosen: pa.Array | None
) -> dict[str, list[Candidate]]:
    responses = known_responses(staging).sort_by("response_id")
    if chosen is not None:
        responses = responses.filter(pc.is_in(responses["response_id"], chosen))
    contents = content_keys(responses)
    scores = _scores(staging, responses, strategy.scored_by, beam)
    by_prompt = defaultdict(list)
    for prompt_id, response_id in zip(
        responses["prompt_id"].to_pylist(), responses["response_id"].to_pylist(), strict=True
    ):
        candidate = Candidate(response_id, contents[response_id], scores.get(response_id))
        by_prompt[prompt_id].append(candidate)
    return by_prompt


def _scores(
    staging: Staging, responses: pa.Table, scored_by: str | None, beam: BeamSettings
) -> dict[str, float | None]:
    if scored_by is None:
        return {}
    if scored_by == "logprob":
        return dict(mean_logprobs(responses))
    kind: Any = VERIFIERS[scored_by]
    findings = examine(staging, responses, {scored_by: kind()}, beam)[scored_by]
    return {i: finding.score for i, finding in findings.items()}
