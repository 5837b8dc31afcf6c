"""Which voices depart from the consensus together: those that say alike."""

import numpy as np
import scipy

from winnow.annotation.aggregation.sums import count_by, sum_by
from winnow.annotation.aggregation.voices import Voices

MAX_PAIRS = 50_000_000
"""Pairs of leans on one item that are multiplied; where there are more, every so many-th item counts."""


def find_kinship(voices: Voices) -> "scipy.sparse.csr_array":
    """Measure how alike voices are: the cosine of their leans over all items; shape (n_voices, n_voices).

    A lean that is not there is 0, so that voices that share few items count as unrelated. The diagonal is 1; of a voice
    that never leans, too.
    """
    n_pairs = float((count_by(voices.item, voices.n_items) ** 2).sum())
    chosen = voices.item % int(1 + n_pairs // MAX_PAIRS) == 0
    item, voice, lean = voices.item[chosen], voices.voice[chosen], voices.lean[chosen]
    length = np.sqrt(sum_by(voice, lean**2, voices.n_voices))
    entries = lean / np.maximum(length, 1e-12)[voice]
    table = scipy.sparse.csr_array((entries, (item, voice)), (voices.n_items, voices.n_voices))
    kinship = scipy.sparse.csr_array(table.T @ table)
    missing = 1 - np.asarray(kinship.diagonal())
    return scipy.sparse.csr_array(kinship + scipy.sparse.diags_array(missing))
