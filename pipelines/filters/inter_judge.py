"""The filter on judges that disagree with each other."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.pipelines.filters.case import FILTERS, Case, Stand
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

    def figure(self, case: Case) -> float | None:
        """Return the share of the largest camp; None with fewer than two models."""
        models = [stand for stand in case.stands if _counts(stand)]
        return max(camps(models).values()) if len(models) > 1 else None


def _counts(stand: Stand) -> bool:
    is_heard = stand.verdict is not None and abs(stand.weight) >= MUTE_BELOW
    return stand.kind in MODELS and is_heard
