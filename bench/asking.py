"""Measure the sampling step with an engine that answers at once: responses a second beside distilabel, and peak memory.

Run as `python -m bench.asking`. Prompts are staged, four responses to each are sampled through the whole step: requests written,
looked up, answered by the Beam job with every answer durably stored, read and staged in order; then the run is started `again`, and
takes up what the finished step added. Each runs in a process of its own; with `--workers 2` its jobs run in two worker processes that it
starts, as `direct_num_workers: 2` in the settings has them. distilabel 1.5.3 does the same with an engine
that answers at once, at its default batch of 50 and at 500, where it is fastest, in an environment that is made for it; where that
cannot be installed, its lines are left out. The ratios say something on another machine; `grown` is how peak memory grew from the
size before, `of first` the share of the first time that starting again takes.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa

from bench._at_once import AT_ONCE, answering_at_once, beam_with, processors_s, resident_mib
from bench._history import keep
from winnow.pipelines.asking.answer import answer
from winnow.pipelines.beam import begin_workers
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.steps.finished import clear_but_finished
from winnow.pipelines.steps.sample import SampleSettings, SampleStep
from winnow.pipelines.steps.step import StepContext
from winnow.schemas.prompts import Message, Prompt
from winnow.warehouse.staging import Staging

ROOT = Path(__file__).parents[1]
PEER = "distilabel==1.5.3"
PEER_BATCHES = {50: 1_000, 500: 10_000}
PEER_GOALS = {50: 20.0, 500: 4.0}
"""Prompts that distilabel gets, by batch size: its rate hangs on the batch and hardly on their number."""
BATCH = 5_000
WORDS = "grain " * 100
COLUMNS = {"seconds": 9, "/s": 9, "processors": 12, "MiB": 8, "grown": 7, "of first": 10}


def main() -> None:
    """Print a line for each number of prompts and each pass, and the ratios to distilabel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--samples", type=int, default=4, help="responses to each prompt")
    parser.add_argument("--workers", type=int, default=1, help="processes that jobs run in")
    parser.add_argument(
        "--peer", type=Path, help="where to keep distilabel's environment; else it goes"
    )
    parser.add_argument("--no-peer", action="store_true", help="leave distilabel out")
    parser.add_argument(
        "--folder", type=Path, help="go through the step once; what each process does"
    )
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(_sample(options.folder, options.samples, options.workers)))
        return
    heads = "".join(f"{name:>{width}}" for name, width in COLUMNS.items())
    print(f"{'':<30}{heads}")
    best: dict[str, float] = {}
    before: dict[str, float] = {}
    for n in options.prompts:
        with tempfile.TemporaryDirectory() as folder:
            _stage(Staging(Path(folder) / "read"), n)
            first = _apart(Path(folder), options)
            _print(f"{n:,} prompts, sampled", first, before.get("sampled"))
            again = _apart(Path(folder), options)
            share = again["seconds"] / first["seconds"]
            _print(f"{n:,} prompts, again", again, before.get("again"), share)
            before = {"sampled": first["mib"], "again": again["mib"]}
            best = max(best or first, first, key=_rate)
    if not options.no_peer:
        _beside_peer(best, options)


def _rate(found: dict[str, float], by: str = "seconds") -> float:
    return found["n"] / found[by]


def _print(
    what: str, found: dict[str, float], mib_before: float | None, of_first: float | None = None
) -> None:
    cells = (
        f"{found['seconds']:.2f}",
        f"{_rate(found):,.0f}",
        f"{found['busy']:.2f}",
        f"{found['mib']:,.0f}",
        f"{found['mib'] / mib_before:.2f}" if mib_before else "",
        f"{of_first:.1%}" if of_first else "",
    )
    row = "".join(f"{c:>{w}}" for c, w in zip(cells, COLUMNS.values(), strict=True))
    print(f"{what:<30}{row}", flush=True)


def _stage(staging: Staging, n: int) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        for begin in range(0, n, BATCH):
            prompts = [_prompt(i) for i in range(begin, min(begin + BATCH, n))]
            yield from Prompt.to_table(prompts).to_batches()

    schema = Prompt.arrow_schema()
    staging.write(Prompt, pa.RecordBatchReader.from_batches(schema, batches()))


def _prompt(i: int) -> Prompt:
    asked = f"Question {i}: tell me about wheat and rivers. " * 4
    return Prompt(messages=(Message(role="user", content=asked),), source=f"made:{i}")


def _apart(folder: Path, options: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.asking", "--folder", str(folder)]
    command += ["--samples", str(options.samples), "--workers", str(options.workers)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _sample(folder: Path, n_samples: int, n_workers: int) -> dict[str, float]:
    store, beam, staging = (
        CompletionStore(folder / "completions"),
        beam_with(n_workers),
        Staging(folder / "run"),
    )
    at = StepContext(
        staging=staging,
        run_id="r" * 64,
        stage="sample",
        models={AT_ONCE.name: AT_ONCE},
        answer=partial(answer, store=store, beam=beam, progress=lambda _: None),
        recall=lambda _, found: found.check(store),
        beam=beam,
    )
    clear_but_finished(staging)
    shutil.copytree(folder / "read", staging.root, dirs_exist_ok=True)
    started, busy = time.perf_counter(), processors_s()
    begin_workers(beam)
    with answering_at_once(_reply):
        (count,) = SampleStep(entries=(SampleSettings(model=AT_ONCE.name, n=n_samples),)).work(at)
    return {
        "n": count.n_out,
        "seconds": time.perf_counter() - started,
        "busy": processors_s() - busy,
        "mib": resident_mib(n_workers),
    }


def _reply(request: ChatRequest) -> str:
    return f"{request.request_id} {WORDS}"


def _beside_peer(ours: dict[str, float], options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.peer or Path(scratch)
        if not (python := folder / "bin" / "python").exists():
            venv.create(folder, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", PEER, "requests"]
        if subprocess.run(install).returncode:
            print(f"{PEER} cannot be installed here, so nothing is compared with it")
            return
        for batch, n in PEER_BATCHES.items():
            script = [python, ROOT / "bench" / "_distilabel.py", n, options.samples, batch]
            busy = processors_s()
            done = subprocess.run(
                list(map(str, script)), check=True, capture_output=True, text=True, cwd=folder
            )
            theirs = json.loads(done.stdout.splitlines()[-1])
            theirs["busy"] = processors_s() - busy
            more, less_busy = (_rate(ours, by) / _rate(theirs, by) for by in ("seconds", "busy"))
            print(
                f"distilabel, batches of {batch}: {_rate(theirs):,.0f} responses/s; the sampling step does {more:.1f} times "
                f"as many, and {less_busy:.1f} times as many a second of the processors",
                flush=True,
            )
            keep(
                f"responses/s{_of(options.workers)} over distilabel, batches of {batch}",
                more,
                at_least=PEER_GOALS[batch],
            )


def _of(n_workers: int) -> str:
    return f" of {n_workers} workers" if n_workers > 1 else ""


if __name__ == "__main__":
    main()
