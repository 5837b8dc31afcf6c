"""The judges; importing this package enters them into the registry."""

from winnow.annotation.judge import JUDGES
from winnow.annotation.judges.advocates import AdvocatesJudge
from winnow.annotation.judges.correctness import CorrectnessJudge
from winnow.annotation.judges.debate import DebateJudge
from winnow.annotation.judges.follow_up import FollowUpJudge
from winnow.annotation.judges.implicit_reward import ImplicitRewardJudge
from winnow.annotation.judges.pairwise import PairwiseJudge
from winnow.annotation.judges.panel import PanelJudge
from winnow.annotation.judges.ranking import RankingJudge
from winnow.annotation.judges.rating import RatingJudge
from winnow.annotation.judges.reference_likelihood import ReferenceLikelihoodJudge
from winnow.annotation.judges.reward import RewardJudge
from winnow.annotation.judges.rubric import RubricJudge
from winnow.annotation.judges.self_aligned import SelfAlignedJudge
from winnow.annotation.judges.steps import StepsJudge

__all__ = [
    "JUDGES",
    "AdvocatesJudge",
    "CorrectnessJudge",
    "DebateJudge",
    "FollowUpJudge",
    "ImplicitRewardJudge",
    "PairwiseJudge",
    "PanelJudge",
    "RankingJudge",
    "RatingJudge",
    "ReferenceLikelihoodJudge",
    "RewardJudge",
    "RubricJudge",
    "SelfAlignedJudge",
    "StepsJudge",
]
