"""Exemplars out of a run's own gold, with what people said of it."""

from collections.abc import Sequence

import pyarrow.compute as pc

from winnow.annotation.exemplars import VerifiedComparison, with_exemplars
from winnow.annotation.judge import ComparisonView
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.last_word import last_words
from winnow.warehouse.staging import Staging


def show_exemplars(
    pairs: Sequence[ComparisonView], settings: JudgeSettings, staging: Staging
) -> Sequence[ComparisonView]:
    """Put before each comparison the exemplars that a judge's settings ask for; as they are where it asks for none."""
    wanted = settings.build().shows
    if wanted is None:
        return pairs
    verified = verified_comparisons(pairs, staging)
    return with_exemplars(pairs, verified, wanted.n, max_chars=wanted.max_chars)


def verified_comparisons(
    pairs: Sequence[ComparisonView], staging: Staging
) -> list[VerifiedComparison]:
    """Find the comparisons whose gold does not contradict itself, with the reason of a person who said the same.

    Args:
        pairs: The comparisons of the run.
        staging: Holds gold, and judgments with their rationales.
    """
    said: dict[str, set[str]] = {}
    for gold in Gold.from_table(staging.read(Gold)):
        said.setdefault(gold.comparison_id, set()).add(gold.verdict)
    verdicts = {comparison_id: min(v) for comparison_id, v in said.items() if len(v) == 1}
    reasons = _reasons(staging, verdicts)
    return [
        VerifiedComparison(
            pair,
            verdicts[pair.comparison_id],  # type: ignore[arg-type]
            reasons.get(pair.comparison_id, ""),
        )
        for pair in pairs
        if pair.comparison_id in verdicts
    ]


def _reasons(staging: Staging, verdicts: dict[str, str]) -> dict[str, str]:
    """Find by comparison the rationale of the person with the smallest judgment_id among those who agree with gold."""
    table = last_words(staging.read(Judgment))
    is_reason = pc.and_(pc.equal(table["kind"], "human"), pc.not_equal(table["rationale"], ""))
    columns = ["comparison_id", "verdict", "rationale"]
    rows = table.filter(is_reason).sort_by([("judgment_id", "descending")]).select(columns)
    return {
        row["comparison_id"]: row["rationale"]
        for row in rows.to_pylist()
        if verdicts.get(row["comparison_id"]) == row["verdict"]
    }
