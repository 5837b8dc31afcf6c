"""What models answered, read by column: responses, and why there are none."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from winnow.pipelines.asking.parting import may_be_more_than_answers, part_row
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.sampling.ask import Sample
from winnow.schemas.ids import canonical_json, json_text
from winnow.schemas.responses import Response

UNFINISHED = "unfinished_thought"
"""Why a request whose text ends within the thought became no response."""

ANSWER = ("text", "reasoning", "tool_calls", "finish_reason", "n_tokens", "logprob")
"""Columns of `Completion` that are read."""

RESPONSES, REJECTS, COUNTS = "responses", "rejects", "counts"
COUNTED = (
    "n_requests",
    "n_failed",
    "n_unfinished",
    "n_responses",
    "n_empty",
    "n_cut_off",
    "n_with_thought",
    "n_end_unknown",
)
SCHEMAS: Mapping[str, pa.Schema] = {
    RESPONSES: Response.arrow_schema(),
    REJECTS: pa.schema(
        {name: pa.string() for name in ("request_id", "reason", "detail", "subject")}
    ),
    COUNTS: pa.schema({name: pa.int64() for name in COUNTED}),
}
"""Columns of what `read_responses` makes: responses, requests that became none, and one row of counts as `Sampled` has them."""


def read_responses(
    rows: pa.Table, *, model: ModelRef, samples: Sequence[Sample]
) -> Mapping[str, pa.Table]:
    """Read what became of requests for samples, as `winnow.pipelines.asking.read` hands it on."""
    told = read_answers(rows)
    is_response = pc.is_null(told["reason"])
    responses = responses_of(told.filter(is_response), model, samples)
    rejects = told.filter(pc.invert(is_response)).select(SCHEMAS[REJECTS].names)
    return {
        RESPONSES: responses,
        REJECTS: rejects,
        COUNTS: counts_of(responses, rejects),
    }


def read_answers(rows: pa.Table) -> pa.Table:
    """Tell thoughts and answers apart.

    Args:
        rows: Requests and what came back.

    Returns:
        The rows with `answer` and `thought`, and with `reason` and `detail` of each that has no answer.
    """
    columns = {
        "answer": rows["text"].combine_chunks(),
        "thought": pa.nulls(len(rows), pa.string()),
        "reason": rows["failure"].combine_chunks(),
        "detail": rows["detail"].combine_chunks(),
    }
    is_odd = may_be_more_than_answers(rows).combine_chunks()
    odd = list(map(_told, rows.filter(is_odd).to_pylist()))
    for at, name in enumerate(columns if odd else ()):
        told = pa.array([one[at] for one in odd], pa.string())
        columns[name] = pc.replace_with_mask(columns[name], is_odd, told)
    kept = rows.drop_columns("detail")
    for name, column in columns.items():
        kept = kept.append_column(name, column)
    return kept


def _told(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Tell thought and answer of one row apart: answer, thought, and why there is no answer."""
    parted = part_row(row)
    why = row["failure"], row["detail"]
    if not parted.is_finished:
        why = UNFINISHED, _cut(row["finish_reason"], row["n_tokens"])
    return parted.answer, parted.thought, *why


def responses_of(rows: pa.Table, model: ModelRef, samples: Sequence[Sample]) -> pa.Table:
    """Make responses of answers that are whole.

    Args:
        rows: From `read_answers`, those with an answer; subject is the prompt's id, place that in `samples`.
        model: Who was asked.
        samples: What it was asked for.
    """
    n = len(rows)
    sampling = [canonical_json(sample.sampling.model_dump(mode="json")) for sample in samples]
    place = rows["place"]
    columns = {
        "response_id": pa.array(_response_ids(rows, model, samples, sampling), pa.string()),
        "prompt_id": rows["subject"],
        "text": rows["answer"],
        "tool_calls": rows["tool_calls"],
        "made": pa.repeat("sampled", n),
        "reasoning": rows["thought"],
        "model": pa.repeat(model.model, n),
        "model_revision": pa.repeat(pa.scalar(model.revision, pa.string()), n),
        "sampling": pa.array(sampling, pa.string()).take(place.combine_chunks()),
        "sample_index": pa.array([s.sample_index for s in samples], pa.int64()).take(
            place.combine_chunks()
        ),
        "finish_reason": rows["finish_reason"],
        "n_tokens": rows["n_tokens"],
        "logprob": rows["logprob"],
        "request_id": rows["request_id"],
    }
    table = Response.completed(pa.table(columns))
    return table.select(Response.arrow_schema().names).cast(Response.arrow_schema())


def counts_of(responses: pa.Table, rejects: pa.Table) -> pa.Table:
    """Count what became of requests, in one row of `COUNTED`."""
    n_unfinished = _n(pc.equal(rejects["reason"], UNFINISHED))
    is_empty = pc.equal(pc.utf8_trim_whitespace(responses["text"]), "")
    calls_none = pc.equal(pc.list_value_length(responses["tool_calls"]), 0)
    counts = {
        "n_requests": len(responses) + len(rejects),
        "n_failed": len(rejects) - n_unfinished,
        "n_unfinished": n_unfinished,
        "n_responses": len(responses),
        "n_empty": _n(pc.and_(is_empty, calls_none)),
        "n_cut_off": _n(pc.equal(responses["finish_reason"], "length")),
        "n_with_thought": len(responses) - responses["reasoning"].null_count,
        "n_end_unknown": responses["finish_reason"].null_count,
    }
    return pa.table({name: [counts[name]] for name in COUNTED}, schema=SCHEMAS[COUNTS])


def _cut(finish_reason: str | None, n_tokens: int | None) -> str:
    why = "max_tokens" if finish_reason == "length" else finish_reason
    counted = "" if n_tokens is None else f"{n_tokens:,} tokens of "
    return (
        f"{counted}thought and no answer, ended by {why or 'what the server does not say'}; "
        "raise max_tokens, or have the model think less"
    )


def _response_ids(
    rows: pa.Table, model: ModelRef, samples: Sequence[Sample], sampling: Sequence[str]
) -> list[str]:
    """Hash what `Response.response_id` is of, of responses of one turn: written as canonical JSON, piece by piece."""
    begin = f'{{"model":{json_text(model.model)},"model_revision":{canonical_json(model.revision)},"prompt_id":'
    middles = [
        f',"sample_index":{sample.sample_index},"sampling":{json_text(text)},"text":'
        for sample, text in zip(samples, sampling, strict=True)
    ]
    columns = (rows[name].to_pylist() for name in ("subject", "place", "answer", "tool_calls"))
    return [
        hashlib.sha256(
            f'{begin}{json_text(prompt_id)}{middles[place]}{json_text(text)},"tool_calls":'
            f"{canonical_json(calls) if calls else '[]'}}}".encode()
        ).hexdigest()
        for prompt_id, place, text, calls in zip(*columns, strict=True)
    ]


def _n(mask: pa.ChunkedArray) -> int:
    found: int = pc.sum(mask, min_count=0).as_py()
    return found
