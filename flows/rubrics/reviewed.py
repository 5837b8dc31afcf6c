"""What reviews of rubrics come to beside the versions that are there, for runs and for `winnow rubrics edit --queue`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from winnow.annotation.rubrics.reviewing import review, standing_reviews
from winnow.annotation.rubrics.versions import is_same
from winnow.flows.rubrics.bringing_in import sources_carried
from winnow.flows.rubrics.shelf import Shelf
from winnow.schemas.rubrics import Criterion, CriterionReview, CriterionSource, Rubric


class ReviewedRubric(NamedTuple):
    """A rubric that people reviewed, and what that comes to."""

    rubric: Rubric
    """The rubric."""

    criteria: Sequence[Criterion]
    """Its criteria."""

    dropped: Sequence[Criterion]
    """Those that more people reject than keep."""

    version: Rubric | None
    """The next version as people want it; None where nothing changes, no criterion is left, or another one replaced it since."""

    version_criteria: Sequence[Criterion]
    """Criteria of that version."""

    sources: Sequence[CriterionSource]
    """What they rest on."""

    is_new: bool
    """Whether the shelf lacks that version."""

    is_outdated: bool
    """Whether a version of another origin replaced the rubric, so that what people said of it changes nothing."""


def reviewed_rubrics(shelf: Shelf, reviews: Iterable[CriterionReview]) -> Iterator[ReviewedRubric]:
    """Give the rubrics of which people reviewed a criterion, in the order of their names.

    Args:
        shelf: The rubrics that are there.
        reviews: All reviews, superseded ones too.
    """
    said = standing_reviews(reviews)
    about = {one.criterion_id for one in said}
    for rubric in shelf.in_versions():
        criteria = shelf.criteria[rubric.rubric_id]
        if about.isdisjoint(c.criterion_id for c in criteria):
            continue
        found = review(rubric, criteria, said)
        after = [one for one in shelf.rubrics.values() if one.replaces == rubric.rubric_id]
        # What a run of before took over may stand in another order.
        there = next((r for r in after if is_same(_by_text(shelf.criteria[r.rubric_id]), _by_text(found.criteria))), None)  # fmt: skip
        is_outdated = found.rubric is not None and there is None and bool(after)
        version = None if is_outdated else (there or found.rubric)
        if version is None:
            made: Sequence[Criterion] = ()
        else:
            made = found.criteria if there is None else shelf.criteria[version.rubric_id]
        yield ReviewedRubric(
            rubric,
            criteria,
            found.dropped,
            version,
            made,
            tuple(sources_carried(shelf, rubric, made)),
            is_new=version is not None and there is None,
            is_outdated=is_outdated,
        )


def _by_text(criteria: Sequence[Criterion]) -> list[Criterion]:
    return sorted(criteria, key=lambda c: (c.kind, c.text, c.turn or 0))
