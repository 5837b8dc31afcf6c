import json

import pytest

from tests.annotation.queues.material import pair, rubric
from winnow.annotation.queues.markdown import as_markdown
from winnow.annotation.queues.tasks import TASKS, Pairwise, Ratings, RubricReview, item_id
from winnow.annotation.queues.tasks.ratings import Attribute
from winnow.schemas.errors import InvalidSettings, UnknownName


def test_every_task_kind_has_a_form_with_guidelines_and_a_required_question() -> None:
    assert sorted(TASKS) == [
        "checklist", "edit", "pairwise", "ranking", "ratings", "rubric_review",
    ]  # fmt: skip
    for kind in TASKS.values():
        form = kind().form()
        assert form.guidelines.startswith("# ")
        assert any(question.is_required for question in form.questions)


def test_an_unknown_task_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"no task named 'pairwse' \(did you mean 'pairwise'"):
        TASKS.find("pairwse")


def test_a_card_says_nothing_of_who_wrote_the_responses() -> None:
    card = Pairwise().card(pair(), "item", 1, 0)
    assert "secret-model" not in json.dumps([card.fields, card.shown, card.suggestions])


def test_the_order_of_responses_is_drawn_for_each_item_and_stored() -> None:
    views = [pair(n) for n in range(200)]
    cards = [Pairwise().card(v, item_id(v.subject_id, Pairwise()), 1, 0) for v in views]
    shown = [json.loads(card.shown)["response_ids"] for card in cards]
    n_turned = sum(ids[0] > ids[1] for ids in shown)
    assert 70 < n_turned < 130
    texts = {r.response_id: r.text for v in views for r in v.responses}
    assert all(
        as_markdown(texts[ids[0]]) == card.fields["response_1"]
        for ids, card in zip(shown, cards, strict=True)
    )


def test_no_task_shows_a_judges_opinion() -> None:
    assert Pairwise().card(pair(), "item", 1, 0).suggestions == {}


def test_each_round_and_showing_of_a_comparison_is_an_item_of_its_own() -> None:
    ids = {
        item_id("c", Pairwise(), round_=round_, copy=copy) for round_ in (1, 2) for copy in (0, 1)
    }
    assert len(ids) == 4


def test_guidelines_of_the_team_stand_below_ours_and_must_fit() -> None:
    assert Pairwise(guidelines="Ask Eva.").form().guidelines.endswith("\n\n<p>Ask Eva.</p>")
    with pytest.raises(InvalidSettings, match=r"guidelines of task 'pairwise' have \d+ characters"):
        Pairwise(guidelines="x" * 9_000).form()


def test_a_rubric_is_shown_as_a_numbered_list() -> None:
    card = RubricReview().card(rubric(), "item", 1, 0)
    assert card.fields["criteria"] == (
        "<p><strong>1.</strong> Names a number</p>\n\n"
        "<p><strong>2.</strong> The number is prime</p>"
    )


def test_help_beside_a_question_is_text_though_the_page_reads_html() -> None:
    attribute = Attribute(name="good", question="Good?", scale="0 < 4 & <img src=x>")
    question = Ratings(attributes=(attribute,)).form().questions[0]
    assert question.as_json()["description"] == "0 &lt; 4 &amp; &lt;img src=x&gt;"
