"""The verdict that follows from two scores of which the higher is better."""

from winnow.annotation.judge import Reading
from winnow.annotation.verifier import Finding
from winnow.schemas.judgments import Rating, Verdict


def by_score(name: str, a: Finding, b: Finding, *, min_difference: float = 0.0) -> Reading:
    """Prefer the higher score; equal ones, and those that differ by less than the least difference, are a tie.

    Args:
        name: Name of the verifier, by which the ratings go where the findings name no attribute.
        a: What was found in one response.
        b: What was found in the other.
        min_difference: Smallest difference that counts.
    """
    one, other = a.score or 0.0, b.score or 0.0
    is_tie = one == other or abs(one - other) < min_difference
    verdict: Verdict = "tie" if is_tie else "a" if one > other else "b"
    return Reading(
        verdict=verdict,
        rationale=f"{name}: a {one:g}{_why(a)}, b {other:g}{_why(b)}",
        ratings=tuple(
            Rating(response_id=f.response_id, attribute=f.attribute or name, score=score)
            for f, score in ((a, one), (b, other))
        ),
    )


def _why(found: Finding) -> str:
    if found.status == "no_answer":
        return " (no answer)"
    return f" ({found.extracted})" if found.extracted else ""
