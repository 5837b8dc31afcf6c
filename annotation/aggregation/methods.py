"""The methods of aggregation by name, each a plug-in whose fields are its settings."""

from collections.abc import Callable
from typing import ClassVar, Protocol

from winnow.annotation.aggregation.counting import majority, sum_of_votes
from winnow.annotation.aggregation.crowd import dawid_skene, mace
from winnow.annotation.aggregation.gold import GoldVerdicts
from winnow.annotation.aggregation.model import comparison_model
from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.posterior import Method, Posterior, cross_fitted, in_one_step
from winnow.annotation.aggregation.votes import Votes
from winnow.schemas.base import Value
from winnow.schemas.registry import Registry


class AggregationMethod(Protocol):
    """A way to turn the opinions of annotators into labels. Its pydantic fields are its settings."""

    name: ClassVar[str]
    """Name in the settings."""

    version: ClassVar[int]
    """Grows whenever the same judgments would be labelled otherwise."""

    def label(self, votes: Votes, opinions: Opinions) -> Callable[[GoldVerdicts], Posterior]:
        """Do what does not depend on gold; what is given aggregates, as often as there is gold, which may be empty."""
        ...


METHODS: Registry[AggregationMethod] = Registry("method")
"""Methods by name."""

DEFAULT = "winnow"


def _enter(name: str, method: Method) -> None:
    """Enter a method that has no settings; it is documented as its function is."""

    class WithoutSettings(Value):
        __doc__ = method.__doc__

        def label(self, votes: Votes, opinions: Opinions) -> Callable[[GoldVerdicts], Posterior]:
            return method(votes, opinions)

    METHODS.register(name, version=1)(WithoutSettings)


_enter("winnow", comparison_model)
_enter("votes", in_one_step(sum_of_votes))
_enter("majority", in_one_step(majority))
_enter("dawid_skene", in_one_step(cross_fitted(dawid_skene)))
_enter("mace", in_one_step(mace))
