"""Which questions an item wants answered. Loaded inside the Argilla server's environment, like `inside.py`.

In Argilla a question is required of every item of a data set or of none. A checklist has places for as many criteria as any item
may have: of each item those are wanted that it has.
"""

import json
from typing import Any

from argilla_server.enums import ResponseStatus
from argilla_server.errors.future import UnprocessableEntityError
from argilla_server.models import Record
from argilla_server.validators.responses import ResponseValidator

_SHOWN = "shown"
"""Metadata that says what an item shows, as `winnow.annotation.queues.forms` names it."""


def want_every_criterion() -> None:
    """Have Argilla refuse an answer that leaves a criterion of its item blank."""
    theirs = ResponseValidator._validate_required_questions_have_values

    def required(response: Any, record: Record) -> None:
        theirs(response, record)
        if response.status != ResponseStatus.submitted:
            return
        asked = {question.name for question in record.dataset.questions}
        for name, what in criteria_questions(record.metadata_ or {}).items():
            if name in asked and name not in (response.values or {}):
                raise UnprocessableEntityError(f"Not submitted: {what} is not answered")

    ResponseValidator._validate_required_questions_have_values = staticmethod(required)


def criteria_questions(metadata: dict[str, Any]) -> dict[str, str]:
    """Name the questions about the criteria of an item of a checklist, with what they ask; none for other items."""
    shown = json.loads(metadata.get(_SHOWN) or "{}")
    if not str(shown.get("task", "")).startswith("checklist@"):
        return {}
    numbers = range(1, len(shown.get("criterion_ids") or ()) + 1)
    return {
        f"criterion_{n}_{place}": f"criterion {n} of response {place}"
        for n in numbers
        for place in (1, 2)
    }
