"""The probes; importing this package enters them into the registry."""

from winnow.annotation.probe import PROBES
from winnow.annotation.probes.authority import AuthorityProbe
from winnow.annotation.probes.formatting import FormattingProbe
from winnow.annotation.probes.instructions import InstructionsProbe
from winnow.annotation.probes.length import LengthProbe
from winnow.annotation.probes.position import PositionProbe
from winnow.annotation.probes.self_preference import SelfPreferenceProbe
from winnow.annotation.probes.sycophancy import SycophancyProbe

__all__ = [
    "PROBES",
    "AuthorityProbe",
    "FormattingProbe",
    "InstructionsProbe",
    "LengthProbe",
    "PositionProbe",
    "SelfPreferenceProbe",
    "SycophancyProbe",
]
