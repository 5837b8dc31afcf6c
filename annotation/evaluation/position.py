"""What the place of a response on the page does to a judge."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.evaluation.estimates import Estimate, mean_of, share_of
from winnow.annotation.evaluation.items import Items
from winnow.annotation.evaluation.judge_answers import JudgeAnswers


class Position(NamedTuple):
    """Figures of place; each None where nothing tells."""

    consistency: Estimate | None
    """Share of the comparisons read in both orders whose two verdicts agree."""

    first: Estimate | None
    """Share of the decisive verdicts that name the response shown first."""

    flips_to_first: Estimate | None
    """Of the comparisons whose two verdicts contradict each other, the share that names the first shown twice."""

    bias: Estimate | None
    """How much more often the verdict names the first shown than gold does, on the same decisive judgments."""


def measure_position(answers: JudgeAnswers, items: Items) -> Position:
    """Measure consistency and position bias of one judge.

    Where both orders are asked gold names the first shown in half of them, so `bias` is `first` minus one half; where
    one order alone was asked, only the comparison with gold tells a bias from a set whose first response is better.
    """
    both, prompt = answers.is_read_both, items.prompt[answers.item]
    agrees = (np.abs(answers.lean) == 1) | answers.is_tied
    flips = both & (np.abs(answers.place) == 1)
    is_decisive = (answers.vote_lean != 0) & (answers.vote_order != 0)
    named_first = (answers.vote_lean == answers.vote_order).astype(float)
    vote_prompt = items.prompt[answers.vote_item]
    known = is_decisive & items.is_decisive[answers.vote_item]
    gold_first = (items.sign[answers.vote_item] == answers.vote_order).astype(float)
    return Position(
        consistency=share_of(agrees[both].astype(float), prompt[both]),
        first=share_of(named_first[is_decisive], vote_prompt[is_decisive]),
        flips_to_first=share_of((answers.place[flips] > 0).astype(float), prompt[flips]),
        bias=mean_of((named_first - gold_first)[known], vote_prompt[known]),
    )
