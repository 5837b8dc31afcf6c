"""The probe that lays out the same words in Markdown."""

import re
from typing import ClassVar

from winnow.annotation.judge import ComparisonView
from winnow.annotation.probe import PROBES, Probe, Side, text_at, with_texts

_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_MARKDOWN = re.compile(r"^\s*(#|[-*+]\s|\d+[.)]\s|>|\|)|\*\*|```", re.MULTILINE)
_BOLD_WORDS = 2
_LEAST_WORDS = 4


@PROBES.register("formatting", version=1)
class FormattingProbe(Probe):
    """Make a heading of the first sentence and bullets with a bold beginning of the others; every word stays.

    Source: Zhang et al. 2024, "From Lists to Emojis", arXiv:2409.11704.
    """

    favours: ClassVar[str] = "the response with headings, bullets and bold words"

    def alter(
        self, view: ComparisonView, side: Side, model: str | None = None
    ) -> ComparisonView | None:
        """Lay the response out; None where it has Markdown already, or a single sentence of a few words."""
        text = text_at(view, side)
        if text is None or _MARKDOWN.search(text):
            return None
        first, *rest = [s for s in _SENTENCE_END.split(text.strip()) if s]
        if not rest and len(first.split()) < _LEAST_WORDS:
            return None
        if not rest:
            return with_texts(view, {side: _bullet(first)})
        bullets = "\n".join(map(_bullet, rest))
        return with_texts(view, {side: f"## {first}\n\n{bullets}"})


def _bullet(sentence: str) -> str:
    words = sentence.split()
    bold, rest = words[:_BOLD_WORDS], words[_BOLD_WORDS:]
    return " ".join(["-", f"**{' '.join(bold)}**", *rest])
