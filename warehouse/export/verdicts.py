"""Verdicts on criteria as rows: what each annotator said of each response."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from winnow.schemas.prompts import Message
from winnow.warehouse.export.carries import Carries, why_left_out
from winnow.warehouse.export.chat import side_alone, told
from winnow.warehouse.export.layout import SIDES, PreferenceText, VerdictText

CARRIES = Carries()
"""What rows of verdicts have a place for: text by role."""


class JudgedResponse(NamedTuple):
    """A response with the verdicts on it."""

    asked: tuple[Message, ...]
    """The turns of the prompt."""

    said: tuple[Message, ...]
    """The turns of the response."""

    verdicts: tuple[VerdictText, ...]
    """The verdicts, at least one."""

    why_not: str | None
    """Why rows cannot hold it; None where they can."""


def judged_responses(group: Sequence[PreferenceText]) -> Iterator[JudgedResponse]:
    """Give the responses of a prompt that verdicts are about, each once.

    Args:
        group: The preferences of the prompt, with the verdicts on its responses.
    """
    verdicts = group[0].get("verdicts") or ()
    seen: set[str] = set()
    for preference in group:
        parts = told(preference)
        for side in SIDES:
            response_id = preference["chosen_id" if side == "chosen" else "rejected_id"]
            own = tuple(one for one in verdicts if one["response_id"] == response_id)
            if response_id in seen or not own:
                continue
            seen.add(response_id)
            alone = side_alone(parts, is_chosen=side == "chosen")
            turns = alone.responses()
            yield JudgedResponse(parts.asked, turns, own, why_left_out(alone, CARRIES))
