"""What a criterion or a rubric has to reach to be used."""

from typing import Annotated

from pydantic import Field

from winnow.schemas.base import Value

Share = Annotated[float, Field(ge=0, le=1)]


class ProofThresholds(Value):
    """What a criterion or a rubric has to reach to be used."""

    alpha: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    """Probability that anything passes that says nothing about the label, among all that are tried beside each other."""

    separates: Share = 0.05
    """Least share of the comparisons of which one response meets a criterion and the other does not, or that a rubric decides."""

    both_orders: Share = 0.6
    """Least share of the comparisons that are judged alike in both orders."""

    judge_agreement: Annotated[float, Field(ge=-1, le=1)] = 0.2
    """Least agreement of the judges on a criterion beyond chance, Krippendorff's alpha."""

    people_agreement: Share = 0.6
    """Least share of responses on which judges say of a criterion what people say."""

    gain: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """What the accuracy with a rubric has to exceed that without one by, or with the rubric of another prompt, by more than
    chance gives with probability `alpha`."""

    opposite: Annotated[float, Field(ge=-1, le=0)] = -0.7
    """Correlation of two criteria over responses below which the one that agrees less with the labels is out."""
