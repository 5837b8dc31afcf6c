"""A judge that looks at one response: how brief it is, from 1 to 5, asked once of each."""

from typing import ClassVar

from winnow.annotation.judge import JUDGES, Judge, Question, Reading
from winnow.schemas.judgments import Rating
from winnow.schemas.prompts import Message


@JUDGES.register("brief", version=1)
class BriefJudge(Judge):
    subject: ClassVar = "response"

    def ask(self, view, replies=()):
        words = f"How brief is this, from 1 to 5?\n{view.responses[0].text}"
        turn = Message(role="user", content=words)
        return () if replies else [Question(messages=(turn,), max_tokens=1)]

    def read(self, view, replies):
        if (said := replies[0].text) not in {"1", "2", "3", "4", "5"}:
            return [Reading(verdict="invalid", rationale=said)]
        rating = Rating(response_id=view.subject_id, attribute="brevity", score=float(said))
        return [Reading(ratings=(rating,), rationale="")]
