"""Which turns a model's chat template takes: found by trying where it can be rendered, told by a server that refuses."""

import re
from collections.abc import Callable, Iterator

from winnow.pipelines.inference.requests import Failure, Result
from winnow.schemas.model_input import Takes, as_taken
from winnow.schemas.prompts import Message

_SYSTEM = re.compile(
    r"\b(system|developer)\b.{0,30}\b(role|message|prompt|instruction|turn)|\b(role|message)\b.{0,40}\b(system|developer)\b"
    r"|only .{0,20}user.{0,20}assistant",
    re.I | re.S,
)
_ORDER = re.compile(r"\balternat|consecutive .{0,40}(role|message|turn)", re.I | re.S)
_NO = re.compile(
    r"\b(not|n't|cannot|must|only|unsupported|unknown|invalid|unexpected|error)\b", re.I
)
_A, _B = "Answer in French.", "Answer in verse."
_REFUSALS = (
    "refused",
    "engine_error",
)  # a template's error is a 400 at one server and a 500 at another


def find_takes(render: Callable[[tuple[Message, ...]], object]) -> Takes:
    """Find out which turns a chat template takes: one that it refuses, or leaves out in silence, it does not.

    Args:
        render: Gives what the model reads of a conversation, so that the same is equal; raises where the template does.
    """

    def says(*turns: tuple[str, str]) -> object | None:
        asked = tuple(Message.model_validate({"role": r, "content": text}) for r, text in turns)
        try:
            return render(asked)
        except Exception:  # whatever a template or what is round it raises, it does not take this
            return None

    def takes(before: str) -> bool:
        question = ("user", "Who wrote it?")
        one, other = says((before, _A), question), says((before, _B), question)
        return one is not None and one != other

    if says(("user", _A)) is None:  # it takes nothing that can be tried here
        return Takes()
    return Takes(system=takes("system"), repeats=takes("user"))


def is_about_turns(result: Result) -> bool:
    """Whether a request failed for the roles of its turns or for their order, and not for what they say."""
    if not isinstance(result, Failure) or result.reason not in _REFUSALS:
        return False
    words = result.detail
    return bool(_NO.search(words) and (_SYSTEM.search(words) or _ORDER.search(words)))


def other_ways(
    refused: Result, turns: tuple[Message, ...], told: tuple[Message, ...]
) -> Iterator[Takes]:
    """List ways to write a conversation that was refused for its turns, the nearest to it first, each once.

    Args:
        refused: What became of it.
        turns: The conversation.
        told: How it was written.
    """
    if not is_about_turns(refused):
        return
    seen = [told]
    for takes in (Takes(repeats=False), Takes(system=False), Takes(system=False, repeats=False)):
        written = as_taken(turns, takes)
        if written not in seen:
            seen.append(written)
            yield takes
