"""Kept labels turned into preferences."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.filters import Cases
from winnow.pipelines.preferences.furthest_apart import Sides
from winnow.schemas.comparisons import Comparison
from winnow.schemas.id_order import sorted_by_id
from winnow.schemas.ids import content_ids
from winnow.schemas.preferences import Preference
from winnow.warehouse.staging import Staging


def read_sides(cases: Cases, staging: Staging) -> Sides:
    """Return the two responses of each case, a and b."""
    compared = staging.read(Comparison, ("comparison_id", "response_ids"))
    place = pc.index_in(cases.comparison_id, compared["comparison_id"].combine_chunks())
    ids = compared["response_ids"].combine_chunks().take(place)
    return Sides(pc.list_element(ids, 0), pc.list_element(ids, 1))


def form_preferences(
    cases: Cases,
    sides: Sides,
    evidence: pa.Array,
    *,
    splits: pa.Array,
    groups: pa.Array,
    release: str,
) -> pa.Table:
    """Turn kept labels into rows of the preferences table, by preference_id; of a tie, a is written as chosen.

    Args:
        cases: Labels, decided or tied.
        sides: Their responses.
        evidence: The judgments that each rests on.
        splits: The split of each.
        groups: The near group of each.
        release: Name of the release.
    """
    is_b, is_tied = pa.array(cases.verdict == "b"), pa.array(cases.verdict == "tie")
    chosen, rejected = pc.if_else(is_b, sides.b, sides.a), pc.if_else(is_b, sides.a, sides.b)
    surer = np.where(is_tied, cases.p_tie, np.maximum(cases.p_a, cases.p_b))
    columns = {
        "release": pa.repeat(release, len(cases)),
        "preference_id": content_ids([cases.comparison_id, chosen, rejected, is_tied]),
        "comparison_id": cases.comparison_id,
        "prompt_id": cases.prompt_id,
        "chosen_id": chosen,
        "rejected_id": rejected,
        "is_tied": is_tied,
        "confidence": surer,
        "margin": np.abs(cases.p_a - cases.p_b),
        "length_controlled_margin": pa.nulls(len(cases), pa.float64()),
        "evidence": evidence,
        "split": splits,
        "near_group": groups,
    }
    schema = Preference.arrow_schema()
    rows = pa.table([columns[name] for name in schema.names], names=schema.names)
    return sorted_by_id(rows.cast(schema), "preference_id")
