"""How sure an annotator is of comparisons, from what it said of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from winnow.annotation.judge import ComparisonView
from winnow.pipelines.labels.following import following
from winnow.schemas.judgments import Judgment, Rating


def doubted(
    judgments: Iterable[Judgment], views: Sequence[ComparisonView], sure_from: float
) -> set[str]:
    """Find the comparisons of which an annotator is less sure; those of which it said nothing are among them.

    Args:
        judgments: What it said of the comparisons, or of their responses.
        views: The comparisons.
        sure_from: Confidence from which it is not in doubt.
    """
    said: defaultdict[str, list[float | None]] = defaultdict(list)
    ratings: dict[str, tuple[Rating, ...]] = {}
    for one in judgments:
        if one.is_discarded:
            continue
        if one.subject_kind == "response":
            ratings[one.subject_id] = one.ratings
        else:
            said[one.subject_id].append(_towards_b(one.verdict, one.probability))
    for view in views:
        ids = view.a.response_id, view.b.response_id
        if view.comparison_id not in said and all(i in ratings for i in ids):
            both = [rating for i in ids for rating in ratings[i]]
            is_read = all(ratings[i] for i in ids)
            found = following(view.comparison_id, ids, "-", "llm", both if is_read else None)
            if found is not None:
                said[view.comparison_id].append(_towards_b(found.verdict, found.probability))
    return {
        view.comparison_id
        for view in views
        if _confidence(said.get(view.comparison_id, [])) < sure_from
    }


def _towards_b(verdict: str | None, probability: float | None) -> float | None:
    """Return the probability that b is better; None of what cannot be read."""
    if verdict not in ("a", "b", "tie"):
        return None
    return {"a": 0.0, "b": 1.0, "tie": 0.5}[verdict] if probability is None else probability


def _confidence(towards_b: Sequence[float | None]) -> float:
    if not towards_b or None in towards_b:
        return 0.0
    mean = sum(p for p in towards_b if p is not None) / len(towards_b)
    return max(mean, 1 - mean)
