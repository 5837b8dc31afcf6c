"""A stub model for the tests of judges by likelihood: its tokens are words, and a function says how likely each is."""

import re
from collections.abc import Callable, Sequence

from tests.annotation.toy import respond
from winnow.annotation.judge import Judge, Question, Reading, Reply, SubjectView
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.token_logprobs import TokenLogprob

Likely = Callable[[str, str], float]
"""Gives the log-probability of a token from what stands ahead of it, all turns as one text, and the token."""


def subject(text: str, *turns: Message, **asked: object) -> SubjectView:
    """Show one response to a prompt."""
    messages = turns or (Message(role="user", content="Why is the sky blue?"),)
    prompt = Prompt.model_validate({"messages": messages, "source": "toy", **asked})
    response = respond(prompt, text)
    return SubjectView(
        kind="response",
        subject_id=response.response_id,
        prompt=prompt,
        responses=(response,),
        places=(0,),
    )


def scored(question: Question, likely: Likely) -> Reply:
    """Answer as an engine does that gives the tokens of the scored text."""
    turns = [turn.content or "" for turn in question.messages]
    n = question.scored_chars or 0
    ahead = "\n".join([*turns[:-1], turns[-1][: len(turns[-1]) - n]])
    tokens = []
    for token in re.findall(r"\s*\S+|\s+$", turns[-1][len(turns[-1]) - n :]):
        tokens.append(TokenLogprob(token=token, logprob=likely(ahead, token)))
        ahead += token
    return Reply(text="", tokens=tuple(tokens))


def judged(judge: Judge, view: SubjectView, *models: Likely) -> Reading:
    """Have a judge ask its rounds, each of a model, and read the replies."""
    replies: list[Reply] = []
    left = list(models)
    while questions := judge.ask(view, replies):
        model = left.pop(0)
        replies += [scored(question, model) for question in questions]
    (reading,) = judge.read(view, replies)
    return reading


def numbers(reading: Reading) -> dict[str, float]:
    """Give ratings by attribute."""
    return {rating.attribute: rating.score for rating in reading.ratings}


def replied(judge: Judge, view: SubjectView, replies: Sequence[Reply]) -> Reading:
    """Give what a judge reads in some replies."""
    (reading,) = judge.read(view, replies)
    return reading
