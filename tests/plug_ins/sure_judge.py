"""A judge that reads log-probabilities: which of two answers the model was likelier to give."""

from winnow.annotation.judge import JUDGES, Judge, Question, Reading, name_of
from winnow.schemas.prompts import Message


@JUDGES.register("sure", version=1)
class SureJudge(Judge):
    def ask(self, view, replies=()):
        first, second = (response.text for response in view.shown)
        words = Message(role="user", content=f"1: {first}\n2: {second}\nWhich is better?")
        return () if replies else [Question(messages=(words,), max_tokens=1, logprobs=5)]

    def read(self, view, replies):
        likely = {choice.token: choice.logprob for choice in replies[0].tokens[0].top}
        place = "first" if likely["1"] > likely["2"] else "second"
        return [Reading(verdict=name_of(place, view.order), rationale=f"{likely}")]
