"""People and models together, round after round: where labels stand, which stay, and what people should see next."""

from winnow.annotation.rounds.choosing import Pick, add_asked, choose
from winnow.annotation.rounds.deciding import DECISIONS, Decided, Decision, decide
from winnow.annotation.rounds.estimate import Figures, SampledShare, figures
from winnow.annotation.rounds.label_state import (
    ASKED,
    AUDIT,
    CHOSEN,
    LabelState,
    claims_of,
    current_state,
)

__all__ = [
    "ASKED",
    "AUDIT",
    "CHOSEN",
    "DECISIONS",
    "Decided",
    "Decision",
    "Figures",
    "LabelState",
    "Pick",
    "SampledShare",
    "add_asked",
    "choose",
    "claims_of",
    "current_state",
    "decide",
    "figures",
]
