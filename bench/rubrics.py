"""Measure deriving and merging rubrics with an engine that answers at once: comparisons per second and memory, at two sizes.

Run as `python -m bench.rubrics`. Labelled comparisons are staged, a prompt each with two responses of 500 to 700 characters, in
twenty domains; rubrics of domains are derived by contrast from those that are not held out, three criteria a reply, and merged.
Each size runs in a process of its own. How time and memory grow from size to size is what says something on another machine.
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

import pyarrow as pa

from bench._at_once import AT_ONCE, answering_at_once, beam_with, processors_s, resident_mib
from bench._history import keep
from bench.label_side import ROOT, RUN, write_run
from winnow.pipelines.asking.answer import AnsweredRequests, answer
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.rubrics.deriving import DeriveSettings
from winnow.pipelines.steps import DeriveStep, MergeStep, Step, StepContext
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Label
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

GOAL = 500
"""Comparisons a second on two processors, derived and merged."""
HEADS = ("comparisons", "step", "seconds", "/s", "processors", "/s of two", "rows", "MiB")
N_DOMAINS = 20
QUOTE = "as the source says"
VERBS = ("Names", "Explains", "Dates", "Quotes", "Compares", "Doubts", "Derives", "Draws")
THINGS = ("cause", "source", "unit", "limit", "author", "method", "price", "risk", "place", "rule")
STEPS: dict[str, Step] = {
    "derive": DeriveStep(
        settings=DeriveSettings.model_validate(
            {"by": "contrast", "model": AT_ONCE.name, "reach": "domain"}
        )
    ),
    "merge": MergeStep(model=AT_ONCE.name, min_prompts=1),
}


def main() -> None:
    """Print a line for each size and step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000, 10_000], help="comparisons")
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
            stage(Staging(folder / "run"), n)
            found = _apart(folder)
        for name, one in found.items():
            _print(n, name, one)
        busy = sum(one["busy"] for one in found.values())
        keep(
            f"{n:,}: comparisons/s of two processors over {GOAL}", 2 * n / busy / GOAL, at_least=1.0
        )


def stage(staging: Staging, n: int) -> None:
    """Stage labelled comparisons of prompts in domains, each response with words that can be quoted."""
    write_run(staging, n, 0)
    for record in (Judgment, Gold):
        for file in staging.files(record):
            file.unlink()
    prompts = staging.read(Prompt)
    domains = pa.array([f"domain {i % N_DOMAINS:02}" for i in range(len(prompts))], pa.string())
    at = prompts.column_names.index("domain")
    staging.write(Prompt, prompts.set_column(at, "domain", domains), part="read")
    responses = staging.read(Response)
    at = responses.column_names.index("text")
    texts = pa.array([f"{text}, {QUOTE}" for text in responses["text"].to_pylist()], pa.string())
    staging.write(Response, responses.set_column(at, "text", texts), part="read")
    ids = staging.read(Comparison, ["comparison_id"])["comparison_id"]
    like = Label(
        run_id=RUN, comparison_id="-", p_a=0.9, p_b=0.1, p_tie=0.0, n_judgments=1, method="bench"
    )
    staging.write(Label, Label.from_columns({"comparison_id": ids.combine_chunks()}, like))


def _print(n: int, name: str, one: dict[str, float]) -> None:
    cells = (
        f"{n:,}",
        name,
        f"{one['seconds']:.1f}",
        f"{n / one['seconds']:,.0f}",
        f"{one['busy']:.1f}",
        f"{2 * n / one['busy']:,.0f}",
        f"{one['n']:,.0f}",
        f"{one['mib']:,.0f}",
    )
    print("".join(f"{cell:>12}" for cell in cells), flush=True)


def _apart(folder: Path) -> dict[str, dict[str, float]]:
    command = [sys.executable, "-m", "bench.rubrics", "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(folder: Path, *, is_profiled: bool) -> dict[str, dict[str, float]]:
    store, beam = CompletionStore(folder / "completions"), beam_with(1)

    def answering(requests: RequestFolder, **more: Any) -> AnsweredRequests:
        return answer(requests, store=store, beam=beam, **more)

    found = {}
    for name, step in STEPS.items():
        at = StepContext(
            staging=Staging(folder / "run"),
            run_id=RUN,
            stage=name,
            models={AT_ONCE.name: AT_ONCE},
            answer=answering,
        )
        profile = cProfile.Profile() if is_profiled else None
        with answering_at_once(reply_to):
            started, busy = time.perf_counter(), processors_s()
            if profile:
                profile.enable()
            counts = step.work(at)
            if profile:
                profile.disable()
                pstats.Stats(profile, stream=sys.stderr).sort_stats("cumtime").print_stats(70)
        assert not isinstance(counts, tuple)
        found[name] = {
            "n": next(iter(counts)).n_out,
            "seconds": time.perf_counter() - started,
            "busy": processors_s() - busy,
            "mib": resident_mib(1),
        }
    return found


def reply_to(request: ChatRequest) -> str:
    """Write three criteria, of some ten thousand, or that none of the criteria that are asked about are the same."""
    keys = list(json.loads(request.json_schema or "{}")["properties"])
    if keys[0] == "why":
        return json.dumps({"why": "they differ", **dict.fromkeys(keys[1:], "different")})
    drawn = sha256(request.request_id.encode()).digest()
    made = [_criterion(drawn[4 * i : 4 * i + 4]) for i in range(3)]
    return json.dumps({"hard_rules": made[:1], "principles": made[1:]})


def _criterion(drawn: bytes) -> dict[str, str]:
    verb, one, other, count = drawn
    words = (
        f"{VERBS[verb % 8]} the {THINGS[one % 10]} of the {THINGS[other % 10]} number {count % 16}"
    )
    return {"quote": QUOTE, "criterion": words}


if __name__ == "__main__":
    main()
