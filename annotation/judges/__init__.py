"""The judges; importing this package enters them into the registry."""

from winnow.annotation.judge import JUDGES
from winnow.annotation.judges.correctness import CorrectnessJudge
from winnow.annotation.judges.pairwise import PairwiseJudge
from winnow.annotation.judges.ranking import RankingJudge
from winnow.annotation.judges.rating import RatingJudge
from winnow.annotation.judges.rubric import RubricJudge

__all__ = [
    "JUDGES",
    "CorrectnessJudge",
    "PairwiseJudge",
    "RankingJudge",
    "RatingJudge",
    "RubricJudge",
]
