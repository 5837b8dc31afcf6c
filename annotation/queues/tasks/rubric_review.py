"""Whether the criteria of a rubric are good ones."""

import json

from winnow.annotation.queues.forms import Card, Form, chat, choice, markdown, words
from winnow.annotation.queues.tasks.base import TASKS, ReadAnswers, View, guidelines, make_card
from winnow.annotation.queues.tasks.criteria import CriteriaSettings
from winnow.schemas.answers import Answer
from winnow.schemas.ids import content_id
from winnow.schemas.rubrics import Criterion, CriterionReview

DECISIONS = {"approve": "Keep as it is", "edit": "Keep, but reword", "reject": "Drop"}


@TASKS.register("rubric_review", version=1)
class RubricReview(CriteriaSettings):
    """Ask of each criterion of a rubric whether to approve, edit or reject it.

    A criterion left blank was not reviewed and yields nothing. An edit without new words is a rejection of nothing:
    it yields a review without text.
    """

    def form(self) -> Form:
        """Return a choice and a line for new words for each criterion."""
        questions = []
        for n in range(1, self.n_criteria + 1):
            title = f"Criterion {n}"
            questions += [
                choice(f"decision_{n}", title, DECISIONS, is_required=n == 1),
                words(f"text_{n}", f"{title} in better words"),
            ]
        return Form(
            fields=[chat("prompt", "Conversation"), markdown("criteria", "Criteria")],
            questions=[*questions, words("why", "Why?")],
            guidelines=guidelines(self.name, self.guidelines),
        )

    def card(self, view: View, item_id: str, round_: int, seed: int) -> Card:
        """Show the prompt and the criteria as a numbered list."""
        return make_card(self, view, item_id, round_, (), fields={"criteria": self.numbered(view)})

    def read(self, answer: Answer) -> ReadAnswers:
        """Return a review for each criterion answered, and a new criterion for each that was reworded."""
        said = json.loads(answer.values)
        reading = ReadAnswers()
        for n, criterion_id in enumerate(answer.shown.criterion_ids, 1):
            decision = said.get(f"decision_{n}")
            if answer.status == "discarded":
                decision = "discarded"
            if decision is None:
                continue
            text = said.get(f"text_{n}", "").strip() if decision == "edit" else ""
            reading.reviews.append(
                CriterionReview(
                    answer_id=answer.answer_id,
                    criterion_id=criterion_id,
                    annotator_id=answer.annotator_id,
                    decision=decision,
                    text=text or None,
                    reason=said.get("why", ""),
                )
            )
            if text:
                reading.criteria.append(_reworded(answer, text))
        return reading


def _reworded(answer: Answer, text: str) -> Criterion:
    rubric_id = answer.shown.subject_id
    return Criterion(
        criterion_id=content_id([rubric_id, "checklist", text]),
        rubric_id=rubric_id,
        kind="checklist",
        text=text,
        source=answer.annotator_id,
    )
