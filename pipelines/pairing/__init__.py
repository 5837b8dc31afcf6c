"""Pairing strategies; importing this package enters them into the registry."""

from winnow.pipelines.pairing.all_pairs import AllPairs
from winnow.pipelines.pairing.best_worst import BestWorst
from winnow.pipelines.pairing.given import Given
from winnow.pipelines.pairing.group import Group
from winnow.pipelines.pairing.strategy import STRATEGIES, Candidate, Strategy

__all__ = ["STRATEGIES", "AllPairs", "BestWorst", "Candidate", "Given", "Group", "Strategy"]
