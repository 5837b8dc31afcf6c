"""What benchmarks measured, kept from run to run: a line of JSON for each ratio, with machine and commit.

A benchmark calls `keep` once for each ratio. It is written down where the benchmark was run as `python -m bench NAME`, and so
by `make bench`; `python -m bench.NAME` only prints. `python -m docs` draws the lines in docs/speed.md.
"""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
HISTORY = ROOT / "bench" / "history.jsonl"
KEPT_IN = "BENCH_HISTORY"
"""Environment variable that names the file which ratios are kept in; without it they are not."""


class Kept(NamedTuple):
    """One ratio of one run."""

    at: str
    """When it was measured, in UTC."""

    benchmark: str
    """Name of the benchmark."""

    options: str
    """What the benchmark was called with; empty where with nothing."""

    name: str
    """What is divided by what, such as "sampling stage over LLM.chat"."""

    ratio: float
    """What was measured."""

    at_least: float | None
    """The goal, where more is better; None where there is no such goal."""

    at_most: float | None
    """The goal, where less is better; None where there is no such goal."""

    commit: str
    """Commit of the code; with "+" where files were changed since."""

    machine: str
    """Processor, cores that this process may use, memory."""

    python: str
    """Version of Python."""

    load: float
    """Processes that waited for a processor on average over the last minute, those of the benchmark among them."""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.at_least is not None:
            return self.ratio >= self.at_least
        return None if self.at_most is None else self.ratio <= self.at_most


def keep(
    name: str, ratio: float, *, at_least: float | None = None, at_most: float | None = None
) -> None:
    """Keep a ratio that the benchmark measured, where ratios are kept.

    Args:
        name: What is divided by what.
        ratio: The ratio.
        at_least: The goal, where more is better.
        at_most: The goal, where less is better.
    """
    if (file := os.environ.get(KEPT_IN)) is None:
        return
    kept = Kept(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        benchmark=Path(sys.argv[0]).stem,
        options=" ".join(sys.argv[1:]),
        name=name,
        ratio=float(f"{ratio:.4g}"),
        at_least=at_least,
        at_most=at_most,
        commit=_commit(),
        machine=_machine(),
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 1),
    )
    with Path(file).open("a", encoding="utf-8") as history:
        history.write(json.dumps(kept._asdict()) + "\n")


def read_history(file: Path = HISTORY) -> list[Kept]:
    """Read all ratios that were kept, in the order in which they were measured."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return sorted((Kept(**json.loads(line)) for line in lines), key=lambda kept: kept.at)


def _commit() -> str:
    commit = _git("rev-parse", "--short=10", "HEAD")
    # Other benchmarks of the same run have written into the history.
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", f":!bench/{HISTORY.name}")  # fmt: skip
    return f"{commit}+" if changed else commit


def _git(*args: str) -> str:
    done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def _machine() -> str:
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {gib:.0f} GiB"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
