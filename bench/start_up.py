"""Measure small runs and commands from start to end, beside importing Prefect and Beam alone.

Run as `python -m bench.start_up`. The run, of 400 ready comparisons, calls no model; given again, it is published
already. All are measured in turn, so that what else the machine does weighs alike on them; the first turn, which makes
Prefect's database, is not counted. Seconds are those on the wall, and in brackets those of all processors.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench._history import keep

ROOT = Path(__file__).parents[1]
ALONE = "import prefect, apache_beam"
WORDS = ("rooks", "nest", "high", "in", "tall", "trees", "while", "owls", "hunt", "mice", "near")


class Cost(NamedTuple):
    """What a command took."""

    wall_s: float
    processors_s: float


def main() -> None:
    """Print the median of each command, and its ratio to importing Prefect and Beam alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400, help="comparisons")
    parser.add_argument("--turns", type=int, default=3, help="how often each is measured")
    options = parser.parse_args()
    costs: dict[str, list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_run(folder, options.rows)
        for turn in range(options.turns + 1):
            for what, command in _commands(folder / f"warehouse-{turn}", options.rows).items():
                cost = _cost(command, folder)
                if turn:
                    costs[what].append(cost)
    medians = {
        what: Cost(*map(statistics.median, zip(*each, strict=True))) for what, each in costs.items()
    }
    base = medians[ALONE].wall_s
    for what, (wall_s, processors_s) in medians.items():
        if what != ALONE:
            keep(f"{what}, over importing Prefect and Beam", wall_s / base)
        print(f"{what:<32} {wall_s:6.2f} s ({processors_s:5.2f} s)   {wall_s / base:5.2f}")


def _commands(warehouse: Path, n_rows: int) -> dict[str, list[str]]:
    python, winnow = [sys.executable, "-c"], [sys.executable, "-m", "winnow"]
    there = ["--warehouse", str(warehouse)]
    return {
        ALONE: [*python, ALONE],
        f"run, {n_rows:,} comparisons": [*winnow, "run", "run.yaml", *there],
        "run, published before": [*winnow, "run", "run.yaml", *there],
        "validate": [*winnow, "validate", "run.yaml", *there],
        "show": [*winnow, "show", "pairs", *there],
        "releases": [*winnow, "releases", *there],
        "status": [*winnow, "status", *there],
        "query": [*winnow, "query", "select count(*) from preferences", *there],
        "--help": [*winnow, "--help"],
    }


def _cost(command: list[str], folder: Path) -> Cost:
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    environment |= {"PYTHONPATH": str(ROOT), "PREFECT_HOME": str(folder / "prefect")}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall_s, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall_s, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def _write_run(folder: Path, n_rows: int) -> None:
    random = Random(7)

    def text() -> str:
        return " ".join(random.choices(WORDS, k=random.randint(10, 60)))

    with (folder / "pairs.jsonl").open("w") as file:
        for i in range(n_rows):
            verdicts = [random.choice(["a", "a", "b", "tie"]) for _ in range(3)]
            row = {
                "prompt": f"Question {i}: {text()}?",
                "reference": text(),
                "response_a": text(),
                "response_b": text(),
                "judgments": [
                    {"annotator": f"judge {j}", "kind": "llm", "verdict": verdict}
                    for j, verdict in enumerate(verdicts)
                ],
            }
            file.write(json.dumps(row) + "\n")
    (folder / "run.yaml").write_text(
        "name: pairs\n"
        "comparisons: {path: pairs.jsonl}\n"
        "label: [{verifier: reference_overlap}]\n"
        "release: pairs\n"
        "export: [{format: trl}]\n"
    )


if __name__ == "__main__":
    main()
