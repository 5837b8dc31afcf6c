"""Measure the sampling stage against plain `LLM.chat`: same engine, same requests, alternating order.

The stage is everything that a run does: look-up in the store, the Beam job, durable storage, reading back. Between the
two stands our loop round vLLM's engine core, with nothing stored. Both seed each request; what that alone costs shows
beside plain `LLM.chat` with the same seeds. `LLM.chat` gets all requests at once, our loop as many as the engine has room
for. Beside the ratio of times stands that of CPU seconds, which other work on the machine changes less.

    python -m bench.sampling                                        the stand-in, on any machine
    python -m bench.sampling --mixed                                answers of very different lengths
    python -m bench.sampling --model smollm2 --requests 96          the small instruct model
    python -m bench.sampling --model Qwen/Qwen3-8B                  a model of the hub or a folder
    python -m bench.sampling --model FOLDER --random-weights        of its size; only its config and tokenizer are read
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench._history import keep
from winnow.pipelines.asking.complete import complete
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.messages import to_openai
from winnow.pipelines.inference.models import BUILT_IN, STAND_INS, ModelRef, VllmModel, identify
from winnow.pipelines.inference.open_engines import close_engines, open_engine
from winnow.pipelines.inference.requests import ChatRequest, Completion, Result, Sampling
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.vllm_engine import VllmEngine
from winnow.schemas.prompts import Message

if TYPE_CHECKING:
    from vllm import LLM

GOAL = 0.95
MIXED = (8, 16, 32, 64, 128, 256, 512)
PLAIN, SEEDED, CORE, STAGE = "LLM.chat", "LLM.chat, seeded", "engine core", "sampling stage"
SUBJECTS = ("wheat", "the river", "a sorted list", "the second answer", "bread", "prime numbers")


def main() -> None:
    """Run the rounds and print tokens per second of both, and their ratio."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        model = _model(options, root / "models")
        lengths = MIXED if options.mixed else (options.max_tokens,)
        requests = _requests(model, options.requests, lengths)
        started = time.perf_counter()
        engine = open_engine(model)
        print(f"{model.name} started in {time.perf_counter() - started:.0f} s", flush=True)
        assert isinstance(engine, VllmEngine)
        runs: dict[str, Callable[[int], int]] = {
            PLAIN: lambda n: _plain(engine.llm, requests),
            SEEDED: lambda n: _plain(engine.llm, requests, is_seeded=True),
            CORE: lambda _: _core(engine, requests),
            STAGE: lambda n: _stage(model, requests, root / f"completions-{n}"),
        }
        _plain(engine.llm, requests[:256])
        _report(
            _measure(runs, engine.llm, options.rounds), f"{len(requests):,} requests, {model.name}"
        )
        close_engines()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="tiny", help="hub id or folder of a model")
    parser.add_argument("--random-weights", action="store_true", help="draw the weights")
    parser.add_argument("--eager", action="store_true", help="start without compiling")
    parser.add_argument("--max-num-seqs", type=int, default=256, help="requests at the same time")
    parser.add_argument("--requests", type=int, default=2000, help="requests a round")
    parser.add_argument("--max-tokens", type=int, default=64, help="tokens a request")
    parser.add_argument(
        "--mixed", action="store_true", help=f"answers of {MIXED[0]} to {MIXED[-1]} tokens instead"
    )
    parser.add_argument("--rounds", type=int, default=4, help="rounds, each with both in turn")
    return parser.parse_args()


def _model(options: argparse.Namespace, folder: Path) -> ModelRef:
    if known := {**STAND_INS, **BUILT_IN}.get(options.model):
        return identify(known, folder, name=options.model)
    asked = VllmModel(
        model=options.model,
        enforce_eager=options.eager,
        max_num_seqs=options.max_num_seqs,
        engine_args={"load_format": "dummy"} if options.random_weights else {},
    )
    return identify(asked, folder, name=Path(options.model).name)


