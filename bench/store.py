"""Measure look-ups in the completion store: seconds and peak memory, and how they grow with what is stored.

Run as `python -m bench.store`. Synthetic completions of 300 characters are stored in batches of 10,000, merged on the way as a
job does, and 100,000 of them are looked up: ids scattered over the whole store, and those that were stored one after another as
those of a run are. `known` tells which are there, `whole` reads their rows with all columns, `restart` does the same by 8,192 ids
at a time. Each runs in a process of its own. `limit` is the time that Arrow takes to read the key column of all that is stored,
once; a look-up's ratio to it and the growth from size to size are what says something on another machine.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench._history import keep
from bench._peak import peak_mib
from winnow.pipelines.inference.requests import Completion
from winnow.pipelines.inference.segment_files import list_segments
from winnow.pipelines.inference.store import CompletionStore

ROOT = Path(__file__).parents[1]
BATCH = 10_000
WANTED = 100_000
AT_A_TIME = 8_192
COLUMNS = {"seconds": 9, "processors": 12, "MiB": 8, "of limit": 10, "grown": 7}


def main() -> None:
    """Print a block for each number of completions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="stored")
    parser.add_argument("--folder", type=Path, help="where to keep the stores; else they go")
    parser.add_argument("--look", choices=LOOKS, help="look up once; what each process does")
    options = parser.parse_args()
    if options.look:
        print(json.dumps(_measure(options.look, CompletionStore(options.folder), options.rows[0])))
        return
    before: dict[str, float] = {}
    for n in options.rows:
        with tempfile.TemporaryDirectory() as scratch:
            before = _block(n, (options.folder or Path(scratch)) / str(n), before)


def _block(n: int, folder: Path, before: dict[str, float]) -> dict[str, float]:
    if not folder.exists():
        started = time.perf_counter()
        fill(CompletionStore(folder), n)
        print(f"stored {n:,} completions in {time.perf_counter() - started:.1f} s")
    files = list(folder.glob("*.parquet"))
    mib = sum(file.stat().st_size for file in files) / 2**20
    heads = "".join(f"{name:>{width}}" for name, width in COLUMNS.items())
    print(f"{n:,} completions, {len(files)} files, {mib:,.0f} MiB\n{'':<18}{heads}")
    busy: dict[str, float] = {}
    for name in LOOKS:
        found = _apart(name, folder, n)
        busy[name] = found["busy"]
        cells = (
            f"{found['seconds']:.2f}",
            f"{busy[name]:.2f}",
            f"{found['mib']:,.0f}",
            f"{busy[name] / busy['limit']:.1f}",
            f"{busy[name] / before[name]:.1f}" if name in before else "",
        )
        widths = zip(cells, COLUMNS.values(), strict=True)
        print(f"{name:<18}" + "".join(f"{cell:>{width}}" for cell, width in widths), flush=True)
        if name != "limit":
            keep(f"{name}, {n:,}: over the limit", busy[name] / busy["limit"])
    return busy


def _apart(look: str, folder: Path, n: int) -> dict[str, float]:
    options = ["--look", look, "--folder", str(folder), "--rows", str(n)]
    command = [sys.executable, "-m", "bench.store", *options]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(name: str, store: CompletionStore, n: int) -> dict[str, float]:
    choose, look = LOOKS[name]
    ids = choose(n)
    started, busy_before = time.perf_counter(), time.process_time()
    n_found = look(store, ids)
    if n_found != len(ids):
        raise SystemExit(f"found {n_found:,}, wanted {len(ids):,}")
    return {
        "seconds": time.perf_counter() - started,
        "busy": time.process_time() - busy_before,
        "mib": peak_mib(),
    }


def _scattered(n: int) -> pa.Array:
    rows = np.random.default_rng(3).choice(n, min(n, WANTED), replace=False)
    return pa.array([_id(int(row)) for row in rows])


def _together(n: int) -> pa.Array:
    first = max(n - WANTED, 0) // 2
    return pa.array([_id(row) for row in range(first, n)[:WANTED]])


def _limit(store: CompletionStore, ids: pa.Array) -> int:
    for segment in list_segments(store.place):
        pq.read_table(Path(store.place.address) / segment.name, columns=["request_id"])
    return len(ids)


def _known(store: CompletionStore, ids: pa.Array) -> int:
    return len(store.known(ids))


def _whole(store: CompletionStore, ids: pa.Array) -> int:
    return len(store.table(ids, Completion.arrow_schema().names))


def _restart(store: CompletionStore, ids: pa.Array) -> int:
    parts = (ids.slice(i, AT_A_TIME) for i in range(0, len(ids), AT_A_TIME))
    return sum(_whole(store, part) for part in parts)


LOOKS: dict[str, tuple[Callable[[int], pa.Array], Callable[[CompletionStore, pa.Array], int]]] = {
    "limit": (_together, _limit),
    "known, scattered": (_scattered, _known),
    "whole, scattered": (_scattered, _whole),
    "known, of a run": (_together, _known),
    "whole, of a run": (_together, _whole),
    "restart of a run": (_together, _restart),
}


def fill(store: CompletionStore, n: int) -> None:
    """Store completions, the same for the same number, and merge as a job does."""
    random = np.random.default_rng(7)
    letters = list("abcdefghiklmnoprstuvwy")
    words = np.array(["".join(random.choice(letters, k)) for k in random.integers(2, 11, 5000)])
    for first in range(0, n, BATCH):
        store.completions.append(_rows(range(first, min(n, first + BATCH)), random, words))
        if first // BATCH % 16 == 15:
            store.compact()
    store.compact()


def _rows(rows: range, random: np.random.Generator, words: "np.ndarray") -> pa.Table:
    n, schema = len(rows), Completion.arrow_schema()
    places = random.integers(0, len(words), (n, 55))
    known = {
        "request_id": [_id(row) for row in rows],
        "model": ["qwen"] * n,
        "text": [" ".join(one)[:300] for one in words[places].tolist()],
        "finish_reason": ["stop"] * n,
        "n_prompt_tokens": random.integers(20, 400, n),
        "n_tokens": random.integers(40, 90, n),
    }
    columns = {name: pa.array(values, schema.field(name).type) for name, values in known.items()}
    return Completion.completed(pa.table(columns)).select(schema.names).cast(schema)


def _id(row: int) -> str:
    return sha256(row.to_bytes(8, "big")).hexdigest()


if __name__ == "__main__":
    main()
