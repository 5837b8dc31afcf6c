"""Measure how long sampling and judging take at the same time, over the longer of both alone.

Two servers in processes of their own stand for the sampled model and for the judge's: each answers every request after the same
time and works on so many at a time, so that its time is known and the processor is not what is measured. A run goes through its steps
one after the other, and once more in another warehouse with judges that begin while it samples. The judge's machine waits while
prompts are taken up, and at the end of each lot for its last answers: lots grow while it is busy, so that of a longer run
less is lost. Left out is all that real engines do besides: answers of different lengths above all, which make prompts complete in
another order than they were asked in.
"""

import argparse
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench._slots import serving

GOAL = 1.2
_STEPS = ("sample", "compare", "label")


def main() -> None:
    """Run both ways, and print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=800, help="prompts, two samples each")
    parser.add_argument(
        "--slots", type=int, default=16, help="answers that each server works on at a time"
    )
    parser.add_argument("--latency", type=float, default=1.0, help="seconds that each answer takes")
    options = parser.parse_args()
    with _run_of(options) as (settings_file, folder):
        alone = _seconds(settings_file, folder / "one-by-one", overlap=False)
        both = sum(_seconds(settings_file, folder / "at-once", overlap=True).values())
    sampling, judging = alone["sample"], alone["label"]
    longer = max(sampling, judging)
    n = 2 * options.prompts
    print(f"alone: {sampling:.1f} s for {n:,} samples, {judging:.1f} s for {n:,} judgments")
    print(f"one after the other {sum(alone.values()):.1f} s, at the same time {both:.1f} s")
    print(
        f"at the same time {both / longer:.2f} times the longer of both alone, goal: at most {GOAL:g}; "
        f"{sum(alone.values()) / both:.2f} times as fast as one after the other"
    )


@contextmanager
def _run_of(options: argparse.Namespace) -> Iterator[tuple[Path, Path]]:
    with (
        tempfile.TemporaryDirectory() as name,
        serving(options.slots, options.latency) as mill,
        serving(options.slots, options.latency) as sieve,
    ):
        folder = Path(name)
        rows = (json.dumps({"prompt": f"Question {i}?"}) for i in range(options.prompts))
        (folder / "prompts.jsonl").write_text("\n".join(rows), "utf-8")
        settings = {
            "name": "overlap",
            "prompts": {"path": str(folder / "prompts.jsonl")},
            "models": {
                name: {
                    "engine": "openai",
                    "model": name,
                    "urls": [url],
                    "max_concurrency": options.slots,
                }
                for name, url in (("mill", mill), ("sieve", sieve))
            },
            "sample": [{"model": "mill", "n": 2, "max_tokens": 16}],
            "label": [{"judge": "pairwise", "model": "sieve"}],
            "allow": ["unread"],  # what the server answers is no verdict
        }
        path = folder / "run.yaml"
        path.write_text(json.dumps(settings), "utf-8")
        yield path, folder


def _seconds(settings_file: Path, warehouse: Path, *, overlap: bool) -> dict[str, float]:
    """Go through reading, sampling, comparing and judging; gives the seconds of each but reading."""
    from rich.console import Console

    from winnow.flows.curation.curation import Curation
    from winnow.flows.curation.flow import work_on
    from winnow.flows.settings.run import load_settings
    from winnow.flows.terminal.progress import RunProgress
    from winnow.pipelines.reading import read_inputs, say_nothing

    settings = load_settings(settings_file, warehouse).model_copy(update={"overlap": overlap})
    curation = Curation(settings, RunProgress(Console(file=io.StringIO())))
    with curation.held():
        inputs, run_id = settings.inputs(), curation.run_id
        curation.count("read", lambda: read_inputs(inputs, curation.staging, run_id, say_nothing))
        for i, _ in enumerate(_STEPS):
            work_on(curation, i, go_on=False)
    return {count.stage: count.seconds for count in curation.counts if count.stage in _STEPS}


if __name__ == "__main__":
    main()
