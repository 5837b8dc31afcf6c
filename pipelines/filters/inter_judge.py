"""The filter on judges that disagree with each other."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.threshold import Threshold
from winnow.pipelines.filters.weight import MODELS, camps
from winnow.schemas.labels import MUTE_BELOW


@FILTERS.register("inter_judge", version=1)
class InterJudge(Threshold):
    """Reject a comparison when the models are divided over it, whatever the label says.

    The models with weight and a verdict that held are divided by what they say, a, b or tie. What counts is the share
    of their weight in the largest camp. `agreement` asks how much of all evidence, people and verifiers included,
    stands behind the label; here a label that people decided is rejected too where the models fall out over it, as
    where their opinion is to be distilled. A comparison with fewer than two such models passes.
    """

    reason: ClassVar[str] = "judges_disagree"
    says: ClassVar[str] = "the share of the models' weight in the largest camp is"

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.6
    """Least share of the models' weight in the largest camp."""

    def figures(self, cases: Cases) -> Floats:
        """Return the share of the largest camp; NaN with fewer than two models."""
        stands = cases.stands
        is_heard = (stands.verdict != "") & (np.abs(stands.weight) >= MUTE_BELOW)
        models = stands.only(stands.are(*MODELS) & is_heard)
        return np.where(models.count() > 1, camps(models).max(axis=1), np.nan)
