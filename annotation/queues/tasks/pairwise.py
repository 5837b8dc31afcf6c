"""Which of two responses is better, by how much, and why."""

from collections.abc import Mapping
from typing import Any

from winnow.annotation.queues.forms import Card, Form, choice, markdown, words
from winnow.annotation.queues.tasks.base import (
    TASKS,
    ReadAnswers,
    TaskSettings,
    View,
    guidelines,
    make_card,
    shuffled,
)
from winnow.annotation.queues.tasks.pairs import read_pair, two_responses, verdict_of
from winnow.schemas.answers import Answer
from winnow.schemas.judgments import Rating, Verdict

PREFERENCES = {
    "first_much": "1 is much better",
    "first_slightly": "1 is slightly better",
    "tie": "About equally good",
    "second_slightly": "2 is slightly better",
    "second_much": "2 is much better",
    "both_bad": "Both are bad",
}
PUSH = {"first_much": -3, "first_slightly": -1, "second_slightly": 1, "second_much": 3}
"""How far each preference leans from the first shown to the second."""


@TASKS.register("pairwise", version=1)
class Pairwise(TaskSettings):
    """Ask which of two responses is better.

    "Both are bad" is a tie in which both responses are rated 0 on the attribute "acceptable".
    """

    is_justified: bool = False
    """Whether nobody may submit without saying why."""

    def form(self) -> Form:
        """Return a choice of six and a line for the reason."""
        return Form(
            fields=two_responses(markdown),
            questions=[
                choice("preference", "Which response is better?", PREFERENCES),
                words("why", "Why? One sentence will do", is_required=self.is_justified),
            ],
            guidelines=guidelines(self.name, self.guidelines),
        )

    def card(self, view: View, item_id: str, round_: int, seed: int) -> Card:
        """Show the two responses side by side in a drawn order."""
        responses = shuffled(view, item_id, seed)
        suggestions = {}
        if view.suggested is not None:
            is_a_first = responses[0] == view.responses[0]
            suggestions["preference"] = _suggestion(view.suggested, is_a_first=is_a_first)
        return make_card(self, view, item_id, round_, responses, suggestions=suggestions)

    def read(self, answer: Answer) -> ReadAnswers:
        """Return one judgment with its strength."""
        return read_pair(answer, _say)


def _say(said: Mapping[str, Any], ids: tuple[str, ...]) -> dict[str, Any]:
    push = PUSH.get(said["preference"], 0)
    strength = push if ids[0] < ids[1] else -push
    ratings = [Rating(response_id=i, attribute="acceptable", score=0) for i in sorted(ids)]
    return {
        "verdict": verdict_of(strength),
        "strength": strength,
        "ratings": tuple(ratings) if said["preference"] == "both_bad" else (),
    }


def _suggestion(verdict: Verdict, *, is_a_first: bool) -> str:
    """Return the answer that says as much as a verdict does, and no more."""
    if verdict == "tie":
        return verdict
    return "first_slightly" if (verdict == "a") == is_a_first else "second_slightly"
