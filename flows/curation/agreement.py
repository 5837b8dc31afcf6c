"""How far the annotators of a run agree, measured before it is published."""

import pyarrow as pa

from winnow.annotation.quality.agreement import known_verdicts
from winnow.annotation.quality.figures import agreement_figures
from winnow.pipelines.labels.said import read_said
from winnow.schemas.agreement import AgreementFigures
from winnow.schemas.judgments import Gold
from winnow.schemas.last_word import LINKS
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.staging import Staging

_READ = (*LINKS, "comparison_id", "order", "verdict", "strength", "seconds")


def measure_release(warehouse: Warehouse, staging: Staging) -> AgreementFigures:
    """Measure the annotators whose judgments a run staged, by its gold and that of the warehouse."""
    gold = pa.concat_tables(
        [warehouse.query("SELECT * FROM gold"), staging.read(Gold)], promote_options="permissive"
    )
    return agreement_figures(read_said(staging, _READ), known_verdicts(gold))
