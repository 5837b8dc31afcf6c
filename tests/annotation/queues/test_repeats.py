from hypothesis import given
from hypothesis import strategies as st

from tests.annotation.queues.material import answered, pair
from winnow.annotation.queues.repeats import due_repeats
from winnow.annotation.queues.selection import SelectionSettings
from winnow.annotation.queues.tasks import Pairwise, item_id
from winnow.schemas.answers import Answer

TASK = Pairwise()
VIEWS = [pair(n) for n in range(12)]
IDS = [item_id(view.subject_id, TASK) for view in VIEWS]
TIE = {"preference": "tie"}


def settings(**fields: object) -> SelectionSettings:
    return SelectionSettings.model_validate({"repeat_share": 0.4, "repeat_gap": 3, **fields})


def day(who: str, order: list[int], start: int = 0) -> list[Answer]:
    """Answer items one a minute, in this order."""
    return [
        answered(TASK, VIEWS[n], TIE, minute=start + at, who=f"human:{who}")
        for at, n in enumerate(order)
    ]


def test_an_item_is_shown_again_only_after_three_others_of_everyone_who_saw_it() -> None:
    answers = day("ann", [0, 1, 2, 3, 4]) + day("bob", [4, 3, 2, 1, 0])
    assert due_repeats(answers, IDS, settings()) == []
    answers += day("bob", [5, 6, 7], start=5)
    assert set(due_repeats(answers, IDS, settings())) == {IDS[0], IDS[1]}
    answers += day("ann", [5, 6, 7], start=5)
    assert set(due_repeats(answers, IDS, settings())) == set(IDS[:5])


def test_an_item_that_somebody_has_still_to_answer_is_not_shown_again() -> None:
    assert due_repeats(day("ann", list(range(12))), IDS, settings()) == []
    assert due_repeats(day("ann", list(range(12))), IDS, settings(n_people=1))


def test_a_changed_answer_counts_from_the_change() -> None:
    answers = day("ann", [0, 1, 2, 3])
    changed = answered(TASK, VIEWS[0], {"preference": "both_bad"}, minute=9)
    alone = settings(n_people=1)
    assert due_repeats(answers, IDS, alone) == [IDS[0]]
    assert due_repeats([*answers, changed], IDS, alone) == []


def test_repeats_keep_to_their_share_and_gold_is_left_out() -> None:
    answers = day("ann", list(range(12)))
    alone = settings(n_people=1, repeat_share=0.2)
    found = due_repeats(answers, IDS, alone)
    assert len(found) == 3
    assert due_repeats(answers, IDS, alone, repeated=found) == []
    others = due_repeats(answers, IDS, alone, unrepeatable=found)
    assert len(others) == 3 and not set(others) & set(found)


def test_repeats_keep_to_the_budget() -> None:
    answers = day("ann", list(range(12)))
    alone = settings(n_people=1, max_answers=13, reserve_share=0)
    assert len(due_repeats(answers, IDS, alone)) == 1


@given(
    st.permutations(range(12)), st.permutations(range(12)), st.integers(1, 12), st.integers(1, 9)
)
def test_whatever_order_people_work_in_the_gap_is_kept(
    ann: list[int], bob: list[int], n_done: int, gap: int
) -> None:
    answers = day("ann", ann[:n_done]) + day("bob", bob)
    for id_ in due_repeats(answers, IDS, settings(repeat_gap=gap, repeat_share=0.49)):
        for order in (ann[:n_done], bob):
            assert len(order) - order.index(IDS.index(id_)) > gap
