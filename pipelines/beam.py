"""Beam jobs: one place that starts a pipeline and waits for it."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from winnow.pipelines.collecting import without_collector
from winnow.pipelines.local_workers import (
    end_spare_workers,
    lost_worker,
    start_spare_workers,
    use_own_workers,
)
from winnow.pipelines.runners import check_reachable, fill_in, find_runner, is_local
from winnow.schemas.base import Value
from winnow.schemas.errors import GO_ON, CurationError, WorkerLost
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile

if TYPE_CHECKING:
    from apache_beam import Pipeline

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

_LONGEST_REASON = 400
_IN = "in.parquet"
BATCH_ROWS = 1024
"""Rows of a batch: enough to make Beam's cost per element small, few enough to spread over workers."""


class BeamSettings(Value):
    """Where Beam jobs run."""

    runner: str = "DirectRunner"
    """Beam's name of the runner, such as "DirectRunner", "FlinkRunner", "DaskRunner", "SparkRunner" or "DataflowRunner": docs/cluster.md."""

    options: dict[str, str | int | float | bool | list[str]] = Field(default_factory=dict)
    """Pipeline options as Beam names them, such as {"direct_num_workers": 4} or {"dask_client_address": "tcp://head:8786"}."""


def has_one_worker(settings: BeamSettings) -> bool:
    """Whether all runs in one worker of this very process, so that there is nobody to share the work with."""
    return is_local(settings.runner) and settings.options.get("direct_num_workers", 1) == 1


def begin_workers(settings: BeamSettings) -> None:
    """Have the worker processes of this machine start, which takes seconds, before the first job needs them."""
    several = settings.options.get("direct_running_mode") == "multi_processing"
    if several and is_local(settings.runner):
        n = settings.options.get("direct_num_workers", 1)
        start_spare_workers(n if isinstance(n, int) and n > 0 else os.cpu_count() or 1)


def on_this_machine(settings: BeamSettings) -> BeamSettings:
    """Return where Beam jobs run whose files no other machine reaches: as the settings say, unless that is a cluster."""
    return settings if is_local(settings.runner) else BeamSettings()


def check_cluster(settings: BeamSettings) -> None:
    """Look for the cluster that settings name, as every job does before it is built.

    Raises:
        InvalidSettings: The runner lacks an option, or an address is none.
        ClusterUnreachable: Nothing answers where the cluster should be.
    """
    check_reachable(settings.runner, fill_in(settings.runner, settings.options))


def run_pipeline(build: Callable[["Pipeline"], None], settings: BeamSettings) -> None:
    """Build a pipeline and run it to its end.

    It gives no counters, which some runners do not keep: what a job did is told by the files that it wrote.

    Args:
        build: Puts the transforms into the empty pipeline.
        settings: Where it runs.

    Raises:
        InvalidSettings: Beam knows no such runner, or it lacks an option.
        ClusterUnreachable: Nothing answers where the runner's cluster should be.
        WorkerLost: A worker process of this machine died.
        CurationError: The runner ended the job in another state than done.
    """
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    check_cluster(settings)
    options = fill_in(settings.runner, settings.options)
    runner = find_runner(settings.runner)
    if is_local(settings.runner):
        use_own_workers()
    pipeline = beam.Pipeline(runner=runner, options=PipelineOptions.from_dictionary(options))
    build(pipeline)
    try:
        state = _run_to_end(pipeline)
    except Exception as error:
        end_spare_workers()
        if lost := lost_worker(error):
            raise lost from error
        if isinstance(error, CurationError) or is_local(settings.runner):
            raise
        why = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise CurationError(
            f"the Beam job on {settings.runner} failed: {why[:_LONGEST_REASON]}; see the logs of its workers "
            f"(docs/cluster.md){GO_ON}"
        ) from error
    if state != "DONE":
        raise CurationError(
            f"the Beam job on {settings.runner} ended as {state}, wanted DONE; see the runner's log"
        )


def _run_to_end(pipeline: "Pipeline") -> str:
    """Run a pipeline and give the state that its job ended in; a job that is not waited for any more is called off."""
    result = pipeline.run()
    try:
        return str(result.wait_until_finish())
    except KeyboardInterrupt:
        result.cancel()
        raise
    finally:
        client = getattr(result, "client", None)  # Dask's, which nobody else closes
        if client is not None:
            client.close()


def for_each(function: Callable[[T], None], elements: Sequence[T], settings: BeamSettings) -> None:
    """Call a function with each of some elements, such as addresses of files, on Beam's workers.

    Where there is nobody to share them with, or nothing to share, no job is built, and Beam not imported: on a cluster a job takes
    longer to begin than one element takes.

    Args:
        function: Does its work whatever becomes of the other elements; may be called twice with one, even at once.
        elements: What it is called with.
        settings: Where it runs.
    """
    if len(elements) < 2 or settings == BeamSettings():
        for element in elements:
            _work(element, function)
        return
    import apache_beam as beam

    def build(pipeline: "Pipeline") -> None:
        created = pipeline | "Address" >> beam.Create(elements)
        _ = created | "Spread" >> beam.Reshuffle() | "Work" >> beam.Map(_work, function)

    try:
        run_pipeline(build, settings)
    except WorkerLost as lost:  # where it was bad luck, the next worker gets through; where it was not, it is lost as well
        _LOG.warning("%s; the work that it shared is begun again", lost.said)
        run_pipeline(build, settings)


def _work(element: T, function: Callable[[T], None]) -> None:
    with without_collector():
        function(element)


def map_batches(
    function: Callable[[pa.Table], pa.Table],
    batches: Iterable[pa.Table],
    schema: pa.Schema,
    settings: BeamSettings,
    scratch: Place,
) -> pa.Table:
    """Apply a function to batches of rows on Beam's workers.

    The batches travel as Parquet files, a row group each, never as one Python object a row. They are mapped in
    this process where there is a single one, or the settings name no other place than the default.

    Args:
        function: Maps a batch to a table of `schema`, whatever the other batches hold.
        batches: What goes in, all of one schema, best with at most `BATCH_ROWS` rows each; never held whole.
        schema: Columns of what comes out.
        settings: Where it runs.
        scratch: Takes the files in between; empty, and every worker can reach it.

    Returns:
        All batches put together, in their order.
    """
    n_batches = _write_batches(batches, scratch)
    one = partial(_map_one, function=function, schema=schema, scratch=scratch)
    # Numbers travel, not names of files: Beam's own readers and writers take a name for a pattern or an address.
    for_each(one, range(n_batches), settings)
    parts = (_mapped(scratch, number).read() for number in range(n_batches))
    return pa.concat_tables([schema.empty_table(), *parts])


def _map_one(
    number: int, function: Callable[[pa.Table], pa.Table], schema: pa.Schema, scratch: Place
) -> None:
    with PlacedFile(scratch, _IN).opened() as source:
        batch = source.read_row_group(number)
    # A runner may try one batch twice at once.
    _mapped(scratch, number).write(function(batch).cast(schema))


def _mapped(scratch: Place, number: int) -> PlacedFile:
    return PlacedFile(scratch.within("out"), f"{number}.parquet")


def _write_batches(batches: Iterable[pa.Table], scratch: Place) -> int:
    rest = iter(batches)
    first = next(rest, None)
    if first is None:
        return 0
    with scratch.draft(_IN, is_durable=False) as file, pq.ParquetWriter(file, first.schema) as out:
        for batch in chain([first], rest):
            out.write_table(batch)
    return PlacedFile(scratch, _IN).metadata().num_row_groups
