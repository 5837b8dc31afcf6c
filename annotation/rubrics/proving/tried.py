"""What is tried: rubrics with what judges and people said by them of held-out comparisons."""

from collections.abc import Sequence
from typing import NamedTuple

from winnow.annotation.aggregation.votes import Bools, Floats
from winnow.annotation.rubrics.proving.trials import Criteria, Trials


class SaidByRubric(NamedTuple):
    """What was said of the held-out comparisons of one rubric."""

    judges: Sequence[str]
    """annotator_id of each judge."""

    met: Floats
    """Shape (n_judges, n_criteria, n, 2): share of a judge's samples in which a response meets a criterion; NaN where none says."""

    asked: Bools
    """Shape (n_judges, n_criteria, n, 2): whether a judge was asked, be the answer that it does not apply."""

    votes: Floats
    """Shape (n_judges, n, 3): mean vote with the rubric by order, see `leans`."""

    without: Floats
    """Shape (n_judges, n, 3): the same judges without a rubric; all NaN where nobody judged without."""

    control: Floats
    """Shape (n_judges, n, 3): the same judges with the rubric of another prompt; all NaN where nobody did."""

    people: Floats
    """Shape (n_people, n_criteria, n, 2): 1 met, 0 not, NaN where a person said nothing."""


class TriedRubric(NamedTuple):
    """A rubric that is to be proven."""

    rubric_id: str
    """The rubric."""

    criterion_ids: Sequence[str]
    """Its criteria."""

    criteria: Criteria
    """What the figures need to know of them."""

    trials: Trials
    """The comparisons it is proven on."""

    heard: SaidByRubric
    """What was said of them."""

    prompt_group: str = ""
    """For a rubric of one prompt the first of the prompts that this is near to, which err together."""
