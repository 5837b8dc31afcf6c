"""Verdicts on criteria as a dense matrix, to be computed with directly."""

import numpy as np
from scipy import sparse

from winnow.annotation.rubrics.merging.weighing import Differences


def known(dense: np.ndarray) -> Differences:
    """Store what is no NaN, zeros too."""
    row, column = np.nonzero(~np.isnan(dense))
    return sparse.csc_array((dense[row, column], (row, column)), shape=dense.shape)
