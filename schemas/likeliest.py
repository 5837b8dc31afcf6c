"""The likeliest verdict of labels, and verdicts as labels without a doubt: each as columns, and the same in SQL."""

import numpy as np
from numpy.typing import NDArray

VERDICTS = ("a", "b", "tie")
SHARES = ("p_a", "p_b", "p_tie")
"""What a label says of each of `VERDICTS`."""

LIKELIEST_SQL = """case
        when p_a = p_b or p_tie >= greatest(p_a, p_b) then 'tie'
        when p_a > p_b then 'a'
        when p_a < p_b then 'b'
    end"""
"""`likeliest` of a row, as the verdict's name; null where there is no label."""

CERTAIN_SQL = ", ".join(
    f"(verdict = '{verdict}')::double as {share}"
    for verdict, share in zip(VERDICTS, SHARES, strict=True)
)
"""`certain` of a row, whose column verdict holds the name."""


def likeliest(
    p_a: NDArray[np.float64], p_b: NDArray[np.float64], p_tie: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the likeliest verdict of each label, a tie where a and b are as likely as each other.

    Args:
        p_a: Shape (n,).
        p_b: Shape (n,).
        p_tie: Shape (n,).

    Returns:
        Places in `VERDICTS`; shape (n,).
    """
    is_tie = (p_a == p_b) | (p_tie >= np.maximum(p_a, p_b))
    return np.where(is_tie, 2, np.where(p_a > p_b, 0, 1))


def certain(verdict: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return the shares, by the names of `SHARES`, of labels that leave no doubt.

    Args:
        verdict: Places in `VERDICTS`; shape (n,).
    """
    return {name: (verdict == place).astype(np.float64) for place, name in enumerate(SHARES)}
