"""The comparisons of a plan, where scores that they go by are not known yet."""

from winnow.pipelines.foresight import form_unscored
from winnow.pipelines.planning.stand_ins import HOLDS_ONE
from winnow.pipelines.steps import CompareStep, StepContext
from winnow.pipelines.steps.selecting import choose
from winnow.schemas.comparisons import Comparison
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount


def is_measured(step: CompareStep) -> bool:
    """Say whether a step sets side by side what a verifier's score chooses."""
    return step.settings.build().scored_by not in (None, "logprob")


def compare_measured(step: CompareStep, at: StepContext, *, measures: bool) -> list[StageCount]:
    """Form the comparisons of a step that goes by a verifier's score: at most, where responses have stand-ins.

    Args:
        step: The step.
        at: What it works with.
        measures: Whether responses are scored; else all scores are taken to differ.
    """
    is_first = not at.stages_before
    n_ready = at.staging.n_rows(Comparison) if is_first else 0
    if measures:
        (count,) = step.work(at)
        assert isinstance(count, StageCount)
        formed = at.staging.read_part(Comparison, at.stage)["prompt_id"].to_pylist()
        among = _with_stand_ins(at).difference(formed)
    else:
        count = StageCount(stage=at.stage, unit="comparisons", n_in=n_ready, n_out=n_ready)
        among = None
    unscored = form_unscored(at.staging, step.settings, at.chosen)
    new = [one for one in unscored if among is None or one.prompt_id in among]
    at.staging.write(Comparison, new, part=f"{at.stage}-unscored")
    n_more = {"n_in": count.n_in + len(new), "n_out": count.n_out + len(new)}
    return [count.model_copy(update=n_more)]


def _with_stand_ins(at: StepContext) -> set[str]:
    """Return the prompts with a response that has a stand-in."""
    open_ids = set(choose(HOLDS_ONE, "responses", at.staging).to_pylist())
    rows = at.staging.read(Response).select(["response_id", "prompt_id"])
    sides = zip(*(c.to_pylist() for c in rows.columns), strict=True)
    return {prompt_id for response_id, prompt_id in sides if response_id in open_ids}
