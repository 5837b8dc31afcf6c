import pytest

from tests.annotation.toy import view
from winnow.annotation.judge import Reading
from winnow.annotation.verifiers import ReferenceOverlap

REFERENCE = "Because air scatters blue light more than red light."


def compare(
    one: str, other: str, verifier: ReferenceOverlap, reference: str = REFERENCE
) -> Reading:
    pair = view(one, other, reference=reference)
    return verifier.compare(
        verifier.examine(pair.prompt, pair.a), verifier.examine(pair.prompt, pair.b)
    )


@pytest.mark.parametrize("metric", ["chrf", "bleu"])
def test_the_response_nearer_to_the_reference_is_better(metric: str) -> None:
    verifier = ReferenceOverlap.model_validate({"metric": metric})
    assert compare("Air scatters blue light more.", "Paint.", verifier).verdict == "a"
    assert compare("Paint.", "Air scatters blue light more.", verifier).verdict == "b"


def test_the_rationale_says_the_numbers() -> None:
    reading = compare(REFERENCE, "", ReferenceOverlap())
    assert reading.rationale == "chrf to the reference: a 100.0, b 0.0; a tie below 2"
    assert [r.score for r in reading.ratings] == [100.0, 0.0]


def test_a_difference_below_the_least_is_a_tie() -> None:
    assert compare("Air.", "Air?", ReferenceOverlap(min_difference=50)).verdict == "tie"
    assert compare("Air.", "Air.", ReferenceOverlap(min_difference=0)).verdict == "tie"


def test_without_a_reference_there_is_no_score() -> None:
    pair = view("Air.", "Paint.", reference=" ")
    assert ReferenceOverlap().examine(pair.prompt, pair.a).score is None


def test_characters_count_in_languages_without_blanks() -> None:
    reading = compare("因为空气散射蓝光", "因为油漆", ReferenceOverlap(), "因为空气更多地散射蓝光")
    assert reading.verdict == "a"
