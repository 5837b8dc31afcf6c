"""Measure a whole run of ready comparisons as a user starts it, from the file to the export, and how it grows with the rows.

Run as `python -m bench.million`, with `--rows 10000 100000 1000000` for the size that it is named after. A file of comparisons
is written, each a prompt, two responses of 500 to 700 characters and five judgments by three judges, two of them in both
orders; one prompt in fifty nearly repeats another. `winnow run` reads them, aggregates, filters with four filters and
near-duplicates, assembles, audits, publishes and writes the report; `winnow export --format trl` and `winnow show` follow. Each
is a process with children of its own, and all of them count: their seconds, those of the processors, the memory that they
hold at once. The stage is the one that `winnow status` would show; `start` and `report` are what comes before and after. `limit`
is the time that Arrow takes to parse the file and to write what is in it as Parquet. The ratio to it and the growth from size
to size are what says something on another machine; both are of the seconds of all processors, which other work on the machine
changes least.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import label_side, reading
from bench._watching import Taken, watch

ROOT = Path(__file__).parents[1]
COLUMNS = {"seconds": 9, "/s": 10, "processors": 12, "MiB": 8, "of limit": 10, "grown": 7}
REPEATS_EVERY = 50
SETTINGS = """
name: million
warehouse: {{path: {folder}/warehouse}}
comparisons: {{path: {file}}}
keep: {checks}
release: bench
"""
LIMIT = """
import sys
from pyarrow import json, parquet
read = json.open_json(sys.argv[1], read_options=json.ReadOptions(block_size=1 << 24))
with parquet.ParquetWriter(sys.argv[2], read.schema, compression="zstd") as file:
    for batch in read:
        file.write_batch(batch)
"""


def main() -> None:
    """Print a block for each number of comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[10_000, 100_000], help="comparisons"
    )
    parser.add_argument("--folder", type=Path, help="where to keep the files, once written")
    options = parser.parse_args()
    before: dict[str, Taken] = {}
    for n in options.rows:
        with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
            file = (options.folder or Path(scratch)) / f"million-{n}.jsonl"
            if not file.exists():
                write_comparisons(file, n)
            before = _block(n, file, Path(scratch), before)


def _block(n: int, file: Path, scratch: Path, before: dict[str, Taken]) -> dict[str, Taken]:
    """Print what each stage takes as soon as it has ended, and return it by stage; `all` are all but the limit."""
    heads = "".join(f"{name:>{width}}" for name, width in COLUMNS.items())
    print(f"{n:,} comparisons\n{'':<12}{heads}")
    taken: dict[str, Taken] = {}
    for name, command in _commands(file, scratch):
        for stage, of_stage in _measured(command, name, scratch):
            taken[stage] = of_stage
            _print_line(n, stage, taken, before)
    ours = [one for name, one in taken.items() if name != "limit"]
    seconds, busy, mib = zip(*ours, strict=True)
    taken["all"] = Taken(sum(seconds), sum(busy), max(mib))
    _print_line(n, "all", taken, before)
    return taken


def _commands(file: Path, scratch: Path) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what is run, and the stage that it is; none of `winnow run`, which says itself in which it is."""
    settings, checks = scratch / "run.yaml", json.dumps(label_side.CHECKS)
    settings.write_text(SETTINGS.format(folder=scratch, file=file, checks=checks))
    winnow, of = [sys.executable, "-m", "winnow"], ["bench@1", "--warehouse", str(scratch / "warehouse")]  # fmt: skip
    yield "limit", [sys.executable, "-c", LIMIT, str(file), str(scratch / "limit.parquet")]
    yield "", [*winnow, "run", str(settings)]
    yield "export", [*winnow, "export", *of, "--format", "trl", "--out", str(scratch / "trl")]
    yield "show", [*winnow, "show", *of]


def _measured(command: Sequence[str], name: str, scratch: Path) -> Iterator[tuple[str, Taken]]:
    stage = (lambda: name) if name else _Stages(scratch / "warehouse").now
    places = os.environ | {"PYTHONPATH": str(ROOT), "PREFECT_HOME": str(scratch / "prefect")}
    with (scratch / "said.txt").open("w") as said:
        try:
            yield from watch(command, stage, cwd=ROOT, env=places, stdout=said, stderr=subprocess.STDOUT)  # fmt: skip
        except subprocess.CalledProcessError as error:
            words = (scratch / "said.txt").read_text()
            sys.exit(f"{' '.join(command)} ended with status {error.returncode}:\n{words}")


class _Stages:
    """The stage of the one run of a warehouse, read from where it writes how far it is."""

    def __init__(self, warehouse: Path) -> None:
        self._warehouse = warehouse
        self._last = "start"

    def now(self) -> str:
        for state in self._warehouse.glob("*/*/state.json"):
            try:
                self._last = json.loads(state.read_text())["stage"]
            except FileNotFoundError:
                break
            return self._last
        # It is gone once the rows are published.
        self._last = "start" if self._last == "start" else "report"
        return self._last


def _print_line(n: int, name: str, taken: dict[str, Taken], before: dict[str, Taken]) -> None:
    one = taken[name]
    cells = (
        f"{one.seconds:.2f}",
        f"{n / one.seconds:,.0f}",
        f"{one.busy:.2f}",
        f"{one.mib:,.0f}",
        f"{one.busy / taken['limit'].busy:.1f}",
        f"{one.busy / before[name].busy:.1f}" if name in before else "",
    )
    widths = zip(cells, COLUMNS.values(), strict=True)
    print(f"{name:<12}" + "".join(f"{cell:>{width}}" for cell, width in widths), flush=True)


def write_comparisons(path: Path, n: int) -> None:
    """Write ready comparisons with five judgments each, the same for the same number.

    Args:
        path: Where to; JSON Lines.
        n: Comparisons.
    """
    with path.open("w") as file:
        for row in _rows(n):
            file.write(json.dumps(row) + "\n")


def _rows(n: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of `bench.reading`, in which prompts nearly repeat others and judges are mostly right."""
    random = np.random.default_rng(7)
    accuracy = [accuracy for *_, accuracy in label_side.JUDGES]
    before = ""
    for i, row in enumerate(reading.rows(n)):
        if i % REPEATS_EVERY == REPEATS_EVERY - 1:
            row["prompt"] = f"{before} now"
        before = row["prompt"]
        truth, other = ("a", "b") if random.random() < 0.5 else ("b", "a")
        is_right = random.random(len(accuracy)) < accuracy
        for judgment, right in zip(row["judgments"], is_right, strict=True):
            judgment["verdict"] = truth if right else other
        yield row


if __name__ == "__main__":
    main()
