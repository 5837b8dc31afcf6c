import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from winnow.annotation.queues.selection import Item, SelectionSettings, affordable, select
from winnow.schemas.errors import InvalidSettings

IDS = [f"c{n:03}" for n in range(100)]
PLAIN = {"gold_share": 0.0, "repeat_share": 0.0}


def settings(**fields: object) -> SelectionSettings:
    return SelectionSettings.model_validate({**PLAIN, **fields})


def ids(items: list[Item]) -> list[str]:
    return [item.comparison_id for item in items]


def test_all_shows_each_comparison_once_in_an_order_that_only_the_seed_decides() -> None:
    found = ids(select(IDS, settings()))
    assert sorted(found) == IDS and found != IDS
    assert ids(select(IDS[::-1], settings())) == found
    assert ids(select(IDS, settings(seed=1))) != found


def test_an_audit_draws_its_share() -> None:
    assert len(select(IDS, settings(strategy="audit", audit_share=0.1))) == 10


def test_the_least_certain_labels_come_into_the_budget_first() -> None:
    labels = pa.table(
        {
            "comparison_id": ["sure", "open", "tied"],
            "p_a": [0.98, 0.4, 0.05],
            "p_b": [0.01, 0.3, 0.05],
            "p_tie": [0.01, 0.3, 0.9],
        }
    )
    one = settings(strategy="uncertain", max_answers=2, reserve_share=0)
    assert ids(select(["sure", "open", "tied"], one, labels=labels)) == ["open"]


def test_only_comparisons_on_which_judges_disagree_are_shown() -> None:
    rows = [
        ("split", "llm", "a"),
        ("split", "llm", "b"),
        ("united", "llm", "a"),
        ("united", "llm", "a"),
        ("united", "human", "b"),
        ("unread", "llm", "a"),
        ("unread", "llm", "invalid"),
    ]
    names = ("comparison_id", "kind", "verdict")
    judgments = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    found = select(
        ["split", "united", "unread"], settings(strategy="disagreement"), judgments=judgments
    )
    assert ids(found) == ["split"]


def test_a_strategy_without_what_it_ranks_by_is_refused() -> None:
    with pytest.raises(InvalidSettings, match=r"strategy 'uncertain' needs labels .* choose"):
        select(IDS, settings(strategy="uncertain"))


def test_gold_is_mixed_in_at_its_rate() -> None:
    found = select(IDS[:80], settings(gold_share=0.2), gold_ids=[f"g{n}" for n in range(50)])
    purposes = [item.purpose for item in found]
    assert {p: purposes.count(p) for p in purposes} == {"label": 80, "gold": 20}


def test_gold_is_not_labelled_again() -> None:
    found = select(["i", "g"], settings(gold_share=0.4), gold_ids=["g"])
    assert {item.comparison_id: item.purpose for item in found} == {"i": "label", "g": "gold"}


def test_a_budget_keeps_room_for_repeats() -> None:
    wanted = settings(repeat_share=0.1, max_answers=100, reserve_share=0)
    assert len(select(IDS, wanted)) == 45


def test_what_a_queue_shows_counts_against_the_budget_of_the_next_push() -> None:
    wanted = settings(max_answers=20, reserve_share=0)
    first, newer = select(IDS[:50], wanted), select(IDS[50:], wanted)
    assert len(first) == len(newer) == 10
    assert affordable(first, wanted, set(ids(first)), n_shown=10) == first
    assert affordable(newer, wanted, set(ids(first)), n_shown=10) == []
    assert affordable(newer, wanted, set(ids(first[:7])), n_shown=7) == newer[:3]
    assert affordable(newer, settings(), set(ids(first)), n_shown=10) == newer


def test_hours_become_answers_of_all_people_together() -> None:
    assert settings(max_hours=2, seconds_per_item=60).n_answers == 120
    assert settings(max_hours=2, max_answers=50).n_answers == 50
    assert settings(max_answers=100, reserve_share=0.2, n_people=2).n_items == 40


def test_a_budget_too_small_for_one_item_is_refused() -> None:
    with pytest.raises(ValidationError, match="budget of 2 answers, 20% of it in reserve, is too"):
        settings(max_answers=2)


@given(
    st.integers(0, 60),
    st.integers(0, 20),
    st.integers(4, 120),
    st.floats(0, 0.45),
    st.floats(0, 0.45),
)
def test_the_first_round_never_exceeds_its_part_of_the_budget(
    n: int, n_gold: int, budget: int, gold_share: float, repeat_share: float
) -> None:
    wanted = SelectionSettings(
        gold_share=gold_share, repeat_share=repeat_share, max_answers=budget, reserve_share=0.25
    )
    found = select(IDS[:n], wanted, gold_ids=[f"g{k}" for k in range(n_gold)])
    assert len(found) * wanted.n_people <= budget * 0.75
    assert len(set(found)) == len(found)
