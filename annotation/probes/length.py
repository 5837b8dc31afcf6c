"""The probe that makes a response longer and says nothing more."""

from itertools import cycle
from typing import ClassVar

from winnow.annotation.judge import ComparisonView
from winnow.annotation.probe import PROBES, Probe, Side, one_of, text_at, with_texts

_LEAST_CHARS = 300
_PADDING = (
    "There is a good deal that could be said here, and it is worth taking the time to look at it with care.",
    "As with most things of this kind, it helps to keep the whole in mind while going through the parts.",
    "Of course, what has been said above should be read in the light of what was asked.",
    "It is always good to come back to the question and to see it once more from the beginning.",
    "Taken together, these points give a picture that can be looked at from more than one side.",
    "In the end, it comes down to what was described, and there is no need to make more of it than it is.",
)


@PROBES.register("length", version=1)
class LengthProbe(Probe):
    """Pad a response to twice its length, by 300 characters at least, with sentences that hold no content.

    Source: the repetitive-list attack of Zheng et al. 2023, arXiv:2306.05685, with padding in place of repetition.
    """

    favours: ClassVar[str] = "the response that was padded with empty sentences"

    def alter(
        self, view: ComparisonView, side: Side, model: str | None = None
    ) -> ComparisonView | None:
        """Append sentences, beginning with one drawn for the comparison."""
        text = text_at(view, side)
        if text is None:
            return None
        wanted, padding = max(len(text), _LEAST_CHARS), ""
        start = _PADDING.index(one_of(_PADDING, view))
        sentences = cycle(_PADDING[start:] + _PADDING[:start])
        while len(padding) < wanted:
            padding = f"{padding} {next(sentences)}".strip()
        return with_texts(view, {side: f"{text}\n\n{padding}"})
