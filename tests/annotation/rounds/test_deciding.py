import pytest

from tests.annotation.rounds.material import state
from winnow.annotation.rounds import DECISIONS, decide


@pytest.mark.parametrize(
    ("probabilities", "claim", "verdict", "decision"),
    [
        ((0.55, 0.45, 0.0), "a", "-", "keep"),  # the model agrees, however faintly
        ((0.05, 0.95, 0.0), "a", "-", "flip"),  # contradicted strongly
        ((0.30, 0.70, 0.0), "a", "-", "discard"),  # contradicted, but not strongly
        ((0.02, 0.03, 0.95), "a", "-", "flip"),  # strongly a tie
        ((0.95, 0.05, 0.0), "-", "-", "keep"),  # came without a label, evidence is strong
        ((0.80, 0.20, 0.0), "-", "-", "discard"),
        ((0.05, 0.95, 0.0), "a", "a", "keep"),  # people settle it against the model
        ((0.60, 0.40, 0.0), "a", "b", "flip"),
        ((0.60, 0.40, 0.0), "-", "b", "keep"),
    ],
)
def test_what_becomes_of_an_item(
    probabilities: tuple[float, float, float], claim: str, verdict: str, decision: str
) -> None:
    decided = decide(state(probabilities, claim=claim, verdict=verdict), strong_from=0.9)
    assert DECISIONS[decided.decision[0]] == decision


def test_the_label_is_what_people_said_and_else_the_models() -> None:
    found = decide(
        state((0.9, 0.1, 0.0), (0.9, 0.1, 0.0), verdict="b-", claim="aa"), strong_from=0.9
    )
    assert found.label.tolist() == [1, 0]
    assert [DECISIONS[d] for d in found.by_model] == ["keep", "keep"]
