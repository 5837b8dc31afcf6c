"""Prompts, responses, views and answers that the tests of queues share."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from winnow.annotation.queues.tasks import Task, View, item_id
from winnow.schemas.answers import Answer, Shown
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import canonical_json
from winnow.schemas.prompts import Message, Prompt, ToolCall
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

CRITERIA = tuple(
    Criterion(
        criterion_id=f"criterion-{n}", rubric_id="rubric", kind="checklist", text=text, source="ann"
    )
    for n, text in enumerate(("Names a number", "The number is prime"))
)


def prompt(text: str = "Name a prime number above ten.") -> Prompt:
    return Prompt(messages=(Message(role="user", content=text),), source="tests")


def response(to: Prompt, text: str) -> Response:
    return Response(prompt_id=to.prompt_id, text=text, model="secret-model-7b")


def group(asked: Prompt, *texts: str) -> View:
    answers = sorted((response(asked, text) for text in texts), key=lambda r: r.response_id)
    comparison = Comparison(
        prompt_id=asked.prompt_id,
        response_ids=tuple(r.response_id for r in answers),
        strategy="all_pairs",
    )
    return View(comparison.comparison_id, asked, tuple(answers), CRITERIA)


def pair(n: int = 0) -> View:
    return group(prompt(f"Name a prime number above ten. ({n})"), "11 is prime.", "12 is prime.")


def trajectories() -> View:
    """Two responses of several turns: one calls a tool and goes on with the user, the other only talks."""
    asked = prompt("Is it dry in Oslo?")
    calls = Message(
        role="assistant", tool_calls=(ToolCall(name="rain", arguments='{"city":"Oslo"}', id="c1"),)
    )
    result = Message(role="tool", content="0 mm", tool_call_id="c1")
    more = Message(role="user", content="And in Bergen?")
    said = Message(role="assistant", content="It is dry.")
    turns = ((calls, result, said, more), (said, more))
    last = ("31 mm: it is not.", "Dry as well.")
    found = [
        Response(prompt_id=asked.prompt_id, text=text, turns=before, model="secret-model-7b")
        for before, text in zip(turns, last, strict=True)
    ]
    found.sort(key=lambda r: r.response_id)
    ids = tuple(r.response_id for r in found)
    compared = Comparison(prompt_id=asked.prompt_id, response_ids=ids, strategy="all_pairs")
    return View(compared.comparison_id, asked, tuple(found))


def one_response(n: int = 0) -> View:
    both = pair(n)
    return View(both.responses[0].response_id, both.prompt, both.responses[:1])


def rubric(n: int = 0) -> View:
    return View("rubric", pair(n).prompt, (), CRITERIA)


def answered(
    task: Task, view: View, values: dict[str, Any], *, minute: int = 0, who: str = "human:ann"
) -> Answer:
    """Answer an item as people do, without a server; no values discard it."""
    id_ = item_id(view.subject_id, task)
    shown = Shown.model_validate(json.loads(task.card(view, id_, 1, 0).shown))
    when = NOON + timedelta(minutes=minute)
    return Answer(
        item_id=id_,
        shown=shown,
        annotator_id=who,
        status="submitted" if values else "discarded",
        values=canonical_json(values),
        created_at=when,
        started_at=when,
    )
