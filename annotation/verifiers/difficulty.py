"""What a test is worth among the tests of a prompt, by how many of its responses pass it."""

from collections import defaultdict
from collections.abc import Sequence
from math import exp

_LEAST_DENSITY = 1e-6


def weights_by_difficulty(
    passed: Sequence[Sequence[bool]], *, alpha: float, sigma: float
) -> list[float]:
    """Weigh tests: one that few responses pass counts more, and tests of like pass rate share what one of them would count.

    Tests that the same responses pass are one test first and share its weight, so that a test which stands there many times
    takes nothing from others.

    Args:
        passed: Shape (responses, tests), at least one response: whether it passes.
        alpha: How much more hard tests count; 0, and all count the same.
        sigma: How near pass rates have to be for tests to share, from 0 to 1.

    Returns:
        Weights, shape (tests,), above 0, summing to 1.

    Source: arXiv:2601.03525, w = exp(-alpha * rate) / (sum over tests of exp(-(rate - their rate)² / (2 * sigma²)) + delta).
    """
    same: dict[tuple[bool, ...], list[int]] = defaultdict(list)
    for test, vector in enumerate(zip(*passed, strict=True)):
        same[vector].append(test)
    rates = [sum(vector) / len(vector) for vector in same]
    weights = [0.0] * len(passed[0])
    for rate, tests in zip(rates, same.values(), strict=True):
        density = sum(exp(-((rate - other) ** 2) / (2 * sigma**2)) for other in rates)
        of_all = exp(-alpha * rate) / (density + _LEAST_DENSITY)
        for test in tests:
            weights[test] = of_all / len(tests)
    total = sum(weights)
    return [weight / total for weight in weights]
