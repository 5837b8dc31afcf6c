"""Requests as the tests of the engines make them."""

from collections.abc import Sequence
from typing import Any

from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion, Result, Sampling
from winnow.schemas.prompts import Message

VERDICT_SCHEMA = (
    '{"type": "object", "properties": {"verdict": {"enum": ["first", "second"]}, '
    '"score": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["verdict", "score"]}'
)
GREEDY = Sampling(temperature=0.0, max_tokens=24)
FREE = Sampling(temperature=1.0, max_tokens=24)


def ask(model: ModelRef, text: str, sampling: Sampling = FREE, **fields: Any) -> ChatRequest:
    """Make a request of one user turn."""
    return model.ask(messages=(Message(role="user", content=text),), sampling=sampling, **fields)


def answer(engine: Engine, requests: Sequence[ChatRequest]) -> list[Result]:
    """Have requests answered, telling nobody; gives a result each, in their order."""
    found: dict[str, Result] = {}

    def keep(result: Result) -> None:
        found[result.request_id] = result

    engine.complete(requests, keep)
    return [found[r.request_id] for r in requests]


def texts(results: list[Result]) -> list[str]:
    """Give the texts of completions."""
    assert all(isinstance(r, Completion) for r in results), results
    return [r.text for r in results if isinstance(r, Completion)]
