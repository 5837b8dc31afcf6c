import pytest

from winnow.flows.settings.evaluation import load_evaluation
from winnow.schemas.errors import InvalidSettings


def test_a_judge_that_goes_by_rubrics_needs_rubrics_in_an_evaluation() -> None:
    with pytest.raises(
        InvalidSettings, match=r"label\[0\]: rubric@1 goes by rubrics, .* leave it out"
    ):
        load_evaluation(None, ["rubric"], ["smollm2"])
    assert load_evaluation(None, ["pairwise"], ["smollm2"]).label
