"""Measure staging, auditing and publishing responses of 1 KB, and registering the same file with DuckLake instead.

Run as `python -m bench.publish`.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import TypeVar

import pyarrow as pa

from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.schemas.runs import Run
from winnow.warehouse.audit import AuditResult, audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

N_PER_BATCH = 10_000
T = TypeVar("T")


def main() -> None:
    """Print seconds and rows per second of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="responses")
    n = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        settings = WarehouseSettings(path=Path(folder))
        staging = Staging(settings.staging("bench"))
        prompt = Prompt(messages=(Message(role="user", content="Go on."),), source="bench")
        staging.write(Prompt, [prompt])
        _timed("stage", n, lambda: staging.write(Response, _responses(prompt.prompt_id, n)))
        checked = _timed("audit", n, lambda: audit(staging))
        with Warehouse.open(settings) as warehouse:
            _measure_publishing(warehouse, staging, checked, n)


def _measure_publishing(
    warehouse: Warehouse, staging: Staging, checked: AuditResult, n: int
) -> None:
    for name, run_id in (("publish", "first"), ("publish, all rows known", "second")):
        run = _run(run_id)
        _timed(name, n, lambda run=run: publish(warehouse, staging, run, "bench", checked))
    warehouse.con.execute("CREATE TABLE registered AS FROM responses LIMIT 0")
    copy = warehouse.settings.path / "data" / "registered.parquet"
    register = f"CALL ducklake_add_data_files('wh', 'registered', '{copy}')"
    _timed("copy the file", n, lambda: shutil.copy(staging.path(Response), copy))
    _timed("register the copy", n, lambda: warehouse.con.execute(register))


def _responses(prompt_id: str, n: int) -> pa.RecordBatchReader:
    schema = Response.arrow_schema()
    return pa.RecordBatchReader.from_batches(schema, _batches(schema, prompt_id, n))


def _batches(schema: pa.Schema, prompt_id: str, n: int) -> Iterator[pa.RecordBatch]:
    random = Random(7)
    row = Response(response_id="-", prompt_id=prompt_id, text="", model="bench").model_dump()
    for start in range(0, n, N_PER_BATCH):
        size = min(N_PER_BATCH, n - start)
        ids = [sha256(str(i).encode()).hexdigest() for i in range(start, start + size)]
        texts = [random.randbytes(500).hex() for _ in range(size)]
        columns = {name: [value] * size for name, value in row.items()}
        columns |= {"response_id": ids, "text": texts}
        yield pa.RecordBatch.from_pydict(columns, schema=schema)


def _run(run_id: str) -> Run:
    now = datetime.now(UTC)
    return Run(
        run_id=run_id,
        name="bench",
        started_at=now,
        finished_at=now,
        settings="{}",
        code_version="",
        inputs="{}",
        models=(),
        counts=(),
    )


def _timed(name: str, n: int, action: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = action()
    seconds = time.perf_counter() - start
    print(f"{name:>24}: {seconds:7.2f} s, {n / seconds:12,.0f} rows/s", flush=True)
    return result


if __name__ == "__main__":
    main()
