"""Rules by which the ratings of two responses become a verdict."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from winnow.annotation.aggregation.combining import all_good, first_difference, passes, weighted
from winnow.annotation.aggregation.votes import Bools, Floats
from winnow.schemas.base import Value
from winnow.schemas.judgments import Verdict

_VERDICTS: dict[int, Verdict] = {1: "a", -1: "b", 0: "tie"}


class Midpoint(Value):
    """Where a log-sigmoid bends; a bare number in the settings is its centre."""

    centre: float
    """Rating that is neither good nor poor."""

    scale: Annotated[float, Field(gt=0)] = 1.0
    """Difference in rating that counts as one step."""

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, entry: Any) -> Any:
        return {"centre": entry} if isinstance(entry, int | float) else entry


class Rule(Value):
    """How the ratings that annotators gave by attribute become their verdict.

    A response that fails a gate loses to one that passes, whatever else it is; two that fail are a tie. Of two that
    pass, one of `hierarchy`, `weights` and `log_sigmoid` decides; without any of them they are a tie.
    """

    of: str
    """Annotators whose ratings are combined, by name; * stands for anything, as in "rating@*" or "human:*"."""

    also: tuple[str, ...] = ()
    """Further annotators whose ratings of the same responses the rule may use, by name: a verifier's gate over a judge's
    rating. An attribute that the annotator itself rated is taken from it; of several others, the mean counts."""

    gates: dict[str, float] = Field(default_factory=dict)
    """Least rating by attribute that a response must have."""

    hierarchy: tuple[str, ...] = ()
    """Attributes, most important first: the first that differs decides."""

    weights: dict[str, float] | Literal["learned"] = Field(default_factory=dict)
    """Weight by attribute; the higher sum wins. Negative where less is better. "learned" learns them from gold, for every attribute that
    nine in ten of the compared responses are rated on."""

    log_sigmoid: dict[str, Midpoint] = Field(default_factory=dict)
    """Midpoint by attribute; the higher sum of log-sigmoids wins, so that all attributes must be good."""

    tolerance: Annotated[float, Field(ge=0)] = 0.0
    """Difference, of ratings in a hierarchy and of sums else, up to which there is none."""

    @field_validator("weights", mode="before")
    @classmethod
    def _check_weights(cls, given: Any) -> Any:
        if isinstance(given, str) and given != "learned":
            raise ValueError(f"it is {given!r}, wanted a number by attribute, or learned")
        if isinstance(given, Mapping):
            for name, weight in given.items():
                if isinstance(weight, bool) or not isinstance(weight, int | float):
                    raise ValueError(f"{name} is {weight!r}, wanted a number")
        return given

    @model_validator(mode="after")
    def _check(self) -> Self:
        ways = ("hierarchy", "weights", "log_sigmoid")
        given = [name for name in ways if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} both decide; keep one of {', '.join(ways)}")
        if self.of in self.also:
            raise ValueError(
                f"also names {self.of!r}, whose own ratings count anyway; leave it out"
            )
        if not given and not self.gates:
            raise ValueError(f"nothing decides; give one of gates, {', '.join(ways)}")
        return self

    @property
    def attributes(self) -> tuple[str, ...]:
        """What the annotators must have rated."""
        return tuple(
            dict.fromkeys([*self.gates, *self.hierarchy, *self.fixed_weights, *self.log_sigmoid])
        )

    @property
    def fixed_weights(self) -> dict[str, float]:
        """The weights; none where they are to be learned."""
        return self.weights if isinstance(self.weights, dict) else {}

    def verdicts(self, a: Floats, b: Floats) -> tuple[list[Verdict], list[str]]:
        """Return the verdict on each pair, and why.

        Args:
            a: Shape (n_pairs, n_attributes), in the order of `attributes`; NaN where there is no rating.
            b: The same of the other response.

        Returns:
            Verdicts, "invalid" where a rating is missing, and a reason each.
        """
        minimum = np.array([self.gates.get(name, -np.inf) for name in self.attributes])
        a_passes, b_passes = passes(a, minimum), passes(b, minimum)
        inner, why = self._between(a, b)
        lean = np.where(a_passes & b_passes, inner, a_passes.astype(int) - b_passes)
        is_rated: Bools = np.logical_not(np.isnan(a + b).any(axis=1))
        verdicts: list[Verdict] = [
            _VERDICTS[int(side)] if known else "invalid"
            for side, known in zip(lean, is_rated, strict=True)
        ]
        is_open = a_passes & b_passes
        reasons = [
            self._reason(a[i], b[i], bool(is_open[i]), why[i])
            if is_rated[i]
            else self._missing(a[i], b[i])
            for i in range(len(a))
        ]
        return verdicts, reasons

    def _between(self, a: Floats, b: Floats) -> tuple[Floats, list[str]]:
        """Compare responses that pass every gate: +1 where a is better, and what was compared."""
        if self.hierarchy:
            at = [self.attributes.index(name) for name in self.hierarchy]
            lean = first_difference(a[:, at], b[:, at], np.full(len(at), self.tolerance))
            return lean, [self._first(one[at], other[at]) for one, other in zip(a, b, strict=True)]
        if not (self.weights or self.log_sigmoid):
            return np.zeros(len(a)), ["both pass"] * len(a)
        one, other = self._sum(a), self._sum(b)
        lean = np.sign(one - other) * (np.abs(one - other) > self.tolerance)
        return lean, [f"{x:.2f} against {y:.2f}" for x, y in zip(one, other, strict=True)]

    def _sum(self, ratings: Floats) -> Floats:
        if self.weights:
            weights = np.array([self.fixed_weights.get(name, 0.0) for name in self.attributes])
            return weighted(ratings, weights)
        at = [self.attributes.index(name) for name in self.log_sigmoid]
        centre = np.array([point.centre for point in self.log_sigmoid.values()])
        scale = np.array([point.scale for point in self.log_sigmoid.values()])
        return all_good(ratings[:, at], centre, scale)

    def _first(self, a: Floats, b: Floats) -> str:
        differs = np.abs(a - b) > self.tolerance
        if not differs.any():
            return f"no difference in {', '.join(self.hierarchy)}"
        first = int(differs.argmax())
        return f"{self.hierarchy[first]} {a[first]:g} against {b[first]:g}"

    def _reason(self, a: Floats, b: Floats, is_open: bool, why: str) -> str:
        return why if is_open else "; ".join([*self._failed("a", a), *self._failed("b", b)])

    def _failed(self, side: str, ratings: Floats) -> Iterator[str]:
        for name, rating in zip(self.attributes, ratings, strict=True):
            if rating < self.gates.get(name, -np.inf):
                yield f"{side} fails: {name} {rating:g}, wanted {self.gates[name]:g}"

    def _missing(self, a: Floats, b: Floats) -> str:
        names = np.array(self.attributes)[np.isnan(a + b)]
        return f"no rating of {', '.join(names)}"