def _requests(model: ModelRef, n: int, lengths: tuple[int, ...]) -> list[ChatRequest]:
    return [
        model.ask(
            messages=(
                Message(role="system", content="Answer in one paragraph."),
                Message(
                    role="user", content=f"Question {i // 4}: tell me about {SUBJECTS[i % 6]}."
                ),
            ),
            sampling=Sampling(temperature=1.0, max_tokens=lengths[5 * i % len(lengths)]),
            sample_index=i % 4,
        )
        for i in range(n)
    ]


def _plain(llm: "LLM", requests: list[ChatRequest], *, is_seeded: bool = False) -> int:
    from vllm import SamplingParams

    params = [
        SamplingParams(
            temperature=r.sampling.temperature,
            max_tokens=r.sampling.max_tokens,
            seed=r.seed if is_seeded else None,
        )
        for r in requests
    ]
    outputs = llm.chat([to_openai(r.messages) for r in requests], params, use_tqdm=False)
    return sum(len(o.outputs[0].token_ids) for o in outputs)


def _core(engine: VllmEngine, requests: list[ChatRequest]) -> int:
    n_tokens: list[int] = []

    def keep(result: Result) -> None:
        assert isinstance(result, Completion)
        n_tokens.append(result.n_tokens or 0)

    engine.complete(requests, keep)
    assert len(n_tokens) == len(requests)
    return sum(n_tokens)


def _stage(model: ModelRef, requests: list[ChatRequest], folder: Path) -> int:
    answers = complete(requests, model=model, store=CompletionStore(folder), beam=BeamSettings())
    assert answers.counts.use.n_requests == len(requests)
    assert answers.counts.use.n_tokens is not None  # vLLM counts
    return answers.counts.use.n_tokens


class Took(NamedTuple):
    """What one run took."""

    rate: float
    """Tokens a second."""

    cpu_s_a_token: float
    """CPU seconds a token."""


def _measure(
    runs: dict[str, Callable[[int], int]], llm: "LLM", n_rounds: int
) -> dict[str, list[Took]]:
    took: dict[str, list[Took]] = {name: [] for name in runs}
    for n in range(n_rounds):
        # Turning the order round each time shares out whatever else the machine does.
        for name in list(runs)[:: 1 if n % 2 else -1]:
            llm.reset_prefix_cache()
            started, worked = time.perf_counter(), time.process_time()
            n_tokens = runs[name](n)
            wall_s, cpu_s = time.perf_counter() - started, time.process_time() - worked
            took[name].append(Took(n_tokens / wall_s, cpu_s / n_tokens))
            cpu_us = cpu_s / n_tokens * 1e6
            print(
                f"round {n + 1}, {name}: {n_tokens / wall_s:,.0f} tokens/s, {cpu_us:.1f} us of CPU a token",
                flush=True,
            )
    return took


def _report(took: dict[str, list[Took]], what: str) -> None:
    print(f"{what}, median of {len(took[STAGE])} rounds")
    for name in (SEEDED, CORE, STAGE):
        rate = statistics.median(own.rate for own in took[name])
        print(f"{name:18}{rate:10,.0f} tokens/s; " + _beside(took, name, PLAIN), flush=True)
        if name != SEEDED:
            print(f"{'':28}           {_beside(took, name, SEEDED)}", flush=True)
        _, by_cpu = _ratios(took, name, PLAIN)
        keep(
            f"{name} over {PLAIN}, by CPU seconds", by_cpu, at_least=GOAL if name == STAGE else None
        )
    print(f"goal: the stage reaches {GOAL} of {PLAIN}")


def _beside(took: dict[str, list[Took]], name: str, peer: str) -> str:
    by_time, by_cpu = _ratios(took, name, peer)
    return f"{by_time:.2f} of {peer}, by CPU seconds {by_cpu:.2f}"


def _ratios(took: dict[str, list[Took]], name: str, peer: str) -> tuple[float, float]:
    """Return the median ratio of the rates, and of the tokens a CPU second."""
    pairs = list(zip(took[name], took[peer], strict=True))
    by_time = statistics.median(own.rate / other.rate for own, other in pairs)
    return by_time, statistics.median(o.cpu_s_a_token / own.cpu_s_a_token for own, o in pairs)


if __name__ == "__main__":
    main()
