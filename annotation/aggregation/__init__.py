"""Labels from the judgments of many annotators."""

from annotation.aggregation.aggregate import Aggregation, aggregate
from annotation.aggregation.methods import DEFAULT, METHODS

__all__ = [
    "DEFAULT",
    "METHODS",
    "Aggregation",
    "aggregate",
]
