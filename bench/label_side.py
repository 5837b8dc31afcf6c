"""Measure the steps from judgments to an exported release: seconds, peak memory, and how they grow with the comparisons.

Run as `python -m bench.label_side`. A run of comparisons that are judged already is written as staged tables: a prompt each,
two responses of 500 to 700 characters, five judgments by three judges, two of them in both orders; one prompt in fifty nearly
repeats another. Each step runs in a process of its own: aggregated, filtered with four filters and near-duplicates,
assembled, searched for shortcuts, audited, its agreement measured, published in a new warehouse, exported for TRL. `limit` is
the time that Arrow takes to read all that is staged before the first step; a step's ratio to it and the growth from size to
size are what says something on another machine. Both are of the seconds of all processors, which other work on the machine
changes least.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bench._history import keep
from bench._peak import peak_mib
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.runs import Run
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

ROOT = Path(__file__).parents[1]
RUN = "r" * 64
CHECKS = ("order_consistent", "self_consistent", {"agreement": 0.7}, {"margin": 0.1}, {"near_duplicate": 0.9})  # fmt: skip
STAGED: tuple[type[Record], ...] = (Prompt, Response, Comparison, Judgment, Gold)
BATCH = 10_000
JUDGES = (("steady@1", "ab", 0.9), ("steady@1", "ba", 0.9), ("quick@1", "ab", 0.75), ("quick@1", "ba", 0.75), ("ann", None, 0.85))  # fmt: skip
"""Who judges, in which order, and how often rightly."""
COLUMNS = {"seconds": 9, "/s": 10, "processors": 12, "MiB": 8, "of limit": 10, "grown": 7}


def main() -> None:
    """Print a block for each number of comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="comparisons"
    )
    parser.add_argument("--gold", type=int, default=0, help="comparisons whose verdict is known")
    parser.add_argument("--folder", type=Path, help="where to keep what is staged and made")
    parser.add_argument(
        "--step", choices=STEPS, help="run one step on a folder; what each process does"
    )
    options = parser.parse_args()
    if options.step:
        print(json.dumps(_measure(STEPS[options.step], Staging(options.folder))))
        return
    before: dict[str, float] = {}
    for n in options.rows:
        with tempfile.TemporaryDirectory() as scratch:
            folder = (options.folder or Path(scratch)) / str(n)
            before = _block(n, options.gold, folder, before)


def _block(n: int, n_gold: int, folder: Path, before: dict[str, float]) -> dict[str, float]:
    write_run(Staging(folder), n, n_gold)
    shutil.rmtree(_warehouse(Staging(folder)).path, ignore_errors=True)
    heads = "".join(f"{name:>{width}}" for name, width in COLUMNS.items())
    print(f"{n:,} comparisons\n{'':<12}{heads}")
    busy: dict[str, float] = {}
    total = {"seconds": 0.0, "mib": 0.0}
    for name in STEPS:
        found = _apart(name, folder)
        busy[name] = found["busy"]
        cells = (
            f"{found['seconds']:.2f}",
            f"{n / found['seconds']:,.0f}",
            f"{busy[name]:.2f}",
            f"{found['mib']:,.0f}",
            f"{busy[name] / busy['limit']:.1f}",
            f"{busy[name] / before[name]:.1f}" if name in before else "",
        )
        widths = zip(cells, COLUMNS.values(), strict=True)
        print(f"{name:<12}" + "".join(f"{cell:>{width}}" for cell, width in widths), flush=True)
        if name != "limit":
            keep(f"{name}, {n:,}: over the limit", busy[name] / busy["limit"])
        total["seconds"] += found["seconds"] * (name != "limit")
        total["mib"] = max(total["mib"], found["mib"])
    print(f"{'all':<12}{total['seconds']:9.2f}{'':22}{total['mib']:8,.0f}", flush=True)
    if before:
        grown = sum(busy.values()) / sum(before.values())
        keep(f"all steps, {n:,}: over the size before", grown, at_most=11.0)
    return busy


