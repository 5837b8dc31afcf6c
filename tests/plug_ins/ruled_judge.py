"""A judge that goes by the prompt's rubric: how many of its criteria a response meets."""

from typing import ClassVar

from winnow.annotation.judge import JUDGES, Judge, Question, Reading
from winnow.schemas.judgments import Rating
from winnow.schemas.prompts import Message


@JUDGES.register("ruled", version=1)
class RuledJudge(Judge):
    subject: ClassVar = "response"
    by_rubric: ClassVar = True

    def ask(self, view, replies=()):
        listed = "\n".join(criterion.text for criterion in view.rubric.criteria)
        words = f"How many of these are true?\n{listed}\n\n{view.responses[0].text}"
        turn = Message(role="user", content=words)
        return () if replies else [Question(messages=(turn,), max_tokens=1)]

    def read(self, view, replies):
        if not (said := replies[0].text).isdecimal():
            return [Reading(verdict="invalid", rationale=said)]
        rating = Rating(response_id=view.subject_id, attribute="met", score=float(said))
        return [Reading(ratings=(rating,), rationale="")]
