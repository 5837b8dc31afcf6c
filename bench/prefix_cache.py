"""Measure how much of what judging in both orders may take from vLLM's prefix cache comes from there.

The judge `pairwise` is asked about comparisons in both orders, as a run asks it: the whole job, with the store. Shareable is
what an endless cache would hold: of each prompt the whole blocks of tokens at its beginning that another request before it
began with as well, in the engine's own block size; the last token of a prompt is always read. Limit: all of that, 1.00.
"""

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bench._history import keep
from winnow.annotation.judge import SubjectView
from winnow.annotation.judges.pairwise import PairwiseJudge
from winnow.pipelines.asking.complete import complete
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef, find_model, identify
from winnow.pipelines.inference.open_engines import close_engines, open_engine
from winnow.pipelines.inference.requests import ChatRequest, Completion, Sampling
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.vllm_engine import VllmEngine
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response

GOAL = 0.95
_WORDS = [
    "wheat",
    "river",
    "sorted",
    "answer",
    "bread",
    "prime",
    "miller",
    "grain",
    "second",
    "paper",
    "light",
    "under",
    "stone",
    "winter",
]


def main() -> None:
    """Judge, and print what came from the cache beside what could."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="tiny", help="a built-in model, or a folder")
    parser.add_argument(
        "--comparisons", type=int, default=200, help="comparisons, each asked in both orders"
    )
    parser.add_argument("--per-prompt", type=int, default=3, help="comparisons of one prompt")
    parser.add_argument("--max-tokens", type=int, default=16, help="tokens of a reply")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = identify(find_model(options.model, {}), Path(folder), name=options.model)
        views = _views(options.comparisons, options.per_prompt)
        requests = list(_requests(model, views, options.max_tokens))
        engine = open_engine(model)
        assert isinstance(engine, VllmEngine)
        store = CompletionStore(Path(folder) / "completions")
        answers = complete(requests, model=model, store=store, beam=BeamSettings())
        block: int = engine.llm.llm_engine.vllm_config.cache_config.block_size
        n_shareable = shareable([engine.tokens(r) for r in requests], block)
        close_engines()
    told = [r for r in answers.results.values() if isinstance(r, Completion)]
    n_cached, n_read = (sum(counts) for counts in zip(*map(_counts, told), strict=True))
    print(
        f"{len(told):,} replies of {model.name}, blocks of {block} tokens, {n_read:,} tokens read"
    )
    print(
        f"shareable {n_shareable:,} ({n_shareable / n_read:.0%}), from the cache {n_cached:,} ({n_cached / n_read:.0%})"
    )
    keep("cached over shareable tokens", n_cached / n_shareable, at_least=GOAL)
    print(f"{n_cached / n_shareable:.2f} of the shareable tokens came from the cache; goal: {GOAL}")


def shareable(prompts: Iterable[list[int]], block: int) -> int:
    """Count the tokens that an endless cache would hold when each prompt in turn is read."""
    seen: set[int] = set()
    n = 0
    for tokens in prompts:
        chain = 0
        for begin in range(0, (len(tokens) - 1) // block * block, block):
            chain = hash((chain, tuple(tokens[begin : begin + block])))
            n += block * (chain in seen)
            seen.add(chain)
    return n


def _counts(completion: Completion) -> tuple[int, int]:
    assert completion.n_cached_tokens is not None
    assert completion.n_prompt_tokens is not None
    return completion.n_cached_tokens, completion.n_prompt_tokens


def _views(n: int, n_per_prompt: int) -> Iterable[SubjectView]:
    for i in range(n):
        asked = Message(
            role="user", content=f"Question {i // n_per_prompt}: {_text(i // n_per_prompt, 60)}?"
        )
        prompt = Prompt(messages=(asked,), source="bench")
        responses = tuple(
            Response(
                prompt_id=prompt.prompt_id,
                text=_text(7 * i + k, 100),
                model="m",
                finish_reason="stop",
            )
            for k in range(2)
        )
        for places in ((0, 1), (1, 0)):
            yield SubjectView(
                subject_id=f"{i:064}", prompt=prompt, responses=responses, places=places
            )


def _text(seed: int, n_words: int) -> str:
    return " ".join(_WORDS[(seed * 31 + i * (seed % 5 + 1)) % len(_WORDS)] for i in range(n_words))


def _requests(
    model: ModelRef, views: Iterable[SubjectView], max_tokens: int
) -> Iterable[ChatRequest]:
    judge = PairwiseJudge()
    for view in views:
        for question in judge.ask(view):
            yield model.ask(
                messages=question.messages,
                sampling=Sampling(temperature=0.0, max_tokens=max_tokens),
            )


if __name__ == "__main__":
    main()
