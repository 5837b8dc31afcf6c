"""Whether scores tell better responses from worse ones, whatever the prompt."""

import numpy as np

from winnow.annotation.aggregation.votes import Floats, Ints
from winnow.annotation.evaluation.estimates import Estimate
from winnow.annotation.evaluation.items import Items
from winnow.annotation.evaluation.judge_answers import JudgeAnswers

_N_DRAWS = 500
_SEED = 20


def measure_auc(answers: JudgeAnswers, items: Items) -> Estimate | None:
    """Measure how often the better response of one comparison scores higher than the worse one of any; a tie is a half.

    Higher than the accuracy it cannot be expected to be: scores of different prompts need one scale for it.

    Args:
        answers: A judge with `score_a` and `score_b`; verdicts alone have no scale.
        items: The labelled comparisons.

    Returns:
        The area under the ROC curve with a 95 % interval, prompts resampled; None without scores of two comparisons at least.

    Source: Hanley and McNeil 1982, Radiology 143(1), 29-36.
    """
    a, b = answers.stated["score_a"], answers.stated["score_b"]
    known = ~np.isnan(a) & ~np.isnan(b) & items.is_decisive[answers.item]
    if known.sum() < 2:
        return None
    rows = answers.item[known]
    is_a = items.sign[rows] > 0
    better, worse = np.where(is_a, a[known], b[known]), np.where(is_a, b[known], a[known])
    prompts, prompt = np.unique(items.prompt[rows], return_inverse=True)
    low = high = None
    if len(prompts) > 1:
        rng = np.random.default_rng(_SEED)
        # One draw at a time: all of them together take as much memory as there are prompts times draws.
        n = len(prompts)
        drawn = [
            _auc(better, worse, np.bincount(rng.integers(0, n, n), minlength=n)[prompt])
            for _ in range(_N_DRAWS)
        ]
        low, high = map(float, np.quantile(drawn, [0.025, 0.975]))
    return Estimate(_auc(better, worse, np.ones(len(better), int)), low, high, len(better))


def _auc(better: Floats, worse: Floats, times: Ints) -> float:
    """Return the share of pairs of a better and a worse score in which the better one is higher, each counted so many times."""
    order = np.argsort(worse, kind="stable")
    below = np.concatenate([[0], np.cumsum(times[order])])
    at = worse[order]
    lower = below[np.searchsorted(at, better, "left")]
    up_to = below[np.searchsorted(at, better, "right")]
    n = int(times.sum())
    return float((times * (lower + up_to) / 2).sum()) / (n * n)
