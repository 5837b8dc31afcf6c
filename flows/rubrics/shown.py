"""Rubrics of a shelf as the terminal shows them."""

from winnow.flows.rubrics.shelf import Shelf
from winnow.reports.terminal.rubrics import RubricLine
from winnow.schemas.rubrics import Proof, Rubric


def line_of(shelf: Shelf, rubric: Rubric) -> RubricLine:
    """Return a rubric as a line of a list."""
    return RubricLine(
        shelf.reference(rubric),
        rubric,
        len(shelf.criteria[rubric.rubric_id]),
        next((one for one in shelf.proofs_of(rubric) if one.criterion_id is None), None),
        shelf.state(rubric),
    )


def proofs_by_criterion(shelf: Shelf, rubric: Rubric) -> dict[str, Proof]:
    """Return what the newest run says of each criterion of a rubric, of all judges together where it says that."""
    found = [one for one in shelf.proofs_of(rubric) if one.criterion_id is not None]
    by_all = [one for one in found if one.annotator_id is None]
    return {str(one.criterion_id): one for one in by_all or found}
