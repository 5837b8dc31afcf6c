"""Measure judging with an engine that answers at once: judgments per second, processors and memory, at two sizes.

Run as `python -m bench.judging`. Comparisons are staged, a prompt each with two responses of 500 to 700 characters, and judged in
both orders, through everything that a run does: questions, the job, durable storage, reading. Each size runs in a process of
its own; with `--workers 2` its jobs run in two worker processes that it starts, as `direct_num_workers: 2` in the settings has them. `limit` is what Python takes to hash and parse as many requests once, and to parse their replies; what judging takes of
processors beside it, and how time and memory grow from size to size, is what says something on another machine.
"""

import argparse
import cProfile
import json
import pstats
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench._at_once import AT_ONCE, answering_at_once, beam_with, processors_s, resident_mib
from bench._history import keep
from bench.label_side import ROOT, RUN, write_run
from winnow.pipelines.asking.answer import AnsweredRequests, answer
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.beam import begin_workers
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Gold, Judgment
from winnow.warehouse.staging import Staging

CRITIQUE = (
    "The first response answers what was asked, and the second one speaks of something else. " * 3
)
GOAL = 5_000
"""Judgments a second on two processors."""
HEADS = ("comparisons", "judgments", "seconds", "/s", "processors", "/s of one", "of limit", "MiB")


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000, 20_000], help="comparisons")
    parser.add_argument("--workers", type=int, default=1, help="processes that jobs run in")
    parser.add_argument("--folder", type=Path, help="measure one folder; what each process does")
    parser.add_argument(
        "--profile",
        action="store_true",
        help="show where the time of it goes, without that of workers",
    )
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(_measure(options.folder, options.workers, is_profiled=options.profile)))
        return
    print("".join(f"{head:>12}" for head in HEADS))
    for n in options.rows:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            _stage(Staging(folder / "run"), n)
            found = _apart(folder, options.workers)
        cells = (
            f"{n:,}",
            f"{found['n']:,.0f}",
            f"{found['seconds']:.1f}",
            f"{found['n'] / found['seconds']:,.0f}",
            f"{found['busy']:.1f}",
            f"{found['n'] / found['busy']:,.0f}",
            f"{found['busy'] / found['limit']:.1f}",
            f"{found['mib']:,.0f}",
        )
        print("".join(f"{cell:>12}" for cell in cells), flush=True)
        _keep(found, n, options.workers)


def _keep(found: dict[str, float], n: int, n_workers: int) -> None:
    if n_workers > 1:
        per_s, by = found["n"] / found["seconds"], f"{n_workers} workers"
    else:
        per_s, by = 2 * found["n"] / found["busy"], "two processors"
        keep(f"judging over hashing and parsing, {n:,}", found["busy"] / found["limit"])
    keep(f"{n:,}: judgments/s of {by} over {GOAL:,}", per_s / GOAL, at_least=1.0)


def _stage(staging: Staging, n: int) -> None:
    """Stage comparisons that nobody has judged."""
    write_run(staging, n, 0)
    for record in (Judgment, Gold):
        for file in staging.files(record):
            file.unlink()


def _apart(folder: Path, n_workers: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.judging", "--folder", str(folder)]
    command += ["--workers", str(n_workers)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(folder: Path, n_workers: int, *, is_profiled: bool) -> dict[str, float]:
    staging, beam = Staging(folder / "run"), beam_with(n_workers)
    store, asked = CompletionStore(folder / "completions"), list[str]()

    def answering(requests: RequestFolder, **more: Any) -> AnsweredRequests:
        asked.append(requests.shards()[0].read(["request"])["request"][0].as_py())
        return answer(requests, store=store, beam=beam, **more)

    profile = cProfile.Profile() if is_profiled else None
    with answering_at_once(_reply_to):
        started, busy = time.perf_counter(), processors_s()
        begin_workers(beam)
        if profile:
            profile.enable()
        entry = JudgeSettings(judge="pairwise", model=AT_ONCE.name)
        models = {AT_ONCE.name: AT_ONCE}
        count = label(staging, [entry], RUN, models=models, answer=answering, beam=beam)
        if profile:
            profile.disable()
            pstats.Stats(profile, stream=sys.stderr).sort_stats("cumtime").print_stats(60)
    seconds, busy = time.perf_counter() - started, processors_s() - busy
    return {
        "n": count.n_out,
        "seconds": seconds,
        "busy": busy,
        "mib": resident_mib(n_workers),
        "limit": _limit(count.n_out, asked[0]),
    }


def _limit(n: int, request: str) -> float:
    """Hash and parse a request, and parse a reply, so many times; gives seconds of the processors."""
    reply, started = _reply("first"), time.process_time()
    for _ in range(n):
        sha256(request.encode()).hexdigest()
        json.loads(request)
        json.loads(reply)
    return time.process_time() - started


def _reply_to(request: ChatRequest) -> str:
    return _reply(("first", "second", "tie")[int(request.request_id[:4], 16) % 3])


def _reply(place: str) -> str:
    return json.dumps({"critique": CRITIQUE, "verdict": place}, separators=(",", ":"))


if __name__ == "__main__":
    main()
