"""Measure reading: rows/s, peak memory, and how both grow with the rows, against Arrow that only parses the same file.

Run as `python -m bench.reading`. A file of ready comparisons is written, each a prompt, two responses of 500 to 700
characters and five judgments, and read into staging in a process of its own. `limit` is the time that Arrow takes to parse the
file and no more; the ratio to it and the growth from size to size are what says something on another machine. Both are of the
seconds of all processors, those of the processes that read large files together with it included, which other work on the machine
changes least.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench._history import keep
from bench._peak import peak_mib
from bench._watching import watch

ROOT = Path(__file__).parents[1]
COLUMNS = {"seconds": 9, "/s": 10, "processors": 12, "MiB": 8, "of limit": 10, "grown": 7}
JUDGES = (("steady@1", "ab"), ("steady@1", "ba"), ("quick@1", "ab"), ("quick@1", "ba"), ("ann", None))  # fmt: skip
BLOCK = 1 << 24


def main() -> None:
    """Print a block for each number of comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[10_000, 100_000], help="comparisons"
    )
    parser.add_argument("--folder", type=Path, help="where to keep the files, once written")
    parser.add_argument(
        "--markdown", action="store_true", help="responses of several paragraphs, as models write"
    )
    parser.add_argument(
        "--conversations",
        action="store_true",
        help="chosen and rejected, each a conversation of a question and an answer, and no judgments",
    )
    parser.add_argument("--step", choices=STEPS, help="run one step on a file; what a process does")
    options = parser.parse_args()
    if options.step:
        print(json.dumps(_measure(STEPS[options.step], options.folder)))
        return
    before: dict[str, float] = {}
    for n in options.rows:
        with tempfile.TemporaryDirectory() as scratch:
            folder = options.folder or Path(scratch)
            before = _block(n, folder, before, options)


def _block(
    n: int, folder: Path, before: dict[str, float], options: argparse.Namespace
) -> dict[str, float]:
    kind = "markdown" if options.markdown else "plain"
    path = folder / f"{kind}{'-conversations' * options.conversations}-{n}.jsonl"
    if not path.exists():
        write_comparisons(
            path, n, is_markdown=options.markdown, are_conversations=options.conversations
        )
    heads = "".join(f"{name:>{width}}" for name, width in COLUMNS.items())
    print(f"{n:,} comparisons\n{'':<12}{heads}")
    busy: dict[str, float] = {}
    for name in STEPS:
        found = _apart(name, path)
        busy[name] = found["busy"]
        cells = (
            f"{found['seconds']:.2f}",
            f"{n / found['seconds']:,.0f}",
            f"{busy[name]:.2f}",
            f"{found['mib']:,.0f}",
            f"{busy[name] / busy['limit']:.1f}",
            f"{busy[name] / before[name]:.1f}" if name in before else "",
        )
        widths = zip(cells, COLUMNS.values(), strict=True)
        print(f"{name:<12}" + "".join(f"{cell:>{width}}" for cell, width in widths), flush=True)
        if name != "limit":
            keep(f"{name}, {n:,}: over the limit", busy[name] / busy["limit"])
    return busy


def _apart(step: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.reading", "--step", step, "--folder", str(path)]
    with tempfile.TemporaryFile("w+") as said:
        ((_, taken),) = watch(command, lambda: step, cwd=ROOT, stdout=said)
        said.seek(0)
        found: dict[str, float] = json.loads(said.read().splitlines()[-1])
    # A short peak of one process may fall between two looks at all of them.
    return found | {"mib": max(taken.mib, found["mib"])}


def _measure(step: Callable[[Path], object], path: Path) -> dict[str, float]:
    import pyarrow.json  # noqa: F401 - what a step imports is not its time

    import winnow.pipelines.reading  # noqa: F401

    started, busy_before = time.perf_counter(), time.process_time()
    step(path)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": time.perf_counter() - started,
        "busy": time.process_time() - busy_before + children.ru_utime + children.ru_stime,
        "mib": peak_mib(),
    }


def _limit(path: Path) -> None:
    from pyarrow import json as arrow_json

    options = arrow_json.ReadOptions(block_size=BLOCK)
    for _ in arrow_json.open_json(path, read_options=options):
        pass


def _read(path: Path) -> None:
    from winnow.pipelines.reading import Inputs, read_inputs
    from winnow.warehouse.staging import Staging

    inputs = Inputs.model_validate({"comparisons": {"path": path}})
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        read_inputs(inputs, Staging(Path(folder)), "r" * 64)


STEPS: dict[str, Callable[[Path], None]] = {"limit": _limit, "read": _read}


def write_comparisons(
    path: Path, n: int, *, is_markdown: bool = False, are_conversations: bool = False
) -> None:
    """Write ready comparisons with five judgments each, the same for the same number.

    Args:
        path: Where to; JSON Lines.
        n: Comparisons.
        is_markdown: Whether responses have blank lines and lists in them, as those of models do.
        are_conversations: Whether responses are conversations, of which one was chosen and nothing more is said.
    """
    with path.open("w") as file:
        for row in rows(n, is_markdown=is_markdown):
            written = _as_conversations(row) if are_conversations else row
            file.write(json.dumps(written) + "\n")


def _as_conversations(row: dict[str, Any]) -> dict[str, Any]:
    asked = {"role": "user", "content": row["prompt"]}
    answers = [{"role": "assistant", "content": row[side]} for side in ("response_a", "response_b")]
    chosen, rejected = ([asked, answer] for answer in answers)
    return {"prompt": row["prompt"], "chosen": chosen, "rejected": rejected}


def rows(n: int, *, is_markdown: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the comparisons that `write_comparisons` writes."""
    random = np.random.default_rng(7)
    letters = list("abcdefghiklmnoprstuvwy")
    words = np.array(["".join(random.choice(letters, k)) for k in random.integers(2, 11, 5000)])
    for i in range(n):
        sizes = random.integers(500, 701, 2)
        drawn = words[random.integers(0, len(words), 300)]
        texts = [" ".join(drawn[at : at + 130])[:size].strip() for at, size in zip((0, 130), sizes, strict=True)]  # fmt: skip
        if is_markdown:
            texts = [f"{text[:200]}\n\n- {text[200:400]}\n- {text[400:]}" for text in texts]
        verdicts = np.array(["a", "b", "tie"])[random.integers(0, 3, len(JUDGES))]
        yield {
            "item_id": f"item-{i}",
            "prompt": " ".join(drawn[260:]),
            "response_a": texts[0],
            "response_b": texts[1],
            "model_a": f"model {i % 4}",
            "model_b": f"model {(i + 1) % 4}",
            "judgments": [
                {"annotator": name, "kind": "llm" if order else "human", "order": order, "verdict": str(verdict), "rationale": f"{drawn[k]} {drawn[k + 9]}"}
                for k, ((name, order), verdict) in enumerate(zip(JUDGES, verdicts, strict=True))
            ],
        }  # fmt: skip


if __name__ == "__main__":
    main()
