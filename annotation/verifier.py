"""What a verifier is: a measurement of one response, and a rule from two measurements to a verdict."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

from winnow.annotation.judge import Reading
from winnow.schemas.base import Value
from winnow.schemas.prompts import Prompt
from winnow.schemas.registry import Registry
from winnow.schemas.responses import Response

FindingStatus = Literal["measured", "no_answer", "error"]


class Measurement(Value):
    """One of several measurements that a score is made of."""

    name: str
    """What was measured, such as the name of a test or of a constraint."""

    score: float
    """The measurement; from 0, failed, to 1, passed, where it is a check."""


class Finding(Value):
    """What a verifier found in one response, whatever it is compared with."""

    response_id: str
    """The response."""

    score: float | None
    """The measurement, on the verifier's scale; None where the prompt gives nothing to measure by, or the status is "error"."""

    attribute: str | None = None
    """What the score is called among ratings; None, by the verifier's own name."""

    failed: tuple[str, ...] = ()
    """Checks that the response failed, by name."""

    doubts: tuple[str, ...] = ()
    """Checks that it may fail, but not beyond doubt."""

    status: FindingStatus = "measured"
    """"no_answer" where the response holds nothing that could be checked, which is no wrong answer though it scores as low;
    "error" where the verifier itself came to no result, which says nothing of the response."""

    reason: str = ""
    """Why it scored so, or what went wrong, in words; empty where the score says all."""

    extracted: str | None = None
    """What was taken for the answer; None where the whole response was measured, or nothing was found."""

    parts: tuple[Measurement, ...] = ()
    """What the score is made of, where that is more than one; kept as ratings of their own, under "verifier.part"."""


class Verifier(Value, ABC):
    """A label that needs no model. Its fields are its settings."""

    name: ClassVar[str]
    """Name in the settings; registering sets it."""

    version: ClassVar[int]
    """Grows whenever the same comparison would get another verdict; registering sets it."""

    needs: ClassVar[str]
    """Reject reason for prompts that give nothing to measure by, such as "no_reference"."""

    reads: ClassVar[str | None]
    """Column of prompts that it measures by, such as "reference"; None where every prompt will do."""

    @property
    def learned(self) -> str | None:
        """Name of the embeddings that it measures by, as `winnow.annotation.embeddings` has them; None where it needs none."""
        return None

    @property
    def isolates(self) -> bool:
        """Whether it runs what responses say, and wants the sandbox of `winnow.annotation.sandbox` to isolate it."""
        return False

    @property
    def sees_all(self) -> bool:
        """Whether what a response is worth hangs on the other responses to its prompt, so that of one alone nothing is said."""
        return False

    @property
    def column(self) -> str | None:
        """Column of prompts that it measures by with these settings; `reads`, unless they say otherwise."""
        return self.reads

    @abstractmethod
    def examine(self, prompt: Prompt, response: Response) -> Finding:
        """Measure one response."""

    def examine_all(self, prompt: Prompt, responses: Sequence[Response]) -> Sequence[Finding]:
        """Measure all responses of a prompt that stand in comparisons, where what one is worth depends on the others.

        Args:
            prompt: The prompt.
            responses: Its responses, each once, in the order of their ids.

        Returns:
            One finding a response, in the same order.
        """
        return [self.examine(prompt, response) for response in responses]

    @abstractmethod
    def compare(self, a: Finding, b: Finding) -> Reading:
        """Compare two responses whose scores are known; the rationale holds the numbers."""


VERIFIERS: Registry[Verifier] = Registry("verifier")
"""Verifiers by name; `winnow.annotation.verifiers` fills it."""
