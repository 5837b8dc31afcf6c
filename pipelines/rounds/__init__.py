"""Rounds of people and models on the records of a run."""

from pipelines.rounds.pool import Pool, hold_back, read_pool
from pipelines.rounds.settings import RoundSettings

__all__ = ["Pool", "RoundSettings", "hold_back", "read_pool"]
