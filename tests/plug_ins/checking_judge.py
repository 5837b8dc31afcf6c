"""A judge that asks two questions: what matters, and then, by what came back, which of two answers meets it."""

from winnow.annotation.judge import JUDGES, Judge, Question, Reading, name_of
from winnow.schemas.prompts import Message


@JUDGES.register("checking", version=1)
class CheckingJudge(Judge):
    def ask(self, view, replies=()):
        first, second = (response.text for response in view.shown)
        asked = (view.prompt.messages[-1].text(), *(reply.text for reply in replies))
        rounds = [f"What matters in {asked[0]}", f"{asked[-1]}. 1: {first} 2: {second}"]
        turns = [Message(role="user", content=words) for words in rounds[len(replies) :]]
        return [Question(messages=(turn,), max_tokens=9) for turn in turns[:1]]

    def read(self, view, replies):
        place = {"1": "first", "2": "second"}.get(replies[-1].text)
        verdict = name_of(place, view.order) if place else "invalid"
        return [Reading(verdict=verdict, rationale=replies[0].text)]
