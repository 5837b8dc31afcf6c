"""The filter on models that contradict people."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.threshold import Threshold
from winnow.pipelines.filters.weight import MODELS, camps, majority


@FILTERS.register("human_to_model", version=1)
class HumanToModel(Threshold):
    """Reject a comparison when too small a share of the models' weight sides with the majority of people.

    People and models are each divided by what they say, by weight. Where people are of two minds, or only people or
    only models judged, there is nothing to compare and the comparison passes.
    """

    reason: ClassVar[str] = "models_contradict_people"
    says: ClassVar[str] = "the share of the models' weight that sides with people is"

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Least share of the models' weight that names what the majority of people names."""

    def figures(self, cases: Cases) -> Floats:
        """Return that share; NaN where there is nothing to compare."""
        people = majority(camps(cases.stands.only(cases.stands.are("human"))))
        models = camps(cases.stands.only(cases.stands.are(*MODELS)))
        share = models[np.arange(len(cases)), people]
        return np.where((people >= 0) & models.any(axis=1), share, np.nan)
