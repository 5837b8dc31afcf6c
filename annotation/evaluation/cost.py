"""What a judge takes for a thousand comparisons, every order that was asked included."""

from typing import NamedTuple

import numpy as np

from winnow.annotation.evaluation.judge_answers import JudgeAnswers

PER = 1000
"""Comparisons that the figures are for."""


class Cost(NamedTuple):
    """Per 1,000 comparisons; None where unknown."""

    money: float | None
    """In the currency of the settings or of the recorded column."""

    tokens_read: float | None
    tokens_generated: float | None

    seconds: float | None
    """Wall-clock time of a model that ran now, or working time of people."""

    @classmethod
    def unknown(cls) -> "Cost":
        """Know nothing."""
        return cls(None, None, None, None)


def measure_cost(answers: JudgeAnswers) -> Cost:
    """Add up what is recorded with the judgments; a figure counts where every judgment of an item has it."""
    return Cost(
        money=_per_thousand(answers, "cost"),
        tokens_read=_per_thousand(answers, "n_prompt_tokens"),
        tokens_generated=_per_thousand(answers, "n_tokens"),
        seconds=_per_thousand(answers, "seconds"),
    )


def add_costs(costs: list[Cost]) -> Cost:
    """Add up the costs of judges that are asked together; unknown where one is."""
    sums = []
    for figures in zip(*costs, strict=True):
        known = [figure for figure in figures if figure is not None]
        sums.append(sum(known) if known and len(known) == len(figures) else None)
    return Cost(*sums)


def _per_thousand(answers: JudgeAnswers, name: str) -> float | None:
    spent = answers.spent[name]
    unknown = np.unique(answers.vote_item[np.isnan(spent)])
    counted = ~np.isin(answers.vote_item, unknown)
    n_items = len(np.unique(answers.vote_item[counted]))
    return float(spent[counted].sum()) / n_items * PER if n_items else None
