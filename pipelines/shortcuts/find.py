"""The audit against shortcuts, of the preferences that a run is about to publish."""

from typing import Annotated

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from winnow.pipelines.shortcuts.accuracy import area_under_curve, scores_of
from winnow.pipelines.shortcuts.fitted import (
    guess_by_others,
    model_matrix,
    name_features,
    name_models,
    probe_matrix,
)
from winnow.pipelines.shortcuts.pairs import Pairs, read_pairs
from winnow.pipelines.shortcuts.surface import Floats
from winnow.schemas.base import Value
from winnow.schemas.errors import AuditFailed
from winnow.schemas.id_order import sorted_by_id
from winnow.schemas.judgments import Gold
from winnow.schemas.measures.shares import Interval, clustered
from winnow.schemas.preferences import Preference
from winnow.schemas.shortcuts import FITTED, SHORTCUTS, Finding, Shortcut
from winnow.warehouse.staging import Staging

_CONFIDENCE = 1 - 0.05 / len(SHORTCUTS)

_PREFERENCE = ("preference_id", "comparison_id", "prompt_id", "chosen_id", "rejected_id", "is_tied")

_GOLD = """
SELECT CASE g.named WHEN p.chosen THEN 1.0 WHEN 'tie' THEN 0.0 ELSE -1.0 END AS truth, p.i
FROM pairs AS p
JOIN (
    SELECT comparison_id, min(verdict) AS named FROM gold GROUP BY comparison_id HAVING count(DISTINCT verdict) = 1
) AS g USING (comparison_id)
"""


class ShortcutSettings(Value):
    """When a shortcut is reported as a warning."""

    warn_above: Annotated[float, Field(gt=0.5, lt=1)] = 0.6
    """Accuracy that the whole interval must exceed before a shortcut is said to explain the labels."""

    fail: bool = False
    """Whether a warning stops the run before anything is published."""


def find_shortcuts(staging: Staging, settings: ShortcutSettings, run_id: str) -> list[Shortcut]:
    """Measure how well each shortcut predicts the staged preferences, and stage what was found.

    A shortcut explains the labels where its whole interval lies beyond `warn_above`; it does not where the whole interval
    lies within; else the preferences are too few to tell. Good responses may well be longer, so gold decides what is
    worrying: it warns where it explains the labels and not, by the same test, gold as well, or where it leans to one side
    and predicts the labels beyond chance better than gold, on the same preferences.

    Args:
        staging: Holds preferences and all they rest on; gets shortcuts.
        settings: The threshold, and whether a warning is an error.
        run_id: The run.

    Returns:
        One a shortcut, in the order of `SHORTCUTS`; none where no preference is decided.

    Raises:
        AuditFailed: A shortcut warns, and the settings want that to stop the run.
    """
    preferences = staging.read(Preference, _PREFERENCE)
    decided = sorted_by_id(preferences.filter(pc.invert(preferences["is_tied"])), "preference_id")
    found: list[Shortcut] = []
    if decided.num_rows:
        pairs = read_pairs(staging, decided)
        truths = _truths(staging, decided, pairs)
        guesses = pairs.differences | {
            "model": guess_by_others(model_matrix(pairs), pairs.prompts),
            "probe": guess_by_others(probe_matrix(pairs), pairs.prompts),
        }
        details = {"model": name_models(pairs), "probe": name_features(pairs)}
        found = [
            _measure(name, guesses[name], truths, pairs, settings.warn_above, run_id, details.get(name, ""))
            for name in SHORTCUTS
        ]  # fmt: skip
    staging.write(Shortcut, found)
    warnings = [s for s in found if s.is_warning]
    if warnings and settings.fail:
        raise AuditFailed(
            f"nothing was published: shortcuts explain the labels ({_named(warnings)}); "
            "balance them with assemble.rebalance, or set shortcuts.fail to false",
            shortcuts=tuple(s.shortcut for s in warnings),
        )
    return found


def _measure(
    name: str,
    guesses: Floats,
    truths: Floats,
    pairs: Pairs,
    threshold: float,
    run_id: str,
    detail: str,
) -> Shortcut:
    scores = scores_of(guesses)
    on_labels = clustered(scores, pairs.prompts, confidence=_CONFIDENCE)
    known = truths != 0
    prompts = pairs.prompts[known]
    on_gold = excess = None
    if known.any():
        right = scores_of(guesses[known], truths[known])
        on_gold = clustered(right, prompts, confidence=_CONFIDENCE)
        # From -1..1 to 0..1 and back: the interval is one for shares.
        halved = clustered((scores[known] - right + 1) / 2, prompts, confidence=_CONFIDENCE)
        excess = Interval(*(2 * value - 1 for value in halved))
    n_differ = int(np.count_nonzero(guesses))
    is_fitted = name in FITTED
    finding = _finding(on_labels, threshold, is_fitted) if n_differ else "absent"
    return Shortcut(
        run_id=run_id,
        shortcut=name,
        n=len(guesses),
        n_prompts=len(np.unique(pairs.prompts)),
        n_differ=n_differ,
        accuracy=on_labels.value,
        low=on_labels.low,
        high=on_labels.high,
        auc=area_under_curve(guesses),
        n_gold=int(known.sum()),
        gold_accuracy=on_gold.value if on_gold else None,
        gold_low=on_gold.low if on_gold else None,
        gold_high=on_gold.high if on_gold else None,
        excess=excess.value if excess else None,
        excess_low=excess.low if excess else None,
        excess_high=excess.high if excess else None,
        threshold=threshold,
        finding=finding,
        is_warning=n_differ > 0 and _is_worrying(on_labels, on_gold, excess, threshold, is_fitted),
        detail=detail,
    )


def _finding(found: Interval, threshold: float, is_fitted: bool) -> Finding:
    if _explains(found, threshold, is_fitted):
        return "explains"
    is_clear = found.high <= threshold and (is_fitted or found.low >= 1 - threshold)
    return "clear" if is_clear else "unclear"


def _explains(found: Interval, threshold: float, is_fitted: bool) -> bool:
    return found.low > threshold or (not is_fitted and found.high < 1 - threshold)


def _is_worrying(
    labels: Interval,
    gold: Interval | None,
    excess: Interval | None,
    threshold: float,
    is_fitted: bool,
) -> bool:
    explains = _explains(labels, threshold, is_fitted)
    if gold is None or excess is None:
        return explains
    leans = labels.low > 0.5 or (not is_fitted and labels.high < 0.5)
    beyond_gold = excess.low > 0 if labels.value > 0.5 else excess.high < 0
    gold_too = gold.low > threshold if labels.value > 0.5 else gold.high < 1 - threshold
    return (leans and beyond_gold) or (explains and not gold_too)


def _truths(staging: Staging, decided: pa.Table, pairs: Pairs) -> Floats:
    """Return 1 where gold names the chosen response, -1 where the rejected one, 0 where it names neither or is not there."""
    truths = np.zeros(len(pairs.prompts))
    with duckdb.connect() as con:
        con.register("gold", staging.read(Gold))
        chosen = np.where(pairs.differences["place"] > 0, "a", "b").tolist()
        numbers = pa.array(range(len(chosen)))
        columns = {"comparison_id": decided["comparison_id"], "chosen": chosen, "i": numbers}
        con.register("pairs", pa.table(columns))
        found = con.execute(_GOLD).fetchnumpy()
    truths[np.asarray(found["i"])] = np.asarray(found["truth"], np.float64)
    return truths


def _named(warnings: list[Shortcut]) -> str:
    return ", ".join(f"{s.shortcut} {s.accuracy:.0%} of {s.n:,}" for s in warnings)
