"""Labels from the judgments of many annotators."""

from annotation.aggregation.aggregate import DEFAULT, METHODS, Aggregation, aggregate

__all__ = [
    "DEFAULT",
    "METHODS",
    "Aggregation",
    "aggregate",
]
