from tests.pipelines.filters.columns import why
from winnow.pipelines.filters import (
    Agreement,
    Case,
    EmptyResponse,
    IdenticalResponses,
    Margin,
    NearDuplicate,
)
from winnow.pipelines.near.leaders import NearTo

CASE = Case("c", "p", 0.5, 0.45, 0.05, 0.7, ())


def test_agreement_below_the_threshold_is_rejected_with_the_number() -> None:
    assert why(Agreement(threshold=0.7), CASE) is None
    assert why(Agreement(threshold=0.8), CASE) == "agreement is 0.700, wanted at least 0.8"


def test_a_label_that_no_annotator_has_weight_for_is_rejected() -> None:
    nobody = CASE._replace(agreement=None)
    assert why(Agreement(threshold=0), nobody) == "no annotator has any weight"


def test_a_small_margin_is_rejected_with_the_number() -> None:
    assert why(Margin(threshold=0.1), CASE) == "margin is 0.050, wanted at least 0.1"
    assert why(Margin(threshold=0.04), CASE) is None


def test_a_tie_passes_the_margin() -> None:
    assert why(Margin(threshold=0.9), CASE._replace(p_a=0.1, p_b=0.1, p_tie=0.8)) is None


def test_contents_that_repeat_or_are_empty_are_rejected() -> None:
    assert why(IdenticalResponses(), CASE._replace(n_repeated=1)) == ("1 repeat another")
    assert why(EmptyResponse(), CASE._replace(n_empty=1)) == "1 of 2 are empty"
    assert why(IdenticalResponses(), CASE) is why(EmptyResponse(), CASE) is None


def test_a_near_duplicate_names_the_kept_prompt_and_how_similar_it_is() -> None:
    repeated = CASE._replace(near_duplicate_of=NearTo("p0", 0.9349, 0.9349))
    assert why(NearDuplicate(), repeated) == "0.93 similar to prompt p0"
    assert why(NearDuplicate(threshold=0.94), repeated) is None
    shared = CASE._replace(near_duplicate_of=NearTo("p0", 0.9349, 0.991))
    assert why(NearDuplicate(), shared) == (
        "0.93 similar to prompt p0 (0.99 with the text that many prompts share)"
    )
