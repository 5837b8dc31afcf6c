"""The filter on ratings that speak against the label."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from winnow.annotation.aggregation.votes import Floats
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.threshold import Threshold
from winnow.pipelines.filters.weight import held_share


@FILTERS.register("rating_to_preference", version=1)
class RatingToPreference(Threshold):
    """Reject a comparison when the ratings of its responses prefer the other one than its label.

    An annotator that rated both responses prefers, by its ratings, the one that it rated higher on more of the
    attributes. What counts is the share of the weight of all who rated both that prefers the other response than the
    label does. Ratings that come out even speak against nothing, a tie is not looked at, and a comparison that nobody
    rated passes.
    """

    reason: ClassVar[str] = "ratings_contradict"
    says: ClassVar[str] = "the share of the weight whose ratings prefer the other response is"
    wanted: ClassVar = "at most"

    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the raters' weight that may prefer the other response at most."""

    def figures(self, cases: Cases) -> Floats:
        """Return that share; NaN of a tie, or where nobody rated both."""
        raters = cases.stands.only(~np.isnan(cases.stands.rated))
        label = np.sign(cases.p_a - cases.p_b)[raters.case]
        # What an annotator of negative weight prefers counts for the other side.
        prefers = np.sign(raters.rated) * np.where(raters.weight < 0, -1, 1)
        share = held_share(raters, prefers * label < 0)
        is_decided = np.isin(cases.verdict, ("a", "b"))
        return np.where(is_decided & (raters.count() > 0), share, np.nan)
