"""What a verifier is: a measurement of one response, and a rule from two measurements to a verdict."""

from typing import ClassVar, Protocol

from winnow.annotation.judge import Reading
from winnow.schemas.base import Value
from winnow.schemas.prompts import Prompt
from winnow.schemas.registry import Registry
from winnow.schemas.responses import Response


class Finding(Value):
    """What a verifier found in one response, whatever it is compared with."""

    response_id: str
    """The response."""

    score: float | None
    """The measurement, on the verifier's scale; None where the prompt gives nothing to measure by."""

    attribute: str | None = None
    """What the score is called among ratings; None, by the verifier's own name."""

    failed: tuple[str, ...] = ()
    """Checks that the response failed, by name."""

    doubts: tuple[str, ...] = ()
    """Checks that it may fail, but not beyond doubt."""


class Verifier(Protocol):
    """A label that needs no model. Its pydantic fields are its settings."""

    name: ClassVar[str]
    """Name in the settings."""

    version: ClassVar[int]
    """Grows whenever the same comparison would get another verdict."""

    needs: ClassVar[str]
    """Reject reason for prompts that give nothing to measure by, such as "no_reference"."""

    reads: ClassVar[str | None]
    """Column of prompts that it measures by, such as "reference"; None where every prompt will do."""

    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Measure one response."""
        ...

    def compare(self, a: Finding, b: Finding) -> Reading:
        """Compare two responses whose scores are known; the rationale holds the numbers."""
        ...


VERIFIERS: Registry[Verifier] = Registry("verifier")
"""Verifiers by name; `winnow.annotation.verifiers` fills it."""
