"""A verifier: the shorter response is better."""

from typing import ClassVar

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Verifier


@VERIFIERS.register("short", version=1)
class ShortVerifier(Verifier):
    needs: ClassVar = "nothing"
    reads: ClassVar = None

    def examine(self, prompt, response):
        return Finding(response_id=response.response_id, score=-float(len(response.text)))

    def compare(self, a, b):
        verdict = "tie" if a.score == b.score else "a" if a.score > b.score else "b"
        return Reading(verdict=verdict, rationale=f"{a.score:g} against {b.score:g}")
