"""How often each of many contestants wins, counted."""

import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.sums import sum_by
from winnow.annotation.aggregation.tables import DIGITS, INTERVAL
from winnow.annotation.aggregation.tournament import read_outcomes
from winnow.annotation.aggregation.votes import encode
from winnow.schemas.measures.shares import clustered_each


def win_rates(outcomes: pa.Table) -> pa.Table:
    """Count each contestant's wins, ties and losses, and give its share of wins, a tie counting half.

    Outcomes of one prompt are not independent, so the interval treats each prompt as one draw.

    Args:
        outcomes: One row an outcome: prompt_id, a, b (contestants), p_a, p_b, p_tie (1 for what came out, else 0).

    Returns:
        name; n_prompts; n_won, n_tied, n_lost; win_rate, low and high (90 % interval, see
        `winnow.schemas.measures.shares.clustered`), in order of first appearance.

    Raises:
        MalformedInput: A column is missing, there is no row, or a contestant meets itself.
    """
    met = read_outcomes(outcomes)
    _, prompt = encode(outcomes, "prompt_id")
    won, lost, tied = met.outcome.T
    name = np.concatenate([met.left, met.right])
    score = np.concatenate([won + tied / 2, lost + tied / 2])
    prompts = np.concatenate([prompt, prompt])
    order = np.lexsort((prompts, name))
    name, score, prompts = name[order], score[order], prompts[order]
    is_new = np.append(True, (name[1:] != name[:-1]) | (prompts[1:] != prompts[:-1]))
    of_prompts = name[is_new]
    found = clustered_each(score, np.cumsum(is_new) - 1, of_prompts, confidence=INTERVAL)
    n = len(met.names)
    counts = {
        "n_won": sum_by(met.left, won, n) + sum_by(met.right, lost, n),
        "n_tied": sum_by(met.left, tied, n) + sum_by(met.right, tied, n),
        "n_lost": sum_by(met.left, lost, n) + sum_by(met.right, won, n),
    }
    return pa.table(
        {
            "name": met.names,
            "n_prompts": np.bincount(of_prompts),
            **{key: np.round(count).astype(np.int64) for key, count in counts.items()},
            "win_rate": found.value.round(DIGITS),
            "low": found.low.round(DIGITS),
            "high": found.high.round(DIGITS),
        }
    )
