"""Measure judging with an engine that answers at once: judgments per second, processors and memory, at two sizes.

Run as `python -m bench.judging`. Comparisons are staged, a prompt each with two responses of 500 to 700 characters, and judged in
both orders, through everything that a run does: questions, the job, durable storage, reading. Each size runs in a process of
its own. `limit` is what Python takes to hash and parse as many requests once, and to parse their replies; what judging takes of
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
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench._history import keep
from bench._peak import peak_mib
from bench.label_side import ROOT, RUN, write_run
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.schemas.judgments import Gold, Judgment
from winnow.warehouse.staging import Staging

NOBODY = OpenAIModel(model="toy", urls=("http://127.0.0.1:9/v1",))
MODEL = ModelRef(name="toy", model="toy", revision="1", path="toy", settings=NOBODY)
CRITIQUE = (
    "The first response answers what was asked, and the second one speaks of something else. " * 3
)
HEADS = ("comparisons", "judgments", "seconds", "/s", "processors", "/s of one", "of limit", "MiB")


class AtOnce:
    """An engine that answers each request as soon as it has it."""

    last: ChatRequest
    """What it answered last."""

    def complete(
        self, requests: Iterable[ChatRequest], on_result: Callable[[Completion], None], *_: Any
    ) -> None:
        """Give each request an answer by its id."""
        for request in requests:
            place = ("first", "second", "tie")[int(request.request_id[:4], 16) % 3]
            self.last = request
            on_result(
                Completion(
                    request_id=request.request_id,
                    model=request.model,
                    revision=request.revision,
                    text=_reply(place),
                    finish_reason="stop",
                    n_prompt_tokens=400,
                    n_tokens=70,
                )
            )

    def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000, 20_000], help="comparisons")
    parser.add_argument("--folder", type=Path, help="measure one folder; what each process does")
    parser.add_argument("--profile", action="store_true", help="show where the time of it goes")
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(_measure(options.folder, is_profiled=options.profile)))
        return
    print("".join(f"{head:>12}" for head in HEADS))
    for n in options.rows:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            _stage(Staging(folder / "run"), n)
            found = _apart(folder)
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
        keep(f"judging over hashing and parsing, {n:,}", found["busy"] / found["limit"])


def _stage(staging: Staging, n: int) -> None:
    """Stage comparisons that nobody has judged."""
    write_run(staging, n, 0)
    for record in (Judgment, Gold):
        for file in staging.files(record):
            file.unlink()


def _apart(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.judging", "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(folder: Path, *, is_profiled: bool) -> dict[str, float]:
    import winnow.pipelines.asking.handler as handler
    from winnow.pipelines.asking.answer import answer
    from winnow.pipelines.beam import BeamSettings
    from winnow.pipelines.inference.store import CompletionStore
    from winnow.pipelines.labelling.settings import JudgeSettings
    from winnow.pipelines.steps.label import label

    staging, store = Staging(folder / "run"), CompletionStore(folder / "completions")
    engine, answering = AtOnce(), partial(answer, store=store, beam=BeamSettings())
    profile = cProfile.Profile() if is_profiled else None
    with patch.object(handler, "open_engine", lambda *_: engine):
        started, busy = time.perf_counter(), time.process_time()
        if profile:
            profile.enable()
        entry = JudgeSettings(judge="pairwise", model="toy")
        count = label(
            staging, [entry], RUN, models={"toy": MODEL}, answer=answering, beam=BeamSettings()
        )
        if profile:
            profile.disable()
            pstats.Stats(profile, stream=sys.stderr).sort_stats("cumtime").print_stats(60)
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
    return {
        "n": count.n_out,
        "seconds": seconds,
        "busy": busy,
        "mib": peak_mib(),
        "limit": _limit(count.n_out, engine.last.canonical()),
    }


def _limit(n: int, request: str) -> float:
    """Hash and parse a request, and parse a reply, so many times; gives seconds of the processors."""
    reply, started = _reply("first"), time.process_time()
    for _ in range(n):
        sha256(request.encode()).hexdigest()
        json.loads(request)
        json.loads(reply)
    return time.process_time() - started


def _reply(place: str) -> str:
    return json.dumps({"critique": CRITIQUE, "verdict": place}, separators=(",", ":"))


if __name__ == "__main__":
    main()
