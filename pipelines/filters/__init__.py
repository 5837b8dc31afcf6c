"""The filters; importing this package enters them into the registry."""

from winnow.pipelines.filters.agreement import Agreement
from winnow.pipelines.filters.case import FILTERS, Case, Filter, Stand
from winnow.pipelines.filters.cases import Cases
from winnow.pipelines.filters.distinct_contents import EmptyResponse, IdenticalResponses, KnownTexts
from winnow.pipelines.filters.human_to_model import HumanToModel
from winnow.pipelines.filters.inter_judge import InterJudge
from winnow.pipelines.filters.margin import Margin
from winnow.pipelines.filters.near_duplicate import NearDuplicate
from winnow.pipelines.filters.order_consistent import OrderConsistent
from winnow.pipelines.filters.posterior import LikelyVerdict
from winnow.pipelines.filters.rating_to_preference import RatingToPreference
from winnow.pipelines.filters.self_consistent import SelfConsistent
from winnow.pipelines.filters.stands import Stands
from winnow.pipelines.filters.threshold import Threshold
from winnow.pipelines.filters.transitivity import Transitive
from winnow.pipelines.filters.uncertainty import Uncertainty

__all__ = [
    "FILTERS",
    "Agreement",
    "Case",
    "Cases",
    "EmptyResponse",
    "Filter",
    "HumanToModel",
    "IdenticalResponses",
    "InterJudge",
    "KnownTexts",
    "LikelyVerdict",
    "Margin",
    "NearDuplicate",
    "OrderConsistent",
    "RatingToPreference",
    "SelfConsistent",
    "Stand",
    "Stands",
    "Threshold",
    "Transitive",
    "Uncertainty",
]
