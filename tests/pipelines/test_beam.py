from pathlib import Path
from threading import current_thread

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.metrics.metric import Metrics
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.runner import PipelineResult

from tests.names import ALL_ODD
from winnow.pipelines.beam import BeamSettings, map_batches, run_pipeline
from winnow.schemas.errors import InvalidSettings
from winnow.warehouse.places.folder import Folder, as_place

NUMBERS = pa.schema([pa.field("n", pa.int64(), nullable=False)])


def double(batch: pa.Table) -> pa.Table:
    return pa.table({"n": [2 * n for n in batch["n"].to_pylist()]}, schema=NUMBERS)


def count(number: int) -> int:
    Metrics.counter("numbers", "odd" if number % 2 else "even").inc()
    return number


class NoMetrics(FnApiRunner):  # type: ignore[misc]
    """Keeps no counters, as Dask's runner does not."""

    def run_pipeline(self, pipeline: beam.Pipeline, options: PipelineOptions) -> PipelineResult:
        result = super().run_pipeline(pipeline, options)

        def metrics() -> None:
            raise NotImplementedError

        result.metrics = metrics
        return result


def test_a_job_runs_on_a_runner_that_keeps_no_counters(tmp_path: Path) -> None:
    def write(number: int) -> None:
        (tmp_path / str(count(number))).touch()

    run_pipeline(
        lambda p: p | beam.Create([1, 2, 3]) | beam.Map(write),  # type: ignore[arg-type]
        BeamSettings(runner=f"{__name__}.NoMetrics"),
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "options",
    [{}, {"direct_num_workers": 2, "direct_running_mode": "multi_threading"}],
    ids=["one worker", "two workers"],
)
def test_every_row_passes_the_function_once(tmp_path: Path, options: dict[str, str]) -> None:
    batches = [pa.table({"n": range(i, i + 1000)}, schema=NUMBERS) for i in (0, 1000, 2000)]
    settings = BeamSettings.model_validate({"options": options})
    doubled = map_batches(double, batches, NUMBERS, settings, Folder(tmp_path / "scratch"))
    assert sorted(doubled["n"].to_pylist()) == list(range(0, 6000, 2))


def test_batches_pass_a_folder_of_any_name_and_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    batches = [pa.table({"n": [i]}, schema=NUMBERS) for i in range(12)]
    for scratch in (tmp_path / ALL_ODD, Path("s3:a"), Path(ALL_ODD)):
        doubled = map_batches(double, batches, NUMBERS, BeamSettings(), as_place(scratch))
        assert doubled["n"].to_pylist() == list(range(0, 24, 2))


def test_no_rows_start_no_pipeline(tmp_path: Path) -> None:
    mapped = map_batches(double, [], NUMBERS, BeamSettings(runner="Flunk"), Folder(tmp_path))
    assert mapped.schema == NUMBERS


@pytest.mark.parametrize("runner", ["DirectRunner", "Flunk"])
def test_a_single_batch_is_mapped_here_since_there_is_nothing_to_share(
    runner: str, tmp_path: Path
) -> None:
    threads = []

    def double_here(batch: pa.Table) -> pa.Table:
        threads.append(current_thread())
        return double(batch)

    batches = [pa.table({"n": [4]}, schema=NUMBERS)]
    settings = BeamSettings(runner=runner)
    assert map_batches(double_here, batches, NUMBERS, settings, Folder(tmp_path))[
        "n"
    ].to_pylist() == [8]
    assert threads == [current_thread()]
    with pytest.raises(InvalidSettings, match="'Flunk'"):
        map_batches(double, 2 * batches, NUMBERS, BeamSettings(runner="Flunk"), Folder(tmp_path))
