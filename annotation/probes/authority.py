"""The probe that backs a response with a source that does not exist."""

from typing import ClassVar

from winnow.annotation.judge import ComparisonView
from winnow.annotation.probe import PROBES, Probe, Side, one_of, text_at, with_texts

_CITED = (
    "This is confirmed by Harlowe and Vintner (2019), “A systematic review”, Annals of Applied Findings 41(3), 112–130.",
    "See the standard reference: Oakdene, R. and Sallow, P. (2017), “Principles and Evidence”, Marrowgate University Press, p. 88.",
    "As shown by a panel of experts in the field (Thistledown et al. 2021, Review of Established Results 12, 7–29).",
)
"""None of these authors, journals and publishers is real."""


@PROBES.register("authority", version=1)
class AuthorityProbe(Probe):
    """Append a reference to a source that does not exist.

    Source: the fake references of Chen et al. 2024, arXiv:2402.10669.
    """

    favours: ClassVar[str] = "the response that cites a made-up source"

    def alter(
        self, view: ComparisonView, side: Side, model: str | None = None
    ) -> ComparisonView | None:
        """Append one of the references, drawn for the comparison."""
        text = text_at(view, side)
        return (
            None if text is None else with_texts(view, {side: f"{text}\n\n{one_of(_CITED, view)}"})
        )
