"""What tokens cost, and what a run spent."""

import json
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from winnow.schemas.base import Value
from winnow.schemas.runs import ModelUse, Run


class Price(Value):
    """What tokens of a model cost, in a currency of your own choice, the same for all models."""

    read: Annotated[float, Field(ge=0)]
    """Price of a million tokens read."""

    generated: Annotated[float, Field(ge=0)]
    """Price of a million tokens generated."""

    def of(self, n_read: int | None, n_generated: int | None) -> float | None:
        """Return the price of so many tokens; None where either is unknown."""
        if n_read is None or n_generated is None:
            return None
        return (n_read * self.read + n_generated * self.generated) / 1_000_000

    def at_least(self, n_read: int | None, n_generated: int | None) -> float:
        """Return the price of the tokens that are known."""
        return self.of(n_read or 0, n_generated or 0) or 0.0


class Spent(NamedTuple):
    """What one model of a run cost."""

    use: ModelUse
    """The model and what it was asked."""

    cost: float | None
    """What its counted tokens cost; None where its price or all of them are unknown."""

    is_whole: bool
    """Whether all of its tokens are counted and have a price, so that the cost is not just a part."""


def spent_by(run: Run) -> list[Spent]:
    """Return what each model of a run cost, by the prices in its settings."""
    models = json.loads(run.settings).get("models") or {}
    return [_spent(use, (models.get(use.name) or {}).get("price")) for use in run.models]


def total_in_words(spent: Sequence[Spent]) -> str:
    """Add up what is known and write it; empty where no price is set."""
    known = [one.cost for one in spent if one.cost is not None]
    return in_words(sum(known), is_whole=all(one.is_whole for one in spent)) if known else ""


def in_words(cost: float | None, *, is_whole: bool = True) -> str:
    """Write a cost; one that only a part is known of as "at least"."""
    if cost is None:
        return "unknown"
    amount = f"{cost:,.2f}" if cost >= 1 else f"{cost:.3g}"
    return amount if is_whole else f"at least {amount}"


def _spent(use: ModelUse, price: dict[str, float] | None) -> Spent:
    if price is None:
        return Spent(use, None, is_whole=False)
    if use.n_prompt_tokens is None and use.n_tokens is None:
        return Spent(use, None, is_whole=not use.n_requests)
    known = Price.model_validate(price).at_least(use.n_prompt_tokens, use.n_tokens)
    return Spent(use, known, is_whole=not use.n_uncounted)
