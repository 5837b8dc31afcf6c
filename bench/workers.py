"""Measure how throughput grows with workers that share one simulated engine and one store.

The engine is a server in a process of its own that answers every request after the same time and works on so many at a
time. A worker is a process that runs the job as a machine of a cluster would: look-up, asking, durable storage; all write
into one store. Each has as many requests in flight as `--in-flight`, so that the time of an answer bounds it, and not the
processor: what grows is what the data plane between the processes lets grow. Left out is all that a real engine does
besides: tokenizing, batches that slow each other down, a prefix cache, answers of different lengths. Throughput
is what the server sees from the first quarter of the answers to the last, while all workers are at work: that they start,
and end, at different moments is not in it.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from bench._history import keep
from bench._slots import seen_at, serving

GOAL = 3.4
_WORKER = "--worker"


def main() -> None:
    """Run the job with one to four workers and print the throughput of each against that of one."""
    options = _options()
    if options.worker:
        _work(options)
        return
    alone = 0.0
    for n_workers in (1, 2, 3, 4):
        rate, most = _measure(n_workers, options)
        alone = alone or rate
        grown = f"{rate / alone:.2f} times one" if n_workers > 1 else "one"
        print(
            f"{n_workers} workers: {rate:7,.1f} answers/s, {grown}, at most {most} in flight",
            flush=True,
        )
    keep("4 workers over one", rate / alone, at_least=GOAL)
    print(
        f"each answer takes {options.latency:g} s, {options.slots} slots, {options.in_flight} in flight a worker; "
        f"goal: 4 workers reach {GOAL} times one"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--slots", type=int, default=128, help="answers that the server works on at a time"
    )
    parser.add_argument("--latency", type=float, default=1.0, help="seconds that each answer takes")
    parser.add_argument(
        "--in-flight", type=int, default=32, help="requests of one worker in flight"
    )
    parser.add_argument("--requests", type=int, default=640, help="requests a worker")
    parser.add_argument(
        _WORKER, nargs=3, metavar=("NUMBER", "URL", "FOLDER"), help=argparse.SUPPRESS
    )
    return parser.parse_args()


def _measure(n_workers: int, options: argparse.Namespace) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder, serving(options.slots, options.latency) as url:
        workers = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "bench.workers",
                    *sys.argv[1:],
                    _WORKER,
                    str(i),
                    url,
                    folder,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for i in range(n_workers)
        ]
        for worker in workers:  # all have imported what they need before the first begins
            assert worker.stdout
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        assert all(worker.wait() == 0 for worker in workers)
        seen = seen_at(url)
    at = seen["answered_at"]
    assert len(at) == n_workers * options.requests
    begin, end = len(at) // 4, 3 * len(at) // 4
    return (end - begin) / (at[end] - at[begin]), seen["most"]


def _work(options: argparse.Namespace) -> None:
    import apache_beam  # noqa: F401  (the job imports it, and only the job is to be measured)

    from winnow.pipelines.asking.complete import complete
    from winnow.pipelines.beam import BeamSettings
    from winnow.pipelines.inference.models import OpenAIModel, identify
    from winnow.pipelines.inference.requests import Sampling
    from winnow.pipelines.inference.store import CompletionStore
    from winnow.schemas.prompts import Message

    number, url, folder = options.worker
    settings = OpenAIModel(model="slots", urls=(url,), max_concurrency=options.in_flight)
    model = identify(settings, Path(folder), name="slots")
    requests = [
        model.ask(
            messages=(Message(role="user", content=f"Question {number}.{i}"),),
            sampling=Sampling(max_tokens=16),
        )
        for i in range(options.requests)
    ]
    print("ready", flush=True)
    sys.stdin.readline()
    store = CompletionStore(Path(folder) / "completions")
    answers = complete(requests, model=model, store=store, beam=BeamSettings())
    assert answers.counts.use.n_requests == options.requests


if __name__ == "__main__":
    main()
