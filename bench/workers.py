"""Measure how throughput grows with the workers of one job that share a simulated engine and one store.

The engine is a server in a process of its own that works on so many requests at a time. Its answers take between a fifth and
nine fifths of `--latency`, in an order that is the same for every number of workers. The job is one Beam job, as a run has it:
look-up, asking, durable storage, counts; its workers are processes that Beam starts on this machine, and a single one is the
process of the job itself. Each has `--in-flight` requests in flight, so that the time of an answer bounds it, and not the
processor: what grows is what the data plane between the processes lets grow. Left out is all that a real engine does
besides: tokenizing, batches that slow each other down, a prefix cache. Throughput is what the server sees from the
first quarter of the answers to the last, while all workers are at work: that they start, and end, at different moments is not
in it. `done` is how many requests the whole job answered a second once its first was answered, the end included.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from bench._history import keep
from bench._slots import seen_at, serving

GOAL = 3.4
MOST_WORKERS = 4
_JOB = "--job"


class Rates(NamedTuple):
    """Answers a second of one job."""

    steady: float
    """While all workers are at work."""

    whole: float
    """From the first answer to the last."""

    most: int
    """The most requests that the server had at a time."""


def main() -> None:
    """Run the job with one to four workers and print the throughput of each against that of one."""
    options = _options()
    if options.job:
        _work(options)
        return
    found: dict[int, list[Rates]] = {n: [] for n in range(1, MOST_WORKERS + 1)}
    for _ in range(options.rounds):
        for n_workers, rates in found.items():
            rates.append(_measure(n_workers, options))
            _report(n_workers, rates[-1:], found[1][-1:])
    if options.rounds > 1:
        print(f"median of {options.rounds} rounds")
        for n_workers, rates in found.items():
            _report(n_workers, rates, found[1])
    alone, most = (statistics.median(r.steady for r in found[n]) for n in (1, MOST_WORKERS))
    keep(f"{MOST_WORKERS} workers over one", most / alone, at_least=GOAL)
    print(
        f"answers take {options.latency:g} s on average, {options.slots} slots, {options.in_flight} in flight a worker; "
        f"goal: {MOST_WORKERS} workers reach {GOAL} times one"
    )


def _report(n_workers: int, rates: list[Rates], alone: list[Rates]) -> None:
    steady, whole = (
        statistics.median(getattr(own, what) / getattr(one, what) for own, one in zip(rates, alone, strict=True))
        for what in ("steady", "whole")
    )  # fmt: skip
    print(
        f"{n_workers} workers: {statistics.median(r.steady for r in rates):7,.1f} answers/s, {steady:.2f} times one; "
        f"done {statistics.median(r.whole for r in rates):7,.1f} a second, {whole:.2f} times; "
        f"at most {max(r.most for r in rates)} in flight",
        flush=True,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--slots", type=int, default=128, help="answers that the server works on at a time"
    )
    parser.add_argument(
        "--latency", type=float, default=1.0, help="seconds of an answer, on average"
    )
    parser.add_argument(
        "--in-flight", type=int, default=32, help="requests of one worker in flight"
    )
    parser.add_argument("--requests", type=int, default=640, help="requests a worker")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of one to four workers")
    parser.add_argument(_JOB, nargs=3, metavar=("WORKERS", "URL", "FOLDER"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(n_workers: int, options: argparse.Namespace) -> Rates:
    with tempfile.TemporaryDirectory() as folder, serving(options.slots, options.latency) as url:
        command = [sys.executable, "-m", "bench.workers", *sys.argv[1:]]
        done = subprocess.run(
            [*command, _JOB, str(n_workers), url, folder], stdout=subprocess.PIPE, check=True
        )
        n_requests = json.loads(done.stdout.splitlines()[-1])
        seen = seen_at(url)
    at = seen["answered_at"]
    assert len(at) == n_requests == n_workers * options.requests
    begin, end = len(at) // 4, 3 * len(at) // 4
    return Rates((end - begin) / (at[end] - at[begin]), len(at) / (at[-1] - at[0]), seen["most"])


def _work(options: argparse.Namespace) -> None:
    from winnow.pipelines.asking.complete import complete
    from winnow.pipelines.beam import BeamSettings
    from winnow.pipelines.inference.models import OpenAIModel, identify
    from winnow.pipelines.inference.requests import Sampling
    from winnow.pipelines.inference.store import CompletionStore
    from winnow.schemas.prompts import Message

    n_workers, url, folder = int(options.job[0]), options.job[1], Path(options.job[2])
    settings = OpenAIModel(model="slots", urls=(url,), max_concurrency=options.in_flight)
    model = identify(settings, folder, name="slots")
    requests = [
        model.ask(
            messages=(Message(role="user", content=f"Question {i}"),),
            sampling=Sampling(max_tokens=16),
        )
        for i in range(n_workers * options.requests)
    ]
    several = {"direct_num_workers": n_workers, "direct_running_mode": "multi_processing"}
    beam = BeamSettings(options=several if n_workers > 1 else {})
    store = CompletionStore(folder / "completions")
    answers = complete(requests, model=model, store=store, beam=beam)
    print(json.dumps(answers.counts.use.n_requests))


if __name__ == "__main__":
    main()
