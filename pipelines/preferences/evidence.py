"""What a label rests on."""

from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa

from winnow.annotation.aggregation.votes import Bools
from winnow.pipelines.filters import Cases
from winnow.pipelines.labels.combining import heard
from winnow.schemas.labels import MUTE_BELOW
from winnow.warehouse.staging import Staging

Defect = Literal["no_evidence", "undecided", "tied"]
"""Why a kept label makes no preference."""

_EVIDENCE = """
select list_sort(list(j.judgment_id)) as evidence
from judgments as j
inner join cases as c using (comparison_id)
inner join people as p using (annotator_id)
semi join counted as n on n.i = c.i and n.k = p.k
where j.verdict <> 'invalid'
group by c.i
order by c.i
"""


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
    counted = cases.stands.only(_is_evidence(cases))
    said = heard(staging, ("judgment_id", "comparison_id", "annotator_id", "verdict"))
    with duckdb.connect() as con:
        con.register("counted", pa.table({"i": counted.case, "k": counted.annotator}))
        con.register("cases", _numbered("i", comparison_id=cases.comparison_id))
        con.register("people", _numbered("k", annotator_id=pa.array(counted.names, pa.string())))
        con.register("judgments", said)
        return con.execute(_EVIDENCE).to_arrow_table()["evidence"].combine_chunks()


def _numbered(number: str, **column: pa.Array) -> pa.Table:
    ((name, values),) = column.items()
    return pa.table({number: np.arange(len(values)), name: values})


def _has_evidence(cases: Cases) -> Bools:
    return cases.stands.only(_is_evidence(cases)).count() > 0


def _is_evidence(cases: Cases) -> Bools:
    stands = cases.stands
    calls_it_a_tie = (cases.verdict == "tie")[stands.case] & (stands.verdict == "tie")
    return calls_it_a_tie | ((np.abs(stands.weight) >= MUTE_BELOW) & ~stands.is_flipped)
