"""How far the annotators of a run agree, measured before it is published."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.quality.agreement import known_verdicts
from winnow.annotation.quality.figures import agreement_figures
from winnow.pipelines.labels.said import coded, last_said
from winnow.schemas.agreement import AgreementFigures
from winnow.schemas.judgments import Gold
from winnow.schemas.last_word import LINKS
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.staging import Staging

_READ = (*LINKS, "comparison_id", "order", "verdict", "strength", "seconds")
_SHORT = 12
"""Characters that tell the judgments of one annotator on one comparison apart; DuckDB holds so many beside the rest of a row."""


def measure_release(warehouse: Warehouse, staging: Staging) -> AgreementFigures:
    """Measure the annotators whose judgments a run staged, by its gold and that of the warehouse."""
    gold = pa.concat_tables(
        [warehouse.query("SELECT * FROM gold"), staging.read(Gold)], promote_options="permissive"
    )
    said = coded(_shortened(staging), _READ)
    numbers = said["comparison_id"].combine_chunks()
    judged = _with(said, "comparison_id", numbers.indices)
    of_judged = pc.index_in(gold["comparison_id"].cast(pa.string()), value_set=numbers.dictionary)
    known = _with(gold, "comparison_id", of_judged).filter(pc.is_valid(of_judged))
    return agreement_figures(judged, known_verdicts(known))


def _shortened(staging: Staging) -> Iterator[pa.Table]:
    """Read what was said last, without what only tells people's answers apart where no person gave them."""
    for piece in last_said(staging, _READ):
        is_human = pc.equal(piece["kind"].cast(pa.string()), "human")
        ids = piece["judgment_id"]
        short = pc.if_else(is_human, ids, pc.utf8_slice_codeunits(ids, 0, _SHORT))
        asked = pc.if_else(is_human, piece["request_id"], pa.scalar(None, pa.string()))
        yield _with(_with(piece, "judgment_id", short), "request_id", asked)


def _with(table: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)
