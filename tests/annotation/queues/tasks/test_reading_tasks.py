from dataclasses import replace

import pytest

from tests.annotation.queues.material import (
    CRITERIA,
    answered,
    group,
    one_response,
    pair,
    prompt,
    rubric,
)
from winnow.annotation.queues.tasks import (
    Checklist,
    Edit,
    Pairwise,
    Ranking,
    Ratings,
    RubricReview,
    Task,
)
from winnow.schemas.answers import Answer
from winnow.schemas.judgments import Judgment


def place(answer: Answer, text_of: dict[str, str], wanted: str) -> int:
    """Say at which place the response with a text was shown."""
    return 1 + [text_of[i] for i in answer.shown.response_ids].index(wanted)


def chosen(preference: str) -> tuple[Judgment, str]:
    """Judge a pair, and give the judgment with the id of the response shown first."""
    answer = answered(Pairwise(), pair(), {"preference": preference, "why": "It is prime."})
    (judgment,) = Pairwise().read(answer).judgments
    return judgment, answer.shown.response_ids[0]


@pytest.mark.parametrize(
    ("preference", "places", "strength"),
    [
        ("first_much", 1, 3),
        ("first_slightly", 1, 1),
        ("second_slightly", 2, 1),
        ("second_much", 2, 3),
    ],
)
def test_a_verdict_names_the_response_not_its_place(
    preference: str, places: int, strength: int
) -> None:
    judgment, first = chosen(preference)
    a, b = (r.response_id for r in pair().responses)
    wanted = first if places == 1 else ({a, b} - {first}).pop()
    assert judgment.verdict == ("a" if wanted == a else "b")
    assert judgment.strength == (-strength if wanted == a else strength)
    assert judgment.order == ("ab" if first == a else "ba")


def test_a_judgment_says_who_when_why_and_on_which_item() -> None:
    judgment, _ = chosen("first_much")
    assert (judgment.annotator_id, judgment.kind, judgment.rationale) == (
        "human:ann", "human", "It is prime.",
    )  # fmt: skip
    assert judgment.created_at is not None and judgment.request_id


def test_a_tie_and_both_bad_differ_in_their_ratings() -> None:
    tie, _ = chosen("tie")
    bad, _ = chosen("both_bad")
    assert (tie.verdict, tie.strength, tie.ratings) == ("tie", 0, ())
    assert (bad.verdict, [(r.attribute, r.score) for r in bad.ratings]) == (
        "tie", [("acceptable", 0.0)] * 2,
    )  # fmt: skip


def test_a_discarded_item_is_recorded_as_such() -> None:
    (judgment,) = Pairwise().read(answered(Pairwise(), pair(), {})).judgments
    assert (judgment.verdict, judgment.is_discarded) == ("invalid", True)


def test_ratings_belong_to_responses_and_the_first_attribute_decides() -> None:
    view = pair()
    values = {f"{a.name}_{place}": 2 for a in Ratings().attributes for place in (1, 2)}
    answer = answered(Ratings(), view, {**values, "helpfulness_1": 4})
    (judgment,) = Ratings().read(answer).judgments
    first = answer.shown.response_ids[0]
    scores = {(r.response_id, r.attribute): r.score for r in judgment.ratings}
    assert len(scores) == 10 and scores[first, "helpfulness"] == 4
    assert judgment.verdict == ("a" if first == view.responses[0].response_id else "b")


def test_a_ranking_says_something_of_each_two_and_keeps_shared_ranks_as_ties() -> None:
    view = group(prompt(), "best", "middle one", "middle two")
    text_of = {r.response_id: r.text for r in view.responses}
    task = Ranking(n_responses=3)
    places = answered(task, view, {"ranking": []})
    rank = {"best": 1, "middle one": 2, "middle two": 2}
    values = [
        {"value": f"response_{place(places, text_of, text)}", "rank": r} for text, r in rank.items()
    ]
    reading = task.read(answered(task, view, {"ranking": values}))
    found = {}
    for comparison, judgment in zip(reading.comparisons, reading.judgments, strict=True):
        assert judgment.comparison_id == comparison.comparison_id
        texts = [text_of[i] for i in comparison.response_ids]
        found[frozenset(texts)] = dict(a=texts[0], b=texts[1], tie="tie")[judgment.verdict]
    assert found == {
        frozenset({"best", "middle one"}): "best",
        frozenset({"best", "middle two"}): "best",
        frozenset({"middle one", "middle two"}): "tie",
    }
    assert reading.judgments[0].ranking and text_of[reading.judgments[0].ranking[0]] == "best"


def test_a_checklist_keeps_each_verdict_with_its_evidence_and_blanks_as_invalid() -> None:
    answer = answered(
        Checklist(),
        pair(),
        {
            "criterion_1_1": "yes",
            "criterion_1_2": "no",
            "criterion_2_1": "not_applicable",
            "marks_in_response_1": [{"label": "criterion_1", "start": 0, "end": 2, "text": "11"}],
        },
    )
    (judgment,) = Checklist().read(answer).judgments
    first = answer.shown.response_ids[0]
    found = {
        (v.response_id == first, v.criterion_id): (v.verdict, v.evidence) for v in judgment.criteria
    }
    assert found == {
        (True, "criterion-0"): ("yes", "11"),
        (True, "criterion-1"): ("not_applicable", None),
        (False, "criterion-0"): ("no", None),
        (False, "criterion-1"): ("invalid", None),
    }
    assert judgment.verdict == ("a" if first == pair().responses[0].response_id else "b")


@pytest.mark.parametrize("task", [Checklist(n_criteria=1), RubricReview(n_criteria=1)])
def test_an_item_without_criteria_or_with_too_many_is_named_unfit(task: Task) -> None:
    without = replace(pair(), criteria=())
    assert task.unfit(without) == "no criteria, since no rubric speaks of its prompt"
    assert task.unfit(pair()) == "2 criteria; n_criteria of the task has room for 1"
    assert task.unfit(replace(pair(), criteria=CRITERIA[:1])) is None


def test_a_review_gives_decisions_and_reworded_criteria() -> None:
    answer = answered(
        RubricReview(),
        rubric(),
        {"decision_1": "approve", "decision_2": "edit", "text_2": "It is prime", "text_1": "left"},
    )
    reading = RubricReview().read(answer)
    assert [(r.criterion_id, r.decision, r.text) for r in reading.reviews] == [
        ("criterion-0", "approve", None),
        ("criterion-1", "edit", "It is prime"),
    ]
    assert [(c.rubric_id, c.text, c.source) for c in reading.criteria] == [
        ("rubric", "It is prime", "human:ann")
    ]


def test_an_edit_yields_a_comparison_that_the_edited_response_wins() -> None:
    view = one_response()
    answer = answered(Edit(), view, {"edited": "13 is prime.", "why": "12 is not."})
    reading = Edit().read(answer)
    assert [(r.made, r.parent_id) for r in reading.responses] == [
        ("edited", view.responses[0].response_id)
    ]
    (edited,), (comparison,), (judgment,) = (
        reading.responses,
        reading.comparisons,
        reading.judgments,
    )
    assert (edited.text, edited.model) == ("13 is prime.", "human:ann")
    assert set(comparison.response_ids) == {view.subject_id, edited.response_id}
    winner = comparison.response_ids["ab".index(judgment.verdict)]
    assert (winner, judgment.order) == (edited.response_id, None)


def test_an_unchanged_edit_yields_nothing() -> None:
    view = one_response()
    assert not Edit().read(answered(Edit(), view, {"edited": view.responses[0].text})).judgments
