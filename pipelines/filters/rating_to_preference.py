"""The filter on ratings that speak against the label."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.pipelines.filters.case import FILTERS, Case, Stand
from winnow.pipelines.filters.threshold import Threshold
from winnow.pipelines.filters.weight import held_share, turned
from winnow.schemas.judgments import Verdict


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

    def figure(self, case: Case) -> float | None:
        """Return that share; None of a tie, or where nobody rated both."""
        raters = [stand for stand in case.stands if stand.rated is not None]
        if not raters or case.verdict not in ("a", "b"):
            return None
        other: Verdict = "b" if case.verdict == "a" else "a"
        return held_share(raters, lambda stand: _prefers(stand) == other)


def _prefers(stand: Stand) -> Verdict | None:
    if not stand.rated:
        return None
    return turned("a" if stand.rated > 0 else "b", stand.weight)
