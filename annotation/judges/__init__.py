"""The judges; importing this package enters them into the registry."""

from winnow.annotation.judge import JUDGES
from winnow.annotation.judges.advocates import AdvocatesJudge
from winnow.annotation.judges.debate import DebateJudge
from winnow.annotation.judges.pairwise import PairwiseJudge
from winnow.annotation.judges.panel import PanelJudge
from winnow.annotation.judges.ranking import RankingJudge
from winnow.annotation.judges.rating import RatingJudge
from winnow.annotation.judges.rubric import RubricJudge

__all__ = [
    "JUDGES",
    "AdvocatesJudge",
    "DebateJudge",
    "PairwiseJudge",
    "PanelJudge",
    "RankingJudge",
    "RatingJudge",
    "RubricJudge",
]
