"""How the annotators' weight is divided."""

from collections.abc import Callable, Iterable, Sequence

from winnow.pipelines.filters.case import Stand
from winnow.schemas.judgments import Kind, Verdict
from winnow.schemas.sides import OTHER_VERDICT

MODELS: tuple[Kind, ...] = ("llm", "reward_model")
"""Kinds of annotator that are models with an opinion of their own; a verifier measures."""


def held_share(stands: Sequence[Stand], holds: Callable[[Stand], bool]) -> float:
    """Return the share of the weight, without its sign, that is held by some; 0 of nobody.

    Where nobody has weight, each annotator counts alike.
    """
    weights = _weights(stands)
    held = sum(w for w, stand in zip(weights, stands, strict=True) if holds(stand))
    return held / sum(weights) if weights else 0.0


def camps(stands: Iterable[Stand]) -> dict[Verdict, float]:
    """Divide the weight by what it speaks for: a, b or tie; shares sum to 1, none where nobody says anything.

    Who cannot hold its verdict speaks for nothing. What an annotator of negative weight says counts for the other side.
    """
    heard = [stand for stand in stands if stand.verdict is not None]
    shares: dict[Verdict, float] = {}
    weights = _weights(heard)
    for weight, stand in zip(weights, heard, strict=True):
        said = turned(stand.verdict, stand.weight)
        if said is not None:
            shares[said] = shares.get(said, 0.0) + weight / sum(weights)
    return shares


def turned(verdict: Verdict | None, weight: float) -> Verdict | None:
    """Return what a verdict speaks for: where the weight is negative, the other side."""
    return OTHER_VERDICT[verdict] if verdict and weight < 0 else verdict


def majority(shares: dict[Verdict, float]) -> Verdict | None:
    """Return the verdict with most weight; None where two have as much, or there is none."""
    best = sorted(shares.values(), reverse=True)
    if not best or (len(best) > 1 and best[0] - best[1] < 1e-9):
        return None
    return max(shares, key=lambda verdict: shares[verdict])


def _weights(stands: Sequence[Stand]) -> list[float]:
    weights = [abs(stand.weight) for stand in stands]
    return weights if any(weights) else [1.0] * len(weights)
