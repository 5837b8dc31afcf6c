"""What a published release was computed from."""

import pyarrow as pa

from winnow.pipelines.set_aside import STAGE
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import KnownAnnotator, Membership
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release

_OF_THE_RUN = """
with counted as (
    select comparison_id from labels where run_id = $run
    union
    select record_id from rejects where run_id = $run and stage = 'aggregate'
),
compared as (select c.* from comparisons as c semi join counted using (comparison_id)),
answers as (select unnest(response_ids) as response_id from compared),
is_written as (select count(*) > 0 as yes from heard where run_id = $run)
"""
_ROWS: dict[type[Record], str] = {
    Prompt: "select p.* from prompts as p semi join compared using (prompt_id)",
    Response: "select r.* from responses as r semi join answers using (response_id)",
    Comparison: "select * from compared",
    Judgment: "select j.* from judgments as j "
    "semi join (select judgment_id from run_judgments where run_id = $run) using (judgment_id)",
    Gold: "select comparison_id, verdict, basis from anchors where run_id = $run union all "
    "select g.comparison_id, g.verdict, g.basis from gold as g semi join counted using (comparison_id) "
    "where not (select yes from is_written)",
    KnownAnnotator: "select annotator_id, model, annotator_version from annotators where run_id = $run",
    Membership: 'select annotator_id, unnest("groups") as "group" from annotators where run_id = $run',
}


_ASIDE = """
select p.* from prompts as p
semi join (select record_id as prompt_id from rejects where run_id = $run and stage = $stage) using (prompt_id)
"""


def stored_aside(warehouse: Warehouse, name: str) -> pa.Table:
    """Read the prompts that the run of a release set aside as near-duplicates before anything was asked about them.

    Args:
        warehouse: An open warehouse.
        name: The release, such as "preferences@3".
    """
    found = release(warehouse, name)
    return warehouse.query(_ASIDE, found.release, {"run": found.run_id, "stage": STAGE})


def stored_tables(warehouse: Warehouse, name: str) -> dict[type[Record], pa.Table]:
    """Read what the preferences of a release follow from, as it was when that was published.

    These are the comparisons of the release's run with their prompts and responses, and the judgments and gold that
    counted in it, with what was known of the annotators. What the warehouse holds beside them is left out: what other runs heard, and what was taken back before.
    Of a run that did not write down what it heard, it is the last word of its annotators, and all gold there was by then.

    Args:
        warehouse: An open warehouse.
        name: The release, such as "preferences@3".

    Returns:
        Tables by record, as `winnow.pipelines.recomputing.recompute` takes them.

    Raises:
        UnknownName: There is no such release.
    """
    found = release(warehouse, name)
    return {
        record: warehouse.query(_OF_THE_RUN + rows, found.release, {"run": found.run_id})
        for record, rows in _ROWS.items()
    }
