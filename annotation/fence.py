"""Fences round text that must be read as content, whatever it says."""

import re
from collections.abc import Iterable
from itertools import count
from typing import NamedTuple, Self

from winnow.schemas.ids import content_id_without_fractions

_DIGITS = 8
_MARKS = re.compile(
    r"<\|[^<>\s]{1,40}\|?>|<｜[^<>\s]{1,40}｜>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>",
    re.IGNORECASE,
)
"""Of the Llama, Mistral, Qwen, Gemma, Phi, DeepSeek and gpt-oss families."""


class Fence(NamedTuple):
    """Tags with a code that occurs in none of the texts between them, so that no text can close its own fence."""

    code: str
    """Hex digits that end each tag's name."""

    @classmethod
    def against(cls, texts: Iterable[str]) -> Self:
        """Find the fence for these texts; the same for the same texts, in whatever order."""
        ordered = sorted(texts)
        codes = (content_id_without_fractions([salt, ordered])[:_DIGITS] for salt in count())
        return cls(next(c for c in codes if not any(c in text.lower() for text in ordered)))

    def wrap(self, tag: str, text: str) -> str:
        """Put a text between an opening and a closing tag, on lines of their own."""
        return f"<{tag}-{self.code}>\n{text}\n</{tag}-{self.code}>"


def defuse(text: str) -> str:
    """Take the effect from the marks by which chat templates end a turn, such as "<|im_end|>", with a blank.

    A tokenizer reads such a mark as a command wherever it stands, so no fence would hold it.
    """
    return _MARKS.sub(lambda mark: f"{mark[0][0]} {mark[0][1:]}", text)
