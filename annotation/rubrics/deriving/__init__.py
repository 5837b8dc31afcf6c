"""Ways to derive criteria, a file each. Importing this package enters them in `DERIVERS`."""

from winnow.annotation.rubrics.deriving.checklist import ChecklistDeriver
from winnow.annotation.rubrics.deriving.contrast import ContrastDeriver
from winnow.annotation.rubrics.deriving.deriver import DERIVERS, Deriver, DerivingView
from winnow.annotation.rubrics.deriving.feedback import FeedbackDeriver
from winnow.annotation.rubrics.deriving.nuggets import NuggetDeriver
from winnow.annotation.rubrics.deriving.profile import ProfileDeriver
from winnow.annotation.rubrics.deriving.reasoning import ReasoningDeriver

__all__ = [
    "DERIVERS",
    "ChecklistDeriver",
    "ContrastDeriver",
    "Deriver",
    "DerivingView",
    "FeedbackDeriver",
    "NuggetDeriver",
    "ProfileDeriver",
    "ReasoningDeriver",
]
