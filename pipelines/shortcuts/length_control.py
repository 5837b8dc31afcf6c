"""Margins with what length adds to the labels taken out."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.shortcuts.fitted import model_matrix
from winnow.pipelines.shortcuts.pairs import Pairs, read_pairs
from winnow.pipelines.shortcuts.surface import Floats
from winnow.warehouse.staging import Staging

_FEWEST = 50
_FILLED = "length_controlled_margin"
_SUREST = 1e-3
_READ = ("comparison_id", "prompt_id", "chosen_id", "rejected_id", "confidence", "margin")


def control_length(preferences: pa.Table, staging: Staging) -> pa.Table:
    """Fill in the length-controlled margin of decided preferences; of ties, and of fewer than 50, none.

    Args:
        preferences: Rows of the preferences table, all that are about to be published.
        staging: Holds their responses, comparisons and judgments.
    """
    is_decided = pc.invert(preferences["is_tied"]).combine_chunks()
    decided = preferences.select(list(_READ)).filter(is_decided)
    if decided.num_rows < _FEWEST:
        return preferences
    chosen = np.asarray(decided["confidence"])
    rejected = chosen - np.asarray(decided["margin"])
    pairs = read_pairs(staging, decided, ("length",))
    margins = pa.array(length_controlled_margins(chosen, rejected, pairs))
    place = preferences.column_names.index(_FILLED)
    known = pc.replace_with_mask(preferences[_FILLED].combine_chunks(), is_decided, margins)
    return preferences.set_column(place, preferences.schema.field(_FILLED), known)


def length_controlled_margins(chosen: Floats, rejected: Floats, pairs: Pairs) -> Floats:
    """Take out of each margin what the length of the responses adds to the label.

    With p and r the probabilities that chosen and rejected are better, the label's log-odds l = ln(p / r) are taken as

        l_i = theta[model of chosen_i] - theta[model of rejected_i] + phi * t_i + e_i,   t_i = tanh(d_i / s),

    where d_i is how many characters longer the chosen response is and s the root mean square of d. Theta is the quality
    of models, phi what length adds. Both are fitted by least squares, with the penalty 1 on theta^2 only, so that what
    either could explain goes to length; the fit does not depend on which of two responses is called chosen. What is
    left without the length term is the length-controlled margin

        (p + r) * tanh((l_i - phi * t_i) / 2),

    which is the margin p - r where phi * t_i is 0, and below 0 where length alone made the chosen response the likelier
    one. The fit is to log-odds and not, as in the source, to win rates by logistic regression: that would find phi too
    small wherever quality differs in ways the models do not tell.

    Args:
        chosen: Probability that the chosen response is better, shape (n,).
        rejected: Probability that the rejected response is better, shape (n,).
        pairs: The same preferences.

    Returns:
        Length-controlled margins, shape (n,), in -1..1. Probabilities below .001 count as .001.

    Source: Dubois et al. 2024, "Length-Controlled AlpacaEval", arXiv:2404.04475.
    """
    log_odds = np.log(np.clip(chosen, _SUREST, 1)) - np.log(np.clip(rejected, _SUREST, 1))
    longer = _squashed(pairs.longer_by)
    length_controlled = log_odds - _length_effect(log_odds, longer, pairs) * longer
    margins: Floats = (chosen + rejected) * np.tanh(length_controlled / 2)
    return np.clip(margins, -1, 1)


def _squashed(longer_by: Floats) -> Floats:
    size = np.sqrt((longer_by**2).mean())
    squashed: Floats = np.tanh(longer_by / size) if size else np.zeros(len(longer_by))
    return squashed


def _length_effect(log_odds: Floats, longer: Floats, pairs: Pairs) -> float:
    """Return phi. The models' part is solved for first, phi from what that leaves of both sides (Frisch and Waugh)."""
    models = model_matrix(pairs)
    penalised = (models.T @ models).toarray() + np.eye(len(pairs.models))
    both = np.column_stack([longer, log_odds])
    longer_left, odds_left = (both - models @ np.linalg.solve(penalised, models.T @ both)).T
    explained = float(longer @ longer_left)
    return float(longer @ odds_left) / explained if explained > 1e-9 else 0.0
