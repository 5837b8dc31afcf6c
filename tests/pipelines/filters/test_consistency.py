from tests.pipelines.filters.columns import why
from winnow.pipelines.filters import (
    Case,
    HumanToModel,
    InterJudge,
    LikelyVerdict,
    RatingToPreference,
    SelfConsistent,
    Stand,
    Uncertainty,
)
from winnow.schemas.judgments import Kind


def stand(
    lean: float, weight: float = 1.0, kind: Kind = "llm", name: str = "judge", **more: object
) -> Stand:
    return Stand(name, weight, kind=kind, lean=lean, **{"is_flipped": False, **more})  # type: ignore[arg-type]


def case(*stands: Stand, p: tuple[float, float, float] = (0.6, 0.3, 0.1), **more: object) -> Case:
    return Case("c", "p", *p, 1.0, stands, **more)  # type: ignore[arg-type]


TIE = (0.1, 0.1, 0.8)


def test_a_person_of_weight_that_says_a_and_then_b_is_named() -> None:
    torn = stand(0.0, 2.0, "human", "ann", is_torn=True)
    assert why(SelfConsistent(), case(torn, stand(1.0))) == (
        "the share of the weight that contradicts itself is 0.667, wanted at most 0.5: ann"
    )
    assert why(SelfConsistent(), case(torn._replace(weight=0.0), stand(1.0))) is None


def test_judges_that_are_divided_are_rejected_whatever_people_say() -> None:
    people = [stand(1.0, 9.0, "human", name) for name in ("ann", "ben")]
    divided = case(*people, stand(1.0), stand(-1.0))
    assert why(InterJudge(), divided) == (
        "the share of the models' weight in the largest camp is 0.500, wanted at least 0.6"
    )
    assert why(InterJudge(), case(*people, stand(1.0, 3.0), stand(-1.0))) is None


def test_a_judge_worse_than_chance_that_says_the_other_is_of_one_camp_with_the_rest() -> None:
    assert why(InterJudge(threshold=1), case(stand(1.0), stand(-1.0, -1.0))) is None


def test_a_judge_that_flips_or_has_no_weight_or_is_alone_divides_nobody() -> None:
    flips, mute = stand(0.0, is_flipped=True), stand(-1.0, 0.0)
    assert why(InterJudge(threshold=1), case(stand(1.0), flips, mute)) is None


def test_models_that_contradict_the_majority_of_people_are_rejected() -> None:
    people = [stand(v, 1.0, "human") for v in (1.0, 1.0, -1.0)]
    models = [stand(-1.0, 3.0), stand(1.0, 1.0)]
    assert why(HumanToModel(), case(*people, *models)) == (
        "the share of the models' weight that sides with people is 0.250, wanted at least 0.5"
    )
    assert why(HumanToModel(threshold=0.2), case(*people, *models)) is None


def test_without_a_majority_of_people_or_without_models_there_is_nothing_to_contradict() -> None:
    ann, ben = stand(1.0, kind="human"), stand(-1.0, kind="human")
    for stands in ((ann, ben, stand(1.0)), (ann, stand(-1.0, kind="verifier")), (stand(-1.0),)):
        assert why(HumanToModel(threshold=1), case(*stands)) is None


def test_ratings_that_prefer_the_other_response_are_rejected() -> None:
    assert why(RatingToPreference(), case(stand(1.0, rated=-1.0))) == (
        "the share of the weight whose ratings prefer the other response is 1.000, wanted at most 0.5"
    )
    for rated in (1.0, 0.0, None):
        assert why(RatingToPreference(threshold=0), case(stand(1.0, rated=rated))) is None
    assert why(RatingToPreference(threshold=0), case(stand(1, rated=-1), p=TIE)) is None


def test_a_tie_must_be_as_probable_as_a_decision() -> None:
    assert why(LikelyVerdict(threshold=0.8), case(p=TIE)) is None
    assert why(LikelyVerdict(threshold=0.9), case(p=TIE)) == (
        "the likeliest verdict has probability 0.800, wanted at least 0.9"
    )


def test_a_label_of_which_little_is_known_is_rejected_with_its_interval() -> None:
    wide = case(low=0.15, high=0.95)
    assert why(Uncertainty(), wide) == (
        "the 90 % interval is 0.800, wanted at most 0.7: 0.15 to 0.95"
    )
    assert why(Uncertainty(threshold=0.81), wide) is None
    assert why(Uncertainty(threshold=0), case(p=TIE, low=0.0, high=1.0)) is None
