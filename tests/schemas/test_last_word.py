from datetime import UTC, datetime

import pytest

from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import last_judgments, last_words


def said(verdict: str, minute: int | None = None, **more: object) -> Judgment:
    at = None if minute is None else datetime(2026, 5, 1, 9, minute, tzinfo=UTC)
    fields = {"comparison_id": "c", "annotator_id": "human:ann", "kind": "human", "request_id": "q"}
    return Judgment.model_validate({**fields, "verdict": verdict, "created_at": at, **more})


FIRST = said("a", 0)
SECOND = said("b", 1, supersedes=FIRST.judgment_id)
THIRD = said("tie", 2, supersedes=SECOND.judgment_id)
WITHDRAWN = said("invalid", 3, supersedes=SECOND.judgment_id, is_discarded=True)


@pytest.mark.parametrize("order", [(FIRST, SECOND, THIRD), (THIRD, FIRST, SECOND)])
def test_of_several_answers_the_last_one_counts_in_whatever_order(
    order: tuple[Judgment, ...],
) -> None:
    assert last_judgments(order) == [THIRD]


def test_a_withdrawal_is_a_last_word_that_says_nothing() -> None:
    assert last_judgments([FIRST, SECOND, WITHDRAWN]) == [WITHDRAWN]


def test_an_answer_is_replaced_though_the_one_between_is_not_there() -> None:
    assert last_judgments([FIRST, THIRD]) == [THIRD]


def test_a_repeat_is_another_question_and_a_vote_without_a_question_replaces_nothing() -> None:
    repeat = said("b", 5, request_id="q again")
    cast = [said("a", 1, request_id=None), said("b", 2, request_id=None)]
    assert last_judgments([FIRST, repeat, *cast]) == [FIRST, repeat, *cast]


def test_a_change_counts_though_the_answer_before_it_came_without_a_time() -> None:
    assert last_judgments([said("a"), said("b", 1)]) == [said("b", 1)]


def test_two_answers_without_a_time_or_a_link_both_stand() -> None:
    assert len(last_judgments([said("a"), said("b")])) == 2


def test_a_model_asked_in_two_orders_is_left_alone() -> None:
    both = [said("a", order=o, kind="llm", annotator_id="m") for o in ("ab", "ba")]
    table = Judgment.to_table(both)
    assert last_words(table) is table
