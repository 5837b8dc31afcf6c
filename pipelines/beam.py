"""The Beam runner: one place that starts a pipeline, waits for it and reads its counters."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from winnow.schemas.base import Value
from winnow.schemas.errors import CurationError, InvalidSettings
from winnow.schemas.whole_files import whole_file

if TYPE_CHECKING:
    from apache_beam import Pipeline
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.runner import PipelineRunner

T = TypeVar("T")

BATCH_ROWS = 1024
"""Rows of a batch: enough to make Beam's cost per element small, few enough to spread over workers."""


class BeamSettings(Value):
    """Where Beam jobs run."""

    runner: str = "DirectRunner"
    """Beam's name of the runner, such as "DirectRunner", "FlinkRunner", "SparkRunner" or "DataflowRunner"."""

    options: dict[str, str | int | float | bool | list[str]] = Field(default_factory=dict)
    """Pipeline options as Beam names them, such as {"direct_num_workers": 4}."""


def has_one_worker(settings: BeamSettings) -> bool:
    """Whether all runs in one worker of this very process, so that there is nobody to share the work with."""
    return settings.runner == "DirectRunner" and settings.options.get("direct_num_workers", 1) == 1


def run_pipeline(build: Callable[["Pipeline"], None], settings: BeamSettings) -> dict[str, int]:
    """Build a pipeline, run it to its end and give its counters.

    Args:
        build: Puts the transforms into the empty pipeline.
        settings: Where it runs.

    Returns:
        Committed value of every counter, by "namespace/name".

    Raises:
        InvalidSettings: Beam knows no such runner.
        CurationError: The runner ended the job in another state than done.
    """
    import apache_beam as beam

    pipeline = beam.Pipeline(runner=_runner(settings), options=_options(settings))
    build(pipeline)
    result = pipeline.run()
    state = str(result.wait_until_finish())
    if state != "DONE":
        raise CurationError(
            f"the Beam job on {settings.runner} ended as {state}, wanted DONE; see the runner's log"
        )
    counters = result.metrics().query()["counters"]
    return {
        f"{c.key.metric.namespace}/{c.key.metric.name}": c.committed or c.attempted
        for c in counters
    }


def for_each(function: Callable[[T], None], elements: Sequence[T], settings: BeamSettings) -> None:
    """Call a function with each of some elements, such as addresses of files, on Beam's workers.

    Where there is nobody to share them with, no job is built, and Beam not imported.

    Args:
        function: Does its work whatever becomes of the other elements; may be called twice with one, even at once.
        elements: What it is called with.
        settings: Where it runs.
    """
    if not elements or (settings == BeamSettings()):
        for element in elements:
            function(element)
        return
    import apache_beam as beam

    def build(pipeline: "Pipeline") -> None:
        created = pipeline | "Address" >> beam.Create(elements)
        _ = created | "Spread" >> beam.Reshuffle() | "Work" >> beam.Map(function)

    run_pipeline(build, settings)


def map_batches(
    function: Callable[[pa.Table], pa.Table],
    batches: Iterable[pa.Table],
    schema: pa.Schema,
    settings: BeamSettings,
    scratch: Path,
) -> pa.Table:
    """Apply a function to batches of rows on Beam's workers.

    The batches travel as Parquet files, a row group each, never as one Python object a row. They are mapped in
    this process, unless the settings name another place than the default.

    Args:
        function: Maps a batch to a table of `schema`, whatever the other batches hold.
        batches: What goes in, all of one schema, best with at most `BATCH_ROWS` rows each; never held whole.
        schema: Columns of what comes out.
        settings: Where it runs.
        scratch: Folder for the files in between, which every worker can reach; emptied before and after.

    Returns:
        All batches put together, in their order.
    """
    scratch = scratch.absolute()  # Arrow takes a relative path such as s3:x for an address
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "out").mkdir(parents=True)
    n_batches = _write_batches(batches, scratch / "in.parquet")
    if not n_batches:
        shutil.rmtree(scratch)
        return schema.empty_table()
    one = partial(_map_one, function=function, schema=schema, scratch=scratch)
    # Numbers travel, not names of files: Beam's own readers and writers take a name for a pattern or an address.
    for_each(one, range(n_batches), settings)
    parts = [pq.read_table(_part(scratch, i), partitioning=None) for i in range(n_batches)]
    shutil.rmtree(scratch)
    return pa.concat_tables(parts)


def _map_one(
    number: int, function: Callable[[pa.Table], pa.Table], schema: pa.Schema, scratch: Path
) -> None:
    with pq.ParquetFile(scratch / "in.parquet") as source:
        mapped = function(source.read_row_group(number)).cast(schema)
    part = _part(scratch, number)
    # A runner may try one batch twice at once.
    with whole_file(part) as draft, draft.open("wb") as file:
        pq.write_table(mapped, file)


def _part(scratch: Path, number: int) -> Path:
    return scratch / "out" / f"{number}.parquet"


def _write_batches(batches: Iterable[pa.Table], path: Path) -> int:
    rest = iter(batches)
    first = next(rest, None)
    if first is None:
        return 0
    with path.open("wb") as file, pq.ParquetWriter(file, first.schema) as writer:
        for batch in chain([first], rest):
            writer.write_table(batch)
    return pq.read_metadata(path).num_row_groups


def _runner(settings: BeamSettings) -> "PipelineRunner":
    from apache_beam.runners.runner import create_runner

    # Beam's DirectRunner first looks for the Prism binary on the network; this is what it falls back to.
    name = "FnApiRunner" if settings.runner == "DirectRunner" else settings.runner
    try:
        return create_runner(name)
    except (ValueError, ImportError, AttributeError) as error:
        raise InvalidSettings(
            f"beam.runner is {settings.runner!r}, which Beam cannot start ({error}); "
            "name a runner such as DirectRunner, FlinkRunner, SparkRunner or DataflowRunner",
            runner=settings.runner,
        ) from error


def _options(settings: BeamSettings) -> "PipelineOptions":
    from apache_beam.options.pipeline_options import PipelineOptions

    return PipelineOptions.from_dictionary(dict(settings.options))
