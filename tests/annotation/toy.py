"""Views of comparisons for the tests of judges and verifiers."""

from winnow.annotation.judge import ComparisonView, Judge, Question, Reading, Reply
from winnow.schemas.judgments import Order
from winnow.schemas.prompts import Message, Prompt, ToolCall
from winnow.schemas.responses import Response


def view(one: str, other: str, **asked: object) -> ComparisonView:
    """Set two texts side by side; `one` is a and `other` is b, whatever their ids."""
    fields = {"messages": (Message(role="user", content="Why?"),), "source": "toy", **asked}
    prompt = Prompt.model_validate(fields)
    return ComparisonView(
        comparison_id="c", prompt=prompt, a=respond(prompt, one), b=respond(prompt, other)
    )


def respond(prompt: Prompt, text: str, *calls: ToolCall, **more: object) -> Response:
    fields = {"prompt_id": prompt.prompt_id, "text": text, "tool_calls": calls, "model": "m"}
    return Response.model_validate({**fields, **more})


def asked(judge: Judge, pair: ComparisonView, order: Order = "ab") -> Question:
    """Give the one question of a judge about two responses."""
    (question,) = judge.ask(pair.subject(order))
    return question


def read(judge: Judge, reply: str, pair: ComparisonView, order: Order = "ab") -> Reading:
    """Give what a judge reads in its one reply about two responses."""
    (reading,) = judge.read(pair.subject(order), [Reply(text=reply)])
    return reading
