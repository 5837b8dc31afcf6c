"""The probe that names the judge's own model as the author of a response."""

from typing import ClassVar

from winnow.annotation.judge import ComparisonView
from winnow.annotation.probe import PROBES, Probe, Side, text_at, with_texts

_OTHER = "another model"


@PROBES.register("self_preference", version=1)
class SelfPreferenceProbe(Probe):
    """Name an author above both responses: of one the judge's own model, of the other "another model".

    It measures what the name does. Whether a judge knows and prefers its own style without a name, gold alone can tell.

    Source: Panickssery et al. 2024, arXiv:2404.13076.
    """

    favours: ClassVar[str] = "the response that is said to be by its own model"

    def alter(
        self, view: ComparisonView, side: Side, model: str | None = None
    ) -> ComparisonView | None:
        """Put a line with the author before each response; None for an annotator that asks no model."""
        other: Side = "b" if side == "a" else "a"
        own, its = text_at(view, side), text_at(view, other)
        if model is None or own is None or its is None:
            return None
        texts = {side: _by(model, own), other: _by(_OTHER, its)}
        return with_texts(view, texts)


def _by(author: str, text: str) -> str:
    return f"Author: {author}\n\n{text}"
