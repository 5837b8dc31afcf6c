import pytest

from tests.annotation.queues.material import answered, one_response, pair, rubric
from winnow.annotation.queues.reading import read_answers
from winnow.annotation.queues.tasks import Edit, Pairwise, RubricReview
from winnow.schemas.errors import UnknownName

TASKS = {"pairwise@1": Pairwise(), "edit@1": Edit(), "rubric_review@1": RubricReview()}
FIRST, TIE = {"preference": "first_much"}, {"preference": "tie"}


def test_a_changed_answer_supersedes_the_one_before_in_whatever_order_they_are_read() -> None:
    answers = [
        answered(Pairwise(), pair(), said, minute=m) for m, said in enumerate((FIRST, TIE, FIRST))
    ]
    one, two, three = read_answers(answers[::-1], TASKS).judgments
    assert [j.supersedes for j in (one, two, three)] == [None, one.judgment_id, two.judgment_id]
    assert len({one.judgment_id, two.judgment_id, three.judgment_id}) == 3


def test_reading_more_answers_later_changes_no_judgment_read_before() -> None:
    answers = [answered(Pairwise(), pair(), said, minute=m) for m, said in enumerate((FIRST, TIE))]
    before = read_answers(answers[:1], TASKS).judgments
    assert read_answers(answers, TASKS).judgments[:1] == before


def test_two_people_and_two_showings_supersede_nothing() -> None:
    answers = [answered(Pairwise(), pair(), FIRST, who=f"human:{who}") for who in ("ann", "bob")]
    answers.append(answered(Pairwise(), pair(1), FIRST))
    assert [j.supersedes for j in read_answers(answers, TASKS).judgments] == [None] * 3


def test_a_judgment_taken_back_by_discarding_is_superseded() -> None:
    answers = [answered(Pairwise(), pair(), said, minute=m) for m, said in enumerate((FIRST, {}))]
    first, last = read_answers(answers, TASKS).judgments
    assert (last.is_discarded, last.supersedes) == (True, first.judgment_id)


def test_an_edit_made_anew_takes_the_comparison_of_the_first_back() -> None:
    view = one_response()
    answers = [
        answered(Edit(), view, {"edited": text}, minute=m)
        for m, text in enumerate(("13 is prime.", "17 is prime.", view.responses[0].text))
    ]
    found = read_answers(answers, TASKS).judgments
    assert [(j.is_discarded, j.supersedes) for j in found] == [
        (False, None),
        (True, found[0].judgment_id),
        (False, None),
        (True, found[2].judgment_id),
    ]


def test_a_changed_review_names_the_one_before() -> None:
    answers = [
        answered(RubricReview(), rubric(), {"decision_1": said}, minute=m)
        for m, said in enumerate(("approve", "reject"))
    ]
    first, last = read_answers(answers, TASKS).reviews
    assert (first.supersedes, last.supersedes) == (None, first.answer_id)


def test_time_is_counted_from_the_previous_answer_and_unknown_after_a_break() -> None:
    answers = [answered(Pairwise(), pair(n), FIRST, minute=m) for n, m in enumerate((0, 2, 40))]
    assert [j.seconds for j in read_answers(answers, TASKS).judgments] == [None, 120.0, None]


def test_an_answer_to_an_unknown_task_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"no task named 'pairwise@1'.*; known tasks: edit@1"):
        read_answers([answered(Pairwise(), pair(), FIRST)], {"edit@1": Edit()})
