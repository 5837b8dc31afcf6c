"""What probes found as one flat table."""

from collections.abc import Sequence

import pyarrow as pa

from winnow.annotation.evaluation.probing import ProbeEffect

EFFECTS = pa.schema(
    [
        pa.field("annotator", pa.string(), nullable=False),
        pa.field("probe", pa.string(), nullable=False),
        pa.field("effect", pa.float64()),
        pa.field("low", pa.float64()),
        pa.field("high", pa.float64()),
        pa.field("changed", pa.float64()),
        pa.field("n_prompts", pa.int64(), nullable=False),
        pa.field("n_comparisons", pa.int64(), nullable=False),
        pa.field("n_up", pa.int64(), nullable=False),
        pa.field("n_down", pa.int64(), nullable=False),
        pa.field("n_unread", pa.int64(), nullable=False),
        pa.field("n_unaltered", pa.int64(), nullable=False),
        pa.field("p_value", pa.float64()),
        pa.field("p_adjusted", pa.float64()),
    ]
)
"""One row an annotator and probe: the effect from -1 to 1 with its 95 % interval; the rest as in `ProbeEffect`."""


def effect_table(effects: Sequence[ProbeEffect]) -> pa.Table:
    """Put effects into a table with the columns of `EFFECTS`."""
    rows = []
    for one in effects:
        found = one.effect
        interval = {"low": found.low, "high": found.high} if found else {}
        same = {name: getattr(one, name) for name in EFFECTS.names if hasattr(one, name)}
        figures = {
            "effect": found and found.value,
            "n_prompts": found.n if found else 0,
            "n_comparisons": one.n_items,
        }
        rows.append({**same, **figures, **interval})
    return pa.Table.from_pylist(rows, schema=EFFECTS)
