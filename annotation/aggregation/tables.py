"""The two tables an aggregation ends in: labels and annotators."""

import numpy as np
import pyarrow as pa
import scipy

from winnow.annotation.aggregation.gold import GoldVerdicts
from winnow.annotation.aggregation.opinions import Opinions
from winnow.annotation.aggregation.posterior import Posterior
from winnow.annotation.aggregation.reliability import count_hits
from winnow.annotation.aggregation.votes import INVALID, VERDICTS, Bools, Floats, Ints, Votes

DIGITS = 10
"""Decimals kept of computed numbers: the last bits may differ between machines, and the tables should not."""
INTERVAL = 0.90
"""Probability that the reported intervals cover."""


def label_table(
    votes: Votes, opinions: Opinions, gold: GoldVerdicts, posterior: Posterior
) -> pa.Table:
    """Put the labels into a table, one row an item in order of first appearance.

    Returns:
        item_id; p_a, p_b, p_tie (sum to 1); low, high (90 % interval of p_a / (p_a + p_b), null where the method
        gives none); agreement (share of the evidence, by annotator weight, for the likelier of a and b; null
        without evidence); evidence (log-odds of a over b, in nats); n_judgments (readable ones); is_gold.
    """
    p = posterior.probabilities.round(DIGITS)
    evidence = np.log((p[:, 0] + 1e-9) / (p[:, 1] + 1e-9))
    n_judgments = np.bincount(opinions.item, opinions.n_judgments, opinions.n_items)
    agreement, has_weight = _agreement(opinions, posterior)
    return pa.table(
        {
            "item_id": votes.items,
            "p_a": p[:, 0],
            "p_b": p[:, 1],
            "p_tie": p[:, 2],
            "low": _maybe(posterior.low, pa.float64(), votes.n_items),
            "high": _maybe(posterior.high, pa.float64(), votes.n_items),
            "agreement": _where(has_weight, agreement),
            "evidence": evidence.round(DIGITS),
            "n_judgments": n_judgments.astype(np.int64),
            "is_gold": gold.verdict >= 0,
        }
    )


def annotator_table(
    votes: Votes, opinions: Opinions, gold: GoldVerdicts, posterior: Posterior
) -> pa.Table:
    """Put what is known of each annotator into a table, one row an annotator in order of first appearance.

    Returns:
        annotator, kind; n_judgments (all), n_invalid; order_consistency (share of the items judged in both orders
        whose verdicts agree); position_bias (share of decisive verdicts for the response shown first, minus 0.5);
        accuracy with accuracy_low and accuracy_high (expected share of decisive opinions that are right, 90 %
        interval); gold_accuracy, n_gold (the same, counted on decisive gold); weight (log-odds that one more decisive
        verdict adds given the others, in nats, 0 of who was never read); copy_group (annotators of one number count as one rater). Null means unknown.
    """
    n = votes.n_annotators
    hits = count_hits(_with_gold(posterior.probabilities, gold), opinions)
    on_gold = count_hits(_with_gold(np.zeros_like(posterior.probabilities), gold), opinions)
    n_hits, n_gold = hits.right + hits.wrong, on_gold.right + on_gold.wrong
    low, high = _accuracy_interval(hits.right, hits.wrong)
    bias, has_order = _position_bias(votes)
    consistency, is_checked = _order_consistency(opinions)
    return pa.table(
        {
            "annotator": votes.annotators,
            "kind": pa.array(votes.kinds, pa.string()),
            "n_judgments": np.bincount(votes.annotator, minlength=n),
            "n_invalid": np.bincount(votes.annotator, votes.verdict == INVALID, n).astype(np.int64),
            "order_consistency": _where(is_checked, consistency),
            "position_bias": _where(has_order, bias),
            "accuracy": _where(n_hits > 0, hits.accuracy),
            "accuracy_low": _where(n_hits > 0, low),
            "accuracy_high": _where(n_hits > 0, high),
            "gold_accuracy": _where(n_gold > 0, on_gold.right / np.maximum(n_gold, 1e-12)),
            "n_gold": np.round(n_gold).astype(np.int64),
            "weight": posterior.weight.round(DIGITS),
            "copy_group": _maybe(posterior.copy_group, pa.int64(), n),
        }
    )


def _with_gold(probabilities: Floats, gold: GoldVerdicts) -> Floats:
    known = probabilities.copy()
    known[gold.rows] = np.eye(3)[gold.verdict[gold.rows]]
    return known


def _agreement(opinions: Opinions, posterior: Posterior) -> tuple[Floats, Bools]:
    push = posterior.weight[opinions.annotator] * opinions.lean
    total = np.bincount(opinions.item, np.abs(push), opinions.n_items)
    net = np.bincount(opinions.item, push, opinions.n_items)
    likelier = np.sign(posterior.probabilities[:, 0] - posterior.probabilities[:, 1])
    share = (1 + likelier * net / np.maximum(total, 1e-12)) / 2
    return np.clip(share, 0, 1), total > 1e-9


def _accuracy_interval(right: Floats, wrong: Floats) -> tuple[Floats, Floats]:
    tail = (1 - INTERVAL) / 2
    return (
        scipy.special.betaincinv(right + 1, wrong + 1, tail),
        scipy.special.betaincinv(right + 1, wrong + 1, 1 - tail),
    )


def _position_bias(votes: Votes) -> tuple[Floats, Bools]:
    is_a, is_b = (votes.verdict == VERDICTS.index(name) for name in ("a", "b"))
    counts = (is_a | is_b) & (votes.order != 0)
    is_first = counts & (is_a == (votes.order > 0))
    n = np.bincount(votes.annotator, counts, votes.n_annotators)
    first = np.bincount(votes.annotator, is_first, votes.n_annotators)
    return first / np.maximum(n, 1) - 0.5, n > 0


def _order_consistency(opinions: Opinions) -> tuple[Floats, Bools]:
    agrees = (np.abs(opinions.lean) == 1) | (opinions.tie == 1)
    n = np.bincount(opinions.annotator, opinions.is_both, opinions.n_annotators)
    kept = np.bincount(opinions.annotator, opinions.is_both * agrees, opinions.n_annotators)
    return kept / np.maximum(n, 1), n > 0


def _maybe(values: Floats | Ints | None, kind: pa.DataType, n: int) -> pa.Array:
    return pa.nulls(n, kind) if values is None else pa.array(values.round(DIGITS), kind)


def _where(is_known: Bools, values: Floats) -> pa.Array:
    return pa.array(values.round(DIGITS), pa.float64(), mask=~is_known)