def _apart(step: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.label_side", "--step", step, "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(step: Callable[[Staging], object], staging: Staging) -> dict[str, float]:
    import winnow.pipelines.steps.assemble  # noqa: F401 - what a step imports is not its time

    started, busy_before = time.perf_counter(), time.process_time()
    step(staging)
    return {
        "seconds": time.perf_counter() - started,
        "busy": time.process_time() - busy_before,
        "mib": peak_mib(),
    }


def _limit(staging: Staging) -> None:
    for record in STAGED:
        staging.read(record)


def _aggregate(staging: Staging) -> None:
    from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments

    aggregate_judgments(staging, AggregateSettings(), RUN)


def _keep(staging: Staging) -> None:
    from winnow.pipelines.steps.assemble import AssembleSettings
    from winnow.pipelines.steps.keep import FilterSettings, keep

    checks = [FilterSettings.model_validate(check) for check in CHECKS]
    keep(staging, checks, RUN, publishes=AssembleSettings().publishes)


def _assemble(staging: Staging) -> None:
    from winnow.pipelines.steps.assemble import AssembleSettings, assemble

    assemble(staging, AssembleSettings(), RUN, release="bench@1")


def _shortcuts(staging: Staging) -> None:
    from winnow.pipelines.shortcuts.find import ShortcutSettings, find_shortcuts

    find_shortcuts(staging, ShortcutSettings(), RUN)


def _audit(staging: Staging) -> None:
    from winnow.warehouse.audit import audit
    from winnow.warehouse.catalog import Warehouse

    with Warehouse.open(_warehouse(staging)) as warehouse:
        audit(staging, warehouse).raise_for_failures()


def _agreement(staging: Staging) -> None:
    from winnow.flows.curation.agreement import measure_release
    from winnow.warehouse.catalog import Warehouse

    with Warehouse.open(_warehouse(staging)) as warehouse:
        measure_release(warehouse, staging)


def _publish(staging: Staging) -> None:
    from winnow.warehouse.audit import AuditResult
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.publish import publish

    now = datetime.now(UTC)
    run = Run(run_id=RUN, name="bench", started_at=now, finished_at=now, settings="{}", code_version="", inputs="{}", models=(), counts=())  # fmt: skip
    with Warehouse.open(_warehouse(staging)) as warehouse:
        publish(warehouse, staging, run, "bench", AuditResult(checks=()))


def _export(staging: Staging) -> None:
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.export import export

    settings = _warehouse(staging)
    with Warehouse.open(settings) as warehouse:
        export(warehouse, "bench@1", "trl", settings.path / "trl", overwrite=True)


def _warehouse(staging: Staging) -> WarehouseSettings:
    return WarehouseSettings(path=staging.root.with_name(f"{staging.root.name}-warehouse"))


STEPS: dict[str, Callable[[Staging], None]] = {
    "limit": _limit,
    "aggregate": _aggregate,
    "keep": _keep,
    "assemble": _assemble,
    "shortcuts": _shortcuts,
    "audit": _audit,
    "agreement": _agreement,
    "publish": _publish,
    "export": _export,
}


def write_run(staging: Staging, n: int, n_gold: int = 0) -> None:
    """Stage a run of judged comparisons, the same for the same numbers.

    Args:
        staging: An empty folder.
        n: Comparisons.
        n_gold: Comparisons, the first ones, whose verdict is known.
    """
    for record in STAGED[:-1]:
        batches = _rows(record, n)
        schema = record.arrow_schema()
        staging.write(record, pa.RecordBatchReader.from_batches(schema, batches), part="read")
    known = [
        Gold.model_validate({"comparison_id": _id("comparison", i), "verdict": _truth(i), "basis": "drawn"})
        for i in range(n_gold)
    ]  # fmt: skip
    staging.write(Gold, known, part="read")


def _rows(record: type[Record], n: int) -> Iterator[pa.RecordBatch]:
    random = np.random.default_rng(7)
    words = np.array(["".join(random.choice(list("abcdefghiklmnoprstuvwy"), k)) for k in random.integers(2, 11, 5000)])  # fmt: skip
    make = {Prompt: _prompts, Response: _responses, Comparison: _comparisons, Judgment: _judgments}
    schema = record.arrow_schema()
    for first in range(0, n, BATCH):
        columns = make[record](first, min(BATCH, n - first), random, words)
        n_rows = len(next(iter(columns.values())))
        defaults = {name: _default(record, name) for name in schema.names if name not in columns}
        whole = columns | {name: [value] * n_rows for name, value in defaults.items()}
        yield pa.RecordBatch.from_pydict({name: whole[name] for name in schema.names}, schema)


def _default(record: type[Record], name: str) -> Any:
    value = record.model_fields[name].get_default()
    return list(value) if isinstance(value, tuple) else value


def _prompts(first: int, n: int, random: np.random.Generator, words: Any) -> dict[str, list[Any]]:
    texts = [" ".join(words[random.integers(0, len(words), k)]) for k in random.integers(20, 60, n)]
    for i in range(50, n, 50):
        texts[i] = f"{texts[i - 1]} now"
    blank: dict[str, list[Any]] = {"parts": [], "tool_calls": []}
    turns = [[{"role": "user", "content": text, **blank}] for text in texts]
    return {
        "prompt_id": [_id("prompt", first + i) for i in range(n)],
        "messages": turns,
        "source": [f"bench.jsonl:{first + i + 1}" for i in range(n)],
    }


def _responses(first: int, n: int, random: np.random.Generator, words: Any) -> dict[str, list[Any]]:
    sizes = random.integers(500, 701, 2 * n)
    texts = [" ".join(words[random.integers(0, len(words), 130)])[:size] for size in sizes]
    models = random.integers(0, 4, 2 * n)
    return {
        "response_id": [i for k in range(first, first + n) for i in _sides(k)],
        "prompt_id": [_id("prompt", k) for k in range(first, first + n) for _ in range(2)],
        "text": texts,
        "model": [f"model {model}" for model in models],
    }


def _comparisons(first: int, n: int, *_: Any) -> dict[str, list[Any]]:
    return {
        "comparison_id": [_id("comparison", first + i) for i in range(n)],
        "prompt_id": [_id("prompt", first + i) for i in range(n)],
        "response_ids": [_sides(first + i) for i in range(n)],
        "strategy": ["given"] * n,
    }


def _judgments(first: int, n: int, random: np.random.Generator, _: Any) -> dict[str, list[Any]]:
    right = random.random((n, len(JUDGES))) < [accuracy for *_, accuracy in JUDGES]
    about = [_id("comparison", first + i) for i in range(n) for _ in JUDGES]
    said = [
        _truth(first + i) if is_right else "ab"[_truth(first + i) == "a"]
        for i in range(n)
        for is_right in right[i]
    ]
    return {
        "judgment_id": [_id("judgment", first * len(JUDGES) + i) for i in range(len(about))],
        "comparison_id": about,
        "subject_id": about,
        "annotator_id": [name for name, *_ in JUDGES] * n,
        "kind": ["llm" if order else "verifier" for _, order, _ in JUDGES] * n,
        "order": [order for _, order, _ in JUDGES] * n,
        "verdict": said,
    }


def _id(kind: str, i: int) -> str:
    return sha256(f"{kind} {i}".encode()).hexdigest()


def _sides(i: int) -> list[str]:
    return sorted(_id("response", 2 * i + side) for side in range(2))


def _truth(i: int) -> str:
    return "ab"[_id("truth", i) > "8"]


if __name__ == "__main__":
    main()
