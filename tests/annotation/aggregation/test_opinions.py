from tests.annotation.aggregation.simulated import judgments
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.votes import read_votes


def test_verdict_that_flips_with_the_order_leans_nowhere_and_names_its_place() -> None:
    opinions = gather_opinions(read_votes(judgments(("i", "x", "ab", "a"), ("i", "x", "ba", "b"))))
    assert (opinions.lean.tolist(), opinions.place.tolist(), opinions.is_both.tolist()) == (
        [0],
        [1],
        [1],
    )


def test_tie_in_one_order_halves_the_lean() -> None:
    opinions = gather_opinions(
        read_votes(judgments(("i", "x", "ab", "a"), ("i", "x", "ba", "tie")))
    )
    assert (opinions.lean.tolist(), opinions.tie.tolist()) == ([0.5], [0.5])


def test_row_that_stands_twice_counts_once() -> None:
    once = gather_opinions(read_votes(judgments(("i", "x", "ab", "a"), ("i", "x", "ba", "b"))))
    twice = gather_opinions(
        read_votes(judgments(("i", "x", "ab", "a"), ("i", "x", "ab", "a"), ("i", "x", "ba", "b")))
    )
    assert twice.lean.tolist() == once.lean.tolist()
    assert twice.n_judgments.tolist() == [3]


def test_unreadable_judgment_is_as_if_it_were_not_there() -> None:
    opinions = gather_opinions(
        read_votes(judgments(("i", "x", "ab", "invalid"), ("j", "x", "ba", "b")))
    )
    assert (opinions.item.tolist(), opinions.lean.tolist()) == ([1], [-1])
    assert opinions.shown.tolist() == [-1]
