"""A rubric as people want it after they have reviewed its criteria."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from winnow.annotation.rubrics.versions import next_version
from winnow.schemas.rubrics import Criterion, CriterionReview, Rubric


class Reviewed(NamedTuple):
    """What a review of one rubric came to."""

    rubric: Rubric | None
    """The next version; None where nothing changes, or no criterion is left."""

    criteria: list[Criterion]
    """Criteria of the next version."""

    dropped: list[Criterion]
    """Criteria of the version before that more people reject than keep."""


def standing_reviews(reviews: Iterable[CriterionReview]) -> list[CriterionReview]:
    """Keep each person's last word on each criterion; a rubric that was put aside has none."""
    said = list(reviews)
    superseded = {(r.supersedes, r.criterion_id) for r in said if r.supersedes}
    return [
        r
        for r in said
        if (r.answer_id, r.criterion_id) not in superseded and r.decision != "discarded"
    ]


def review(
    rubric: Rubric, criteria: Sequence[Criterion], reviews: Iterable[CriterionReview]
) -> Reviewed:
    """Return the next version of a rubric.

    A criterion goes where more people reject than keep it. It is reworded where at least half of those who keep it
    reword it, in the words that most of them chose. An edit without words keeps it as it is.

    Args:
        rubric: The version that was reviewed.
        criteria: Its criteria.
        reviews: Standing reviews, as `standing_reviews` gives them; those of other criteria do not count.
    """
    by_criterion: dict[str, list[CriterionReview]] = defaultdict(list)
    for one in reviews:
        by_criterion[one.criterion_id].append(one)
    kept, dropped, is_changed = [], [], False
    for criterion in criteria:
        of_it = by_criterion[criterion.criterion_id]
        n_against = sum(one.decision == "reject" for one in of_it)
        if 2 * n_against > len(of_it):
            dropped.append(criterion)
            continue
        reworded = _reworded(criterion, [one for one in of_it if one.decision != "reject"])
        is_changed = is_changed or reworded is not criterion
        kept.append(reworded)
    if not kept or not (dropped or is_changed):
        return Reviewed(None, [], dropped)
    version = next_version(rubric, kept)
    return Reviewed(version.rubric, list(version.criteria), dropped)


def _reworded(criterion: Criterion, kept: list[CriterionReview]) -> Criterion:
    edits = sorted((one for one in kept if one.text), key=lambda one: one.answer_id)
    if not edits or 2 * len(edits) < len(kept):
        return criterion
    ((text, _),) = Counter(str(one.text) for one in edits).most_common(1)
    author = next(one.annotator_id for one in edits if one.text == text)
    return criterion.model_copy(update={"text": text, "source": author, "validity": None})
