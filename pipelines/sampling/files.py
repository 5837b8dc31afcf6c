"""Responses on their way from the answers to one model into the staged table of a step."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.asking.answer import AnsweredRequests
from winnow.pipelines.asking.read import read
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.one_ahead import one_ahead
from winnow.pipelines.sampling.ask import Sample
from winnow.pipelines.sampling.read import (
    ANSWER,
    COUNTED,
    COUNTS,
    REJECTS,
    RESPONSES,
    SCHEMAS,
    read_responses,
)
from winnow.pipelines.sorting import rows_in_order
from winnow.schemas.responses import Response
from winnow.schemas.sampled import Sampled
from winnow.warehouse.places.placed_file import PlacedFile
from winnow.warehouse.staging import Staging

_BATCH_ROWS = 10_000


class SampledFiles(NamedTuple):
    """What became of the requests of a step to one model."""

    model: ModelRef
    """Who was asked."""

    responses: Sequence[PlacedFile]
    """Files of responses."""

    rejects: pa.Table
    """Requests that became none, each with its reason and detail."""

    counted: dict[str, int]
    """Counts as `Sampled` has them, by name."""

    n_reused: int
    """Requests that were answered before."""

    @property
    def n_requests(self) -> int:
        """Requests."""
        return self.counted["n_requests"]

    def counts(self, run_id: str, stage: str) -> Sampled:
        """Write the record of it."""
        revision = self.model.revision or ""
        return Sampled(
            run_id=run_id,
            stage=stage,
            model=self.model.model,
            model_revision=revision,
            **self.counted,
        )


def read_sampled(
    answered: AnsweredRequests, model: ModelRef, samples: Sequence[Sample], beam: BeamSettings
) -> SampledFiles:
    """Read the answers of a model into files of responses."""
    function = partial(read_responses, model=model, samples=tuple(samples))
    files = read(answered, function, ANSWER, SCHEMAS, beam)
    counts = _table(COUNTS, files[COUNTS])
    return SampledFiles(
        model,
        files[RESPONSES],
        _table(REJECTS, files[REJECTS]),
        {name: pc.sum(counts[name], min_count=0).as_py() for name in COUNTED},
        answered.n_reused,
    )


def stage_responses(
    staging: Staging, stage: str, found: Sequence[SampledFiles], scratch: Path
) -> int:
    """Stage the responses of a step, ordered by response_id; return how many they are.

    Args:
        staging: Gets them.
        stage: Name of the part.
        found: Where they are.
        scratch: Folder for what does not fit into memory meanwhile.
    """
    files = [file for one in found for file in one.responses]
    if not files:
        staging.write(Response, [], part=stage)
        return 0
    schema = Response.arrow_schema()
    ordered = one_ahead(rows_in_order(_batches(files), ["response_id"], scratch))
    rows = (batch for table in ordered for batch in table.to_batches(_BATCH_ROWS))
    staging.write(Response, pa.RecordBatchReader.from_batches(schema, rows), part=stage)
    return sum(file.metadata().num_rows for file in files)


def _batches(files: Sequence[PlacedFile]) -> Iterator[pa.Table]:
    for file in files:
        with file.opened() as opened:
            for batch in opened.iter_batches(_BATCH_ROWS):
                yield pa.Table.from_batches([batch], Response.arrow_schema())


def _table(name: str, files: Sequence[PlacedFile]) -> pa.Table:
    return pa.concat_tables([SCHEMAS[name].empty_table(), *(file.read() for file in files)])
