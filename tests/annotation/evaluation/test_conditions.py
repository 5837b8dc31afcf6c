from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.annotation.evaluation.made_up import both, gold, items, judgments, said
from winnow.annotation.evaluation import evaluate
from winnow.annotation.evaluation.conditions import Conditioned, measure_conditions
from winnow.annotation.evaluation.items import read_items
from winnow.annotation.evaluation.rows import figure_table

N = 200
RNG = np.random.default_rng(3)
TURNED = {f"{k}{c}": bool(RNG.integers(2)) for k in range(N) for c in "xy"}
ROWS: list[dict[str, Any]] = [
    {"item_id": f"{k}{c}", "prompt": f"{k}{c}", "subset": c, "texts": f"{k}", "is_turned": TURNED[f"{k}{c}"]}
    for k in range(N)
    for c in "xy"
]  # fmt: skip


def side(item: str, is_earlier_text: bool) -> str:
    """Name the response that holds the earlier, or the later, of the two texts."""
    return "b" if is_earlier_text == TURNED[item] else "a"


GOLD = {i: side(i, i[-1] == "x") for i in TURNED}


def measured(
    verdict: Callable[[str], str], rows: list[dict[str, Any]] = ROWS
) -> Conditioned | None:
    given = [row for i in TURNED for row in both(i, "judge", verdict(i), verdict(i))]
    known = read_items(items(*rows), gold(**GOLD))
    return measure_conditions(said(judgments(*given), known), known)


def test_a_judge_that_follows_the_condition_has_every_pair_right() -> None:
    found = measured(GOLD.__getitem__)
    assert found is not None
    assert [(one.value, one.n) for one in found] == [(1.0, N), (1.0, N)]


def test_a_judge_that_ignores_it_is_right_in_half_of_the_comparisons_and_has_no_pair_right() -> (
    None
):
    given = [row for i in TURNED for row in both(i, "judge", side(i, True), side(i, True))]
    found = evaluate(judgments(*given), gold(**GOLD), items(*ROWS))
    (judge,) = found.judges
    assert judge.accuracy is not None and judge.accuracy.value == 0.5
    assert judge.conditions is not None
    assert [one.value for one in judge.conditions] == [0.0, 0.0]
    table = {row["figure"]: row for row in figure_table(found).to_pylist() if not row["slice"]}
    assert (table["both_conditions"]["value"], table["turned"]["n"]) == (0.0, N)
    assert [(s.name, s.accuracy.value) for s in judge.slices if s.by == "subset"] == [
        ("x", 1.0),
        ("y", 0.0),
    ]


def test_a_judge_that_turns_against_every_condition_turns_and_is_never_right() -> None:
    found = measured(lambda i: side(i, i[-1] == "y"))
    assert found is not None
    assert (found.both_right.value, found.turned.value) == (0.0, 1.0)


def test_a_judge_that_guesses_has_a_quarter_right() -> None:
    shares = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        guesses = {i: "ab"[rng.integers(2)] for i in TURNED}
        shares.append(measured(guesses.__getitem__))
    right, turned = (np.mean([one[k].value for one in shares if one]) for k in (0, 1))
    assert right == pytest.approx(0.25, abs=0.03)
    assert turned == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("column", ["texts", "prompt"])
def test_comparisons_of_other_texts_or_of_one_prompt_make_no_pair(column: str) -> None:
    same = {"texts": "item_id", "prompt": "texts"}[column]
    rows = [{**row, column: row[same]} for row in ROWS]
    assert measured(GOLD.__getitem__, rows) is None
    unknown = [{**row, "texts": None} for row in ROWS]
    assert measured(GOLD.__getitem__, unknown) is None


def test_what_could_not_be_read_under_one_condition_makes_no_pair() -> None:
    found = measured(lambda i: "invalid" if i == "0x" else GOLD[i])
    assert found is not None and found.both_right.n == N - 1


def test_each_two_comparisons_of_several_conditions_are_a_pair() -> None:
    rows = [{**row, "texts": f"{int(row['texts']) // 2}"} for row in ROWS]
    found = measured(GOLD.__getitem__, rows)
    assert found is not None and found.both_right.n == 2 * N


@pytest.mark.parametrize(("follows", "share"), [(True, "100.0%"), (False, "0.0%")])
def test_a_principle_and_its_negation_turn_every_verdict_of_a_judge_that_follows(
    follows: bool, share: str
) -> None:
    rows = []
    for i in GOLD:
        rows += both(i, "pairwise@1:m#plain", side(i, True), side(i, True))
        rows += both(i, "pairwise@1:m#negated", side(i, not follows), side(i, not follows))
        rows += both(i, "pairwise@1:other", "a", "a")
    table = judgments(*rows, kind=["llm"] * len(rows))
    (note,) = evaluate(table, gold(**GOLD), items(*ROWS)).notes
    assert note.startswith("pairwise@1:m#plain and pairwise@1:m#negated differ in their settings")
    assert f"name different responses in {share} of the 400 comparisons that both decide" in note


def test_pairs_grow_with_the_comparisons_of_the_same_texts_and_not_with_their_square() -> None:
    rows = [{**row, "texts": "same"} for row in ROWS]
    found = measured(GOLD.__getitem__, rows)
    assert found is not None
    assert (found.both_right.value, found.turned.value) == (1.0, 1.0)
    assert found.both_right.n == 20 * N
