"""Whether judges are right for the reasons that people give: their critiques beside people's, argument by argument.

Source: "Reward Modeling from Natural Language Human Feedback", arXiv:2601.07349.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from winnow.annotation.evaluation.estimates import Estimate, share_of

OTHER_REASONS_BELOW = 1 / 3
"""F1 below which a critique rests on other reasons than a person's: with three arguments each, none in common."""


class Critiqued(NamedTuple):
    """Figures over the right verdicts whose critiques could be held against that of a person who was right as well."""

    precision: Estimate
    """Mean share of the judge's arguments that the person names."""

    recall: Estimate
    """Mean share of the person's arguments that the judge names."""

    f1: Estimate
    """Mean of the harmonic means of both."""

    other_reasons: Estimate
    """Share of these verdicts whose F1 is below 1/3: right, but not for what people find decisive."""


class MatchedCritique(NamedTuple):
    """A judge's critique beside the person's that it is most like."""

    annotator: str
    """The judge."""

    item_id: str
    """The comparison."""

    precision: float
    """Share of the judge's arguments that the person names."""

    recall: float
    """Share of the person's arguments that the judge names."""

    f1: float
    """Harmonic mean of both."""


def measure_critiques(
    matched: Iterable[MatchedCritique], prompts: Mapping[str, str]
) -> dict[str, Critiqued]:
    """Measure the critiques of each judge.

    Args:
        matched: Critiques of right verdicts.
        prompts: The prompt of each comparison; what is said of one prompt errs together.

    Returns:
        By annotator; judges without a critique that could be held against a person's are absent.
    """
    of_judge: dict[str, list[MatchedCritique]] = {}
    for one in matched:
        of_judge.setdefault(one.annotator, []).append(one)
    found = {}
    for annotator, said in sorted(of_judge.items()):
        cluster = np.unique([prompts[one.item_id] for one in said], return_inverse=True)[1]
        f1 = np.array([one.f1 for one in said])
        columns = (
            np.array([one.precision for one in said]),
            np.array([one.recall for one in said]),
            f1,
            (f1 < OTHER_REASONS_BELOW).astype(float),
        )
        figures = [share_of(values, cluster.astype(np.int64)) for values in columns]
        found[annotator] = Critiqued(*(figure for figure in figures if figure is not None))
    return found
