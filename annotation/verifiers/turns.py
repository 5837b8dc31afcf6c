"""What is said in the turns of a prompt and its response."""

from winnow.annotation.verifiers.refusals import is_refusal
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


def asked_in(prompt: Prompt, response: Response) -> str:
    """Return all that others said: the prompt, and in a response of several turns the user and the tools."""
    others = (turn for turn in response.turns if turn.role != "assistant")
    return "\n".join(turn.text() for turn in (*prompt.messages, *others))


def last_question(prompt: Prompt) -> str:
    """Return what the user said last; empty where the user said nothing."""
    asked = [turn.text() for turn in prompt.messages if turn.role == "user"]
    return asked[-1] if asked else ""


def only_refuses(response: Response, asked: str) -> bool:
    """Say whether a response does nothing but refuse, in each of its turns, and calls no tool.

    Args:
        response: The response.
        asked: What was asked.
    """
    if any(turn.tool_calls for turn in response.as_turns()):
        return False
    said = [text for text in response.turn_texts() if text.strip()]
    return bool(said) and all(is_refusal(text, asked) for text in said)
