"""Settings of what happens between two rounds."""

import math
from typing import Annotated

from pydantic import Field

from winnow.schemas.base import Value


class RoundSettings(Value):
    """How many labels of people there are, what they are spent on, and what becomes of each comparison."""

    budget: Annotated[int, Field(ge=1)]
    """Comparisons that people label in all rounds together."""

    per_round: Annotated[int, Field(ge=1)]
    """Comparisons that people label in one round; those of the first are drawn at random."""

    audit_share: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Share of each further round that is drawn at random, so that accuracy can be estimated; 1 draws all at random."""

    target: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Stop asking once the labels that come out are proved this accurate; left out, the whole budget is spent."""

    given: str | None = None
    """Annotator whose verdicts are the labels that comparisons came with; left out, the majority of the votes."""

    strong_from: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    """Probability from which evidence is strong enough to reverse a given label."""

    seed: int = 0
    """Seed of the random draws."""

    @property
    def n_rounds(self) -> int:
        """Rounds that the budget lasts for."""
        return math.ceil(self.budget / self.per_round)
