"""The probe that turns the order in which two responses are shown."""

from typing import ClassVar

from winnow.annotation.probe import PROBES, Probe


@PROBES.register("position", version=1)
class PositionProbe(Probe):
    """Show a response first in place of second; an annotator that is asked in one order, or about one response, has none.

    Source: Zheng et al. 2023, arXiv:2306.05685.
    """

    favours: ClassVar[str] = "the response that is shown first"
    by_order: ClassVar[bool] = True
