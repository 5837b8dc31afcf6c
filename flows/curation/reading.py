"""All that a run reads: its inputs, and the rubrics that it judges by."""

from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.reading import Say, read_inputs
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging


def read_all(
    settings: CurationSettings, staging: Staging, run_id: str, say: Say
) -> list[StageCount]:
    """Read the inputs of a run and its rubrics into staging; raises as `read_inputs` does."""
    counts = read_inputs(settings.inputs(), staging, run_id, say)
    if settings.rubrics is None:
        return counts
    from winnow.flows.curation.rubrics_stage import stage_rubrics

    return [*counts, *stage_rubrics(settings.rubrics, settings.warehouse, staging, run_id)]
