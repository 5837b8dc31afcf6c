from tests.annotation.aggregation.simulated import judgments
from winnow.annotation.aggregation import aggregate

SPLIT = judgments(
    ("i", "x", None, "a"), ("i", "y", None, "a"), ("i", "z", None, "tie"), ("i", "w", None, "b")
)


def test_sum_of_votes_gives_each_class_its_share() -> None:
    (label,) = aggregate(SPLIT, method="votes").labels.to_pylist()
    assert (label["p_a"], label["p_b"], label["p_tie"]) == (0.5, 0.25, 0.25)


def test_majority_gives_all_to_the_class_with_most_votes() -> None:
    (label,) = aggregate(SPLIT, method="majority").labels.to_pylist()
    assert (label["p_a"], label["p_b"], label["p_tie"]) == (1, 0, 0)


def test_majority_shares_among_classes_that_tie() -> None:
    table = judgments(("i", "x", None, "a"), ("i", "y", None, "b"))
    (label,) = aggregate(table, method="majority").labels.to_pylist()
    assert (label["p_a"], label["p_b"]) == (0.5, 0.5)
