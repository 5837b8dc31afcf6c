"""Measure what settings change of vLLM's throughput: seeds, a core in a process of its own, speculation.

Each choice is an engine started anew, in a process of its own, with the same requests; its peer is the same model with the
settings' defaults, in the same round. On the CPU the model itself bounds the throughput; on a GPU scheduling, tokenizing and
drawing do, and there the choices are to be made.

    python -m bench.vllm_choices                                                  the stand-in, on any machine
    python -m bench.vllm_choices --model Qwen/Qwen3-8B --requests 4000 --max-tokens 256
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench._history import keep

CHOICES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "seeded: false": {"seeded": False},
    "own_process: true": {"own_process": True},
    "both": {"seeded": False, "own_process": True},
    "speculation: ngram": {"speculation": "ngram"},
}
_ONE = "--one"


def main() -> None:
    """Run the rounds and print tokens per second of each choice and its ratio to the defaults."""
    options = _options()
    if options.one:
        print(json.dumps(_measure(options)))
        return
    rates: dict[str, list[float]] = {name: [] for name in options.choices or CHOICES}
    for n in range(options.rounds):
        for name in list(rates)[:: 1 if n % 2 else -1]:
            command = [sys.executable, "-m", "bench.vllm_choices", *sys.argv[1:], _ONE, name]
            done = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
            )
            rates[name].append(json.loads(done.stdout.splitlines()[-1]))
            print(f"round {n + 1}, {name}: {rates[name][-1]:,.0f} tokens/s", flush=True)
    print(f"{options.requests:,} requests, {options.model}, median of {options.rounds} rounds")
    for name, measured in rates.items():
        ratios = [rate / by for rate, by in zip(measured, rates["defaults"], strict=True)]
        if name != "defaults":
            keep(f"{name} over the defaults", statistics.median(ratios))
        print(
            f"{name:20}{statistics.median(measured):10,.0f} tokens/s, {statistics.median(ratios):.2f} times the defaults"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="tiny", help="a built-in model, a hub id or a folder")
    parser.add_argument("--requests", type=int, default=2000, help="requests a round")
    parser.add_argument("--max-tokens", type=int, default=64, help="tokens a request")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, each with all in turn")
    parser.add_argument(
        "--choices",
        nargs="+",
        choices=list(CHOICES),
        help="some of them; the defaults must be among them",
    )
    parser.add_argument(
        "--quoting", action="store_true", help="ask for texts to be repeated, at temperature 0"
    )
    parser.add_argument(_ONE, choices=list(CHOICES), help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(options: argparse.Namespace) -> float:
    from winnow.pipelines.inference.models import BUILT_IN, STAND_INS, VllmModel, identify
    from winnow.pipelines.inference.open_engines import close_engines, open_engine
    from winnow.pipelines.inference.requests import Completion, Result, Sampling
    from winnow.schemas.prompts import Message

    known = {**STAND_INS, **BUILT_IN}
    settings = known.get(options.model) or VllmModel(model=options.model)
    chosen = settings.model_copy(update=CHOICES[options.one])
    n_tokens = 0

    def count(result: Result) -> None:
        nonlocal n_tokens
        assert isinstance(result, Completion)
        n_tokens += result.n_tokens or 0

    with tempfile.TemporaryDirectory() as folder:
        model = identify(chosen, Path(folder), name=Path(options.model).name)
        engine = open_engine(model)
        said = _QUOTED if options.quoting else _TOLD
        sampling = Sampling(
            temperature=0.0 if options.quoting else 1.0, max_tokens=options.max_tokens
        )
        requests = [
            model.ask(messages=(Message(role="user", content=said.format(i)),), sampling=sampling)
            for i in range(options.requests)
        ]
        engine.complete(requests[: options.requests // 8], lambda result: None)
        started = time.perf_counter()
        engine.complete(requests, count)
        took_s = time.perf_counter() - started
        close_engines()
    return n_tokens / took_s


_TOLD = "Question {}: tell me about wheat, the river and bread."
_QUOTED = (
    "Repeat this text word by word: Sack {} of wheat was carried to the mill by the river, where the miller weighed it, "
    "wrote the weight down beside the name of the farmer, and carried it up the stairs to the stones."
)


if __name__ == "__main__":
    main()
