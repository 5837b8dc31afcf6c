"""How far labels agree with gold, with what that is counted on."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.gold import CLASSES, UNKNOWN, GoldVerdicts

TIE = CLASSES.index("tie")


class GoldAgreement(NamedTuple):
    """On how many gold items the likelier of a and b is the gold one, each labelled without its own gold verdict."""

    n_gold: int
    """Gold items that were judged."""

    n_ties: int
    """Of those, the ones whose gold is a tie; they are not counted."""

    n_readable: int
    """Of the decisive ones, those with a readable verdict: what the agreement is counted on."""

    n_right: float
    """Of those, the ones whose label agrees; one that holds a and b for equally likely is half right."""

    @property
    def share(self) -> float | None:
        """Share of the readable decisive gold items that agree, 0 to 1; None where there is none."""
        return self.n_right / self.n_readable if self.n_readable else None


def gold_agreement(labels: pa.Table, gold: GoldVerdicts) -> GoldAgreement:
    """Count how far labels agree with gold.

    Args:
        labels: As `tables.label_table` gives them, made without each item's own gold.
        gold: Of the same items, in the same order.
    """
    is_known, is_tie = gold.verdict != UNKNOWN, gold.verdict == TIE
    counts = is_known & ~is_tie & (np.asarray(labels["n_judgments"]) > 0)
    margin = np.sign(np.asarray(labels["p_a"]) - np.asarray(labels["p_b"]))[counts]
    sign = np.where(gold.verdict[counts] == 0, 1.0, -1.0)
    return GoldAgreement(
        n_gold=int(is_known.sum()),
        n_ties=int(is_tie.sum()),
        n_readable=int(counts.sum()),
        n_right=float(((margin * sign + 1) / 2).sum()),
    )
