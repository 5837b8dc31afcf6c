from collections.abc import Sequence

import numpy as np
import pytest

from winnow.annotation.evaluation.panels import FlipCounts, flips, panel_value, values_of_panels
from winnow.schemas.judgments import Judgment, Verdict
from winnow.schemas.panel_turns import PanelTurn

N = 4000
RIGHT: dict[bool, Verdict] = {True: "a", False: "b"}
TRUTH: list[Verdict] = ["a"] * N


def members(seed: int, p: float = 0.7, n: int = 3) -> dict[str, list[Verdict]]:
    """Draw judges that are right with probability p, each by itself."""
    drawn = np.random.default_rng(seed).random((n, N)) < p
    return {f"member {i + 1}": [RIGHT[bool(x)] for x in row] for i, row in enumerate(drawn)}


def votes(said: Sequence[Sequence[Verdict]]) -> list[Verdict]:
    return ["a" if 2 * row.count("a") > len(row) else "b" for row in zip(*said, strict=True)]


@pytest.mark.parametrize(("n", "wanted"), [(3, 0.784), (5, 0.83692)])
def test_independent_members_reach_what_condorcet_says(n: int, wanted: float) -> None:
    first = members(1, n=n)
    value = panel_value(TRUTH, votes(list(first.values())), first, n_calls=n * N)
    error = 3 * (wanted * (1 - wanted) / N) ** 0.5
    assert abs(value.panel.value - wanted) < error
    assert value.panel.low and value.panel.high and value.panel.low < wanted < value.panel.high
    assert value.over_best.low is not None and value.over_best.low > 0
    assert value.correlation is not None and abs(value.correlation) < 0.05
    assert (value.n_calls, value.calls_each) == (n * N, n)
    assert value.over_no_exchange.value == 0
    assert value.votes_flipped == FlipCounts(0, 0, 1.0)


def test_members_that_are_one_gain_nothing() -> None:
    (one,) = members(2, n=1).values()
    value = panel_value(TRUTH, one, dict.fromkeys(("x", "y", "z"), one), n_calls=3 * N)
    assert (value.over_best.value, value.over_best.low, value.over_best.high) == (0, 0, 0)
    assert value.correlation == pytest.approx(1)


def test_members_that_follow_the_first_show_as_conformity() -> None:
    first = members(3)
    copied = dict.fromkeys(first, first["member 1"])
    value = panel_value(TRUTH, votes(list(copied.values())), first, last=copied, n_calls=6 * N)
    assert value.no_exchange.value == pytest.approx(0.784, abs=0.02)
    assert value.over_no_exchange.high is not None and value.over_no_exchange.high < 0
    lost = value.votes_flipped
    assert lost.right_to_wrong > lost.wrong_to_right and lost.p < 1e-6
    assert value.flips["member 1"] == FlipCounts(0, 0, 1.0)
    assert value.flips["member 2"].right_to_wrong > 500 < value.flips["member 2"].wrong_to_right


def test_a_member_asked_as_often_is_held_against_the_panel_on_the_same_comparisons() -> None:
    first = members(4)
    better = votes(list(members(5, p=0.9).values()))
    value = panel_value(TRUTH, votes(list(first.values())), first, drawn=better, n_calls=3 * N)
    assert value.drawn is not None and value.drawn.value == pytest.approx(0.972, abs=0.01)
    assert value.over_drawn is not None and value.over_drawn.value == pytest.approx(
        value.panel.value - value.drawn.value
    )


def test_flips_are_tested_by_their_exact_distribution() -> None:
    before, after = np.zeros(10), np.zeros(10)
    before[:1], after[1:8] = 1, 1
    assert flips(before, after) == FlipCounts(1, 7, pytest.approx(2 * 9 / 2**8))


def test_what_cannot_be_read_is_not_right_and_has_no_vote() -> None:
    first: dict[str, list[Verdict]] = {"x": ["invalid", "invalid"], "y": ["a", "invalid"], "z": ["a", "b"]}  # fmt: skip
    value = panel_value(["a", "a"], ["a", "b"], first, n_calls=6)
    assert value.members["x"].value == 0
    assert (value.no_exchange.value, value.best) == (0.5, "y")
    assert value.correlation is None


def test_panels_are_valued_from_their_turns() -> None:
    said: list[Judgment] = []
    turns: list[PanelTurn] = []
    opinions: list[tuple[list[Verdict], list[Verdict]]] = [
        (["a", "b", "b"], ["b", "b", "b"]),
        (["a", "a", "a"], []),
        (["b", "a", "b"], ["a", "a", "a"]),
    ]
    for i, (first, later) in enumerate(opinions):
        judgment = Judgment(
            comparison_id=f"c{i}",
            annotator_id="panel@1:m",
            kind="llm",
            order="ab",
            verdict=(later or first)[1],
        )
        said.append(judgment)
        for k, verdict in enumerate([*first, *later]):
            turn = {
                "turn": k + 1, "round": k // 3 + 1, "role": f"member {k % 3 + 1}", "model": "m",
                "request_id": f"{i} {k}", "text": "", "verdict": verdict,
            }  # fmt: skip
            turns.append(PanelTurn.model_validate({**turn, "judgment_id": judgment.judgment_id}))
    truth: dict[str, Verdict] = {"c0": "a", "c1": "a", "c2": "a"}
    value = values_of_panels(turns, said, truth, {"c0": "p", "c1": "p", "c2": "q"})["panel@1:m"]
    assert (value.n_calls, value.panel.value) == (15, 2 / 3)
    assert value.flips["member 1"][:2] == (1, 1)
    assert value.flips["member 3"][:2] == (0, 1)
    assert value.votes_flipped[:2] == (0, 1)
    assert values_of_panels(turns, said, {"c9": "a"}, {"c9": "p"}) == {}
    of_one = values_of_panels(turns, said, truth, dict.fromkeys(truth, "p"))["panel@1:m"]
    # Comparisons of one prompt alone say nothing of others.
    assert (of_one.panel.low, of_one.panel.high) == (0, 1) and of_one.over_best.low is None
