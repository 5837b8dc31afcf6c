"""How right guesses are."""

import numpy as np
import scipy
from numpy.typing import NDArray

from winnow.pipelines.shortcuts.surface import Floats


def scores_of(guesses: Floats, truths: Floats | float = 1.0) -> Floats:
    """Score guesses: 1 where the sign is that of the truth, 0 where it is the other, one half where nothing is guessed."""
    scores: NDArray[np.float64] = (1 + np.sign(guesses) * truths) / 2
    return scores


def area_under_curve(differences: Floats) -> float | None:
    """Return the area under the ROC curve of differences, chosen minus rejected, told from their mirror images.

    That is the probability that a difference exceeds the negative of another one, ties counting one half. None where no
    two differences have different sizes.
    """
    sizes = np.unique(np.abs(differences[differences != 0]))
    if len(sizes) < 2:
        return None
    n = len(differences)
    ranks = scipy.stats.rankdata(np.concatenate([differences, -differences]))[:n]
    return float((ranks.sum() - n * (n + 1) / 2) / n**2)
