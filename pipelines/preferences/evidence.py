"""What a label rests on."""

from typing import Literal

import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.votes import Bools, Ints
from winnow.pipelines.filters import Cases
from winnow.pipelines.labels.codes import places
from winnow.pipelines.labels.combining import heard
from winnow.schemas.id_order import ascending
from winnow.schemas.labels import MUTE_BELOW
from winnow.warehouse.staging import Staging

Defect = Literal["no_evidence", "undecided", "tied"]
"""Why a kept label makes no preference."""


def defects(cases: Cases, ties: Literal["keep", "reject"]) -> dict[Defect, Bools]:
    """Say which labels make no preference, by the reason; of several, the first one is given."""
    verdict = cases.verdict
    found: dict[Defect, Bools] = {"no_evidence": ~_has_evidence(cases), "undecided": verdict == ""}
    return found if ties == "keep" else found | {"tied": verdict == "tie"}


def evidence_of(cases: Cases, staging: Staging) -> pa.Array:
    """Return the judgments that each label rests on, sorted: readable, of annotators with weight whose verdict held.

    The weight is what a verdict for a or b adds. A tie rests on the verdicts that call it one, whoever gave them.

    Args:
        cases: Labels that have evidence.
        staging: Holds the judgments.

    Returns:
        Lists of judgment_ids, shape (n_cases,).
    """
    ids, case = _counted(cases, staging)
    ends = np.cumsum(np.bincount(case, minlength=len(cases)))
    in_order = ids.take(pa.array(ascending(ids, within=case)))
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends), pa.int32()), in_order)


def _counted(cases: Cases, staging: Staging) -> tuple[pa.Array, Ints]:
    """Return the judgments that labels rest on, in any order, and the row of each one's label."""
    said = heard(staging, ("judgment_id", "comparison_id", "annotator_id", "verdict"))
    people = pa.array(cases.stands.names, pa.string())
    case, k = (
        places(said["comparison_id"], cases.comparison_id),
        places(said["annotator_id"], people),
    )
    is_readable = places(said["verdict"], pa.array(["a", "b", "tie"])) >= 0
    counted = cases.stands.only(_is_evidence(cases))
    wanted = counted.case * len(people) + counted.annotator
    counts = (case >= 0) & (k >= 0) & is_readable
    counts[counts] = _are_among(case[counts] * len(people) + k[counts], wanted)
    return said["judgment_id"].filter(pa.array(counts)).combine_chunks(), case[counts]


def _are_among(numbers: Ints, ascending_ones: Ints) -> Bools:
    place = np.searchsorted(ascending_ones, numbers)
    return np.append(ascending_ones, -1)[place] == numbers


def _has_evidence(cases: Cases) -> Bools:
    return cases.stands.only(_is_evidence(cases)).count() > 0


def _is_evidence(cases: Cases) -> Bools:
    stands = cases.stands
    calls_it_a_tie = (cases.verdict == "tie")[stands.case] & (stands.verdict == "tie")
    return calls_it_a_tie | ((np.abs(stands.weight) >= MUTE_BELOW) & ~stands.is_flipped)
