"""The filters; importing this package enters them into the registry."""

from pipelines.filters.agreement import Agreement
from pipelines.filters.case import FILTERS, Case, Filter, Stand
from pipelines.filters.distinct_contents import EmptyResponse, IdenticalResponses
from pipelines.filters.human_to_model import HumanToModel
from pipelines.filters.inter_judge import InterJudge
from pipelines.filters.margin import Margin
from pipelines.filters.near_duplicate import NearDuplicate
from pipelines.filters.order_consistent import OrderConsistent
from pipelines.filters.posterior import LikelyVerdict
from pipelines.filters.rating_to_preference import RatingToPreference
from pipelines.filters.self_consistent import SelfConsistent
from pipelines.filters.threshold import Threshold
from pipelines.filters.transitivity import Transitive
from pipelines.filters.uncertainty import Uncertainty

__all__ = [
    "FILTERS",
    "Agreement",
    "Case",
    "EmptyResponse",
    "Filter",
    "HumanToModel",
    "IdenticalResponses",
    "InterJudge",
    "LikelyVerdict",
    "Margin",
    "NearDuplicate",
    "OrderConsistent",
    "RatingToPreference",
    "SelfConsistent",
    "Stand",
    "Threshold",
    "Transitive",
    "Uncertainty",
]
