"""Which few of many criteria say most.

Source: Ma et al. 2007, "Segmentation of Multivariate Mixed Data via Lossy Data Coding and Compression"; Xie et al. 2025,
"Auto-Rubric", arXiv:2510.17314, which chooses rubrics by it.
"""

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]

DISTORTION = 0.1
"""How much of a vector of length 1 may be lost (epsilon)."""


def coding_rate(
    vectors: Floats | sparse.csr_array, n: int, distortion: float = DISTORTION
) -> float:
    """Return 1/2 logdet(I + X'X / (distortion² n)), in nats: how much room the vectors take up.

    Args:
        vectors: One a row; shape (m, d).
        n: Number of vectors that the rate is spread over. It stays the same while vectors are added, so that a vector which
            is there already adds hardly anything.
        distortion: What may be lost of each.
    """
    dense = vectors.toarray() if isinstance(vectors, sparse.csr_array) else vectors
    gram = dense @ dense.T / (distortion**2 * n)
    return float(np.linalg.slogdet(np.eye(len(gram)) + gram)[1] / 2)


def choose(
    vectors: sparse.csr_array, values: Floats, most: int, distortion: float = DISTORTION
) -> list[int]:
    """Choose the vectors that together take up most room, one by one, each weighed by its value.

    The rate is that of `coding_rate` with n = `most`, of vectors times the root of their values.

    Args:
        vectors: One a row, of length 1 or 0; shape (m, d).
        values: What each is worth, 0 to 1; shape (m,). What is worth nothing is chosen last.
        most: How many to choose.
        distortion: What may be lost of each.

    Returns:
        Places, in the order of choice; of those that add the same, the first comes first.
    """
    scaled = vectors.multiply(np.sqrt(np.maximum(values, 0.0))[:, None]).tocsr()
    alpha = distortion**2 * most
    # Of each vector what is left once those chosen are taken out: the increase of logdet is log of it over alpha.
    left = alpha + np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel()
    rows: list[Floats] = []
    chosen: list[int] = []
    is_free = np.ones(len(left), bool)
    for _ in range(min(most, len(left))):
        place = int(np.argmax(np.where(is_free, np.round(left, 12), -np.inf)))
        chosen.append(place)
        is_free[place] = False
        products = np.asarray((scaled @ scaled[[place]].T).todense()).ravel()
        row = (products - sum((r[place] * r for r in rows), np.zeros(len(left)))) / np.sqrt(
            left[place]
        )
        rows.append(row)
        left = left - row**2
    return chosen
