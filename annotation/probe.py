"""What a probe of a judge is: a comparison altered in a way that should change no verdict."""

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar, Literal

from winnow.annotation.judge import ComparisonView
from winnow.schemas.base import Value
from winnow.schemas.ids import content_id
from winnow.schemas.registry import Registry
from winnow.schemas.responses import Response

Side = Literal["a", "b"]


class Probe(Value, ABC):
    """A way to favour one side of a comparison without making its response better.

    A judge without the bias prefers that side as often as before. What a probe writes is looked at and thrown away: no
    altered response is kept among responses.

    A probe by order turns the sides instead, and alters no text: its side is the one shown first.
    """

    name: ClassVar[str]
    """Name on the command line; registering sets it."""

    version: ClassVar[int]
    """Grows whenever the same comparison would be altered otherwise; registering sets it."""

    favours: ClassVar[str]
    """What a judge with the bias prefers, in words that follow "prefers"."""

    by_order: ClassVar[bool] = False
    """Whether it compares the two orders in which a judge is asked anyway."""

    def alter(
        self, view: ComparisonView, side: Side, model: str | None = None
    ) -> ComparisonView | None:
        """Alter a comparison in favour of one side.

        Args:
            view: The comparison.
            side: The side.
            model: The model that the judge asks, by its own name; None for an annotator that asks none.

        Returns:
            The comparison with the same id; None where it cannot be altered so.
        """
        return None


PROBES: Registry[Probe] = Registry("probe")
"""Probes by name; `winnow.annotation.probes` fills it."""


def side_of(view: ComparisonView) -> Side:
    """Draw the side that probes of a comparison favour, always the same of one comparison."""
    return "a" if int(content_id([view.comparison_id, "probed"])[:8], 16) % 2 else "b"


def one_of(texts: Sequence[str], view: ComparisonView) -> str:
    """Draw a text for a comparison, always the same."""
    return texts[int(content_id([view.comparison_id, "text"])[:8], 16) % len(texts)]


def with_text(response: Response, text: str) -> Response:
    """Return a response that says something else in its last turn; it has an id of its own."""
    kept = response.model_dump(exclude={"response_id", "steps"})
    said = {"text": text, "made": "edited", "parent_id": response.response_id}
    return Response.model_validate({**kept, **said})


def with_texts(view: ComparisonView, texts: dict[Side, str]) -> ComparisonView:
    """Return a comparison in which sides say something else."""
    sides: dict[str, Response] = {
        side: with_text(getattr(view, side), text) for side, text in texts.items()
    }
    return view.model_copy(update=sides)


def text_at(view: ComparisonView, side: Side) -> str | None:
    """Return the text of a side; None where it is empty, unknown or holds more than plain text."""
    response: Response = getattr(view, side)
    return response.text if response.text and not response.parts else None
