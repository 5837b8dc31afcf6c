"""The verifier that prefers a response that came to its end."""

import re
from collections.abc import Iterator
from typing import ClassVar

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier
from winnow.annotation.verifiers.code_blocks import fenced_blocks
from winnow.annotation.verifiers.comparing import by_score
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

_OPEN_END = re.compile(
    r"\s\S+\s+\S+(?:[,;(\[{–—]|\s(?:and|or|but|the|an|of|to|because|und|oder|der|weil|et|ou|les|que))$"
)
"""A comma or such a word, behind two others: less may well be the whole answer."""

_END = 200


@VERIFIERS.register("truncation", version=1)
class TruncationVerifier(Verifier):
    """Prefer a whole response (1) to one that was cut off (0).

    Cut off is what ended by the token limit (`finish_reason` "length"), or leaves a block of code open. A text that ends in the middle of a
    sentence, by its last word or character, is cut off where nobody knows why it ended; where a model ended it by itself it
    is only doubtful, and a tie. Of a response of several turns the last one counts.
    """

    needs: ClassVar[str] = "unused"
    reads: ClassVar[str | None] = None

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Score one response."""
        signs = tuple(_signs(response.turn_texts()[-1]))
        is_known = response.finish_reason in ("stop", "tool_calls")
        doubts = ("open_sentence",) if is_known and "open_sentence" in signs else ()
        cut = ("token_limit",) if response.finish_reason == "length" else ()
        failed = (*cut, *(sign for sign in signs if sign not in doubts))
        return Finding(
            response_id=response.response_id,
            score=float(not failed),
            failed=failed,
            doubts=doubts,
        )

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Prefer the whole one; where that one may be cut off too, it is a tie."""
        said = by_score(self.name, a, b)
        is_doubtful = (said.verdict == "a" and a.doubts) or (said.verdict == "b" and b.doubts)
        return said.model_copy(update={"verdict": "tie"}) if is_doubtful else said


def _signs(text: str) -> Iterator[str]:
    if any(not block.is_closed for block in fenced_blocks(text)):
        yield "open_code"
    elif _OPEN_END.search(text[-_END:].rstrip()):
        yield "open_sentence"
