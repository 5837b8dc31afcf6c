"""A response made better by a person."""

import json

from winnow.annotation.queues.forms import Card, Form, chat, markdown, words
from winnow.annotation.queues.tasks.base import (
    TASKS,
    ReadAnswers,
    TaskSettings,
    View,
    guidelines,
    judgment,
    make_card,
)
from winnow.schemas.answers import Answer
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import content_id
from winnow.schemas.responses import Response

EDIT = "edit"
"""Strategy of the comparisons of an edited response with its original."""


@TASKS.register("edit", version=1)
class Edit(TaskSettings):
    """Ask for a better version of a response, which yields a comparison edited > original.

    A text that is submitted unchanged, or a discarded item, yields nothing: there is nothing to compare.
    """

    def form(self) -> Form:
        """Return the response's text to work on."""
        return Form(
            fields=[chat("prompt", "Conversation"), markdown("response_1", "Response")],
            questions=[
                words("edited", "Make it better", is_required=True),
                words("why", "What did you change, and why?"),
            ],
            guidelines=guidelines(self.name, self.guidelines),
        )

    def unfit(self, view: View) -> str | None:
        """Say that a response is more than one text, all of which an edit would have to keep."""
        (original,) = view.responses
        is_text = not (original.turns or original.tool_calls or original.parts)
        return None if is_text else "more than one text: it has several turns, calls or pictures"

    def card(self, view: View, item_id: str, round_: int, seed: int) -> Card:
        """Show the response, and its text as the start of the edit."""
        (original,) = view.responses
        return make_card(
            self,
            view,
            item_id,
            round_,
            view.responses,
            suggestions={"edited": original.text},
            text_id=content_id(original.text),
        )

    def read(self, answer: Answer) -> ReadAnswers:
        """Return the edited response, its comparison with the original, and the judgment that it is better."""
        said = json.loads(answer.values)
        text = said.get("edited", "")
        if answer.status == "discarded" or content_id(text) == answer.shown.text_id:
            return ReadAnswers()
        (original_id,) = answer.shown.response_ids
        edited = Response(
            prompt_id=answer.shown.prompt_id,
            text=text,
            model=answer.annotator_id,
            made="edited",
            parent_id=original_id,
        )
        comparison = Comparison(
            prompt_id=answer.shown.prompt_id,
            response_ids=(original_id, edited.response_id),
            strategy=EDIT,
        )
        verdict = "a" if comparison.response_ids[0] == edited.response_id else "b"
        said_better = judgment(
            answer,
            comparison.comparison_id,
            (original_id, edited.response_id),
            order=None,
            verdict=verdict,
            rationale=said.get("why", ""),
        )
        return ReadAnswers([said_better], comparisons=[comparison], responses=[edited])
