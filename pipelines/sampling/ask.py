"""The requests for responses, written by column."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.asking.shards import REQUESTS
from winnow.pipelines.collecting import without_collector
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.request_frame import RequestFrame, written, written_plain
from winnow.pipelines.inference.requests import Sampling
from winnow.schemas.ids import canonical_json
from winnow.schemas.model_input import model_input
from winnow.schemas.prompts import Prompt
from winnow.warehouse.staging import Staging

ASKED_WITH = ("prompt_id", "messages", "tools", "contexts")
"""Columns of the prompts table that a request depends on."""

_MOST_BYTES = 64 * 2**20
_PLAIN = {"role", "content"}


class Sample(NamedTuple):
    """One of the samples that every prompt gets from a model."""

    sampling: Sampling
    """How its tokens are chosen."""

    sample_index: int
    """Which of the samples with this sampling it is, from 0."""


def samples_of(
    wanted: Iterable[tuple[Sampling, int]], before: Iterable[tuple[Sampling, int]] = ()
) -> list[Sample]:
    """Number the samples of one model: those of equal sampling on from entry to entry, and from those before.

    Args:
        wanted: Samplings, each with the number of samples.
        before: Those that earlier steps sampled with the same model.
    """
    n_before: Counter[Sampling] = Counter()
    for sampling, n in before:
        n_before[sampling] += n
    samples = []
    for sampling, n in wanted:
        start = n_before[sampling]
        n_before[sampling] += n
        samples += [Sample(sampling, index) for index in range(start, start + n)]
    return samples


def asked_prompts(
    staging: Staging, chosen: pa.Array | None = None, n_samples: int = 1
) -> Iterator[pa.Table]:
    """Read what requests depend on of the staged prompts, as many at a time as make about 64 MiB of requests.

    Args:
        staging: Holds prompts.
        chosen: Ids of those that count; None for all.
        n_samples: Requests that are made of each.
    """
    for batch in staging.batches(Prompt, ASKED_WITH):
        kept = batch if chosen is None else batch.filter(pc.is_in(batch["prompt_id"], chosen))
        yield from _cut(kept, _MOST_BYTES // max(n_samples, 1))


def _cut(prompts: pa.Table, most_bytes: int) -> Iterator[pa.Table]:
    if len(prompts) < 2 or prompts.nbytes <= most_bytes:
        yield prompts
        return
    half = len(prompts) // 2
    yield from _cut(prompts.slice(0, half), most_bytes)
    yield from _cut(prompts.slice(half), most_bytes)


@without_collector()
def requests_of(prompts: pa.Table, model: ModelRef, samples: Sequence[Sample]) -> pa.Table:
    """Write the requests for samples of prompts.

    Args:
        prompts: Rows of the prompts table, with the columns of `ASKED_WITH`; those of which nobody knows what they ask are
            not asked.
        model: The model.
        samples: What each prompt gets.

    Returns:
        Rows as `winnow.pipelines.asking.shards.REQUESTS` says: the subject is the prompt's id, the place that in `samples`.
    """
    frames = [RequestFrame(model, **sample._asdict()) for sample in samples]
    texts: list[str] = []
    subjects: list[str] = []
    for prompt in prompts.select(ASKED_WITH).to_pylist():
        if not prompt["messages"]:
            continue
        messages, tools = _messages(prompt), prompt["tools"]
        texts += [frame.text(messages, tools) for frame in frames]
        subjects.append(prompt["prompt_id"])
    n, n_prompts = len(samples), len(subjects)
    columns = {
        "request_id": [sha256(text.encode()).hexdigest() for text in texts],
        "request": texts,
        "subject": [subject for subject in subjects for _ in range(n)],
        "place": list(range(n)) * n_prompts,
        "max_tokens": [frame.most_tokens for frame in frames] * n_prompts,
        "attempt": pa.repeat(pa.scalar(0, pa.int32()), len(texts)),
    }
    return pa.table(columns, schema=REQUESTS)


def _messages(prompt: dict[str, Any]) -> str:
    """Write the messages as canonical JSON, without the brackets round them."""
    turns = prompt["messages"]
    if prompt["contexts"] or any(turn["parts"] for turn in turns):
        asked = Prompt.model_validate(
            {
                **prompt,
                "contexts": prompt["contexts"] or (),
                "messages": [_said(t) for t in turns],
                "source": "-",
            }
        )
        return ",".join(map(written, model_input(asked).messages()))
    return ",".join(map(_written, map(_said, turns)))


def _written(said: dict[str, Any]) -> str:
    return written_plain(**said) if said.keys() == _PLAIN else canonical_json(said)


def _said(turn: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a turn what is at its default."""
    said = {key: value for key, value in turn.items() if value is not None and value != []}
    for pieces in ("tool_calls", "parts"):
        if pieces in said:
            said[pieces] = [{k: v for k, v in one.items() if v is not None} for one in said[pieces]]
    return said
