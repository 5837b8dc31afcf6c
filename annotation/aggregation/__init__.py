"""Labels from the judgments of many annotators."""

from winnow.annotation.aggregation.aggregate import Aggregation, aggregate
from winnow.annotation.aggregation.methods import DEFAULT, METHODS

__all__ = [
    "DEFAULT",
    "METHODS",
    "Aggregation",
    "aggregate",
]
