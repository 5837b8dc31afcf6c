"""Rounds of people and models on the records of a run."""

from winnow.pipelines.rounds.pool import Pool, hold_back, read_pool
from winnow.pipelines.rounds.settings import RoundSettings

__all__ = ["Pool", "RoundSettings", "hold_back", "read_pool"]
