"""Responses that are read by column are those that are read one by one."""

from pathlib import Path

import pyarrow as pa
import pytest

from tests.pipelines.toy import BEAM, TOY, completion
from tests.pipelines.toy import ask as prompt_of
from winnow.pipelines.asking.answer import answer
from winnow.pipelines.asking.shards import RequestFolder, request_rows
from winnow.pipelines.inference.requests import Completion, Sampling
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.sampling.ask import Sample
from winnow.pipelines.sampling.files import read_sampled
from winnow.schemas.ids import canonical_json
from winnow.schemas.prompts import Message, ToolCall
from winnow.schemas.responses import Response

CALL = ToolCall(name="look", arguments='{"at": "the \\"sky\\" \\u00e9"}')
ODD = 'a "quote", a \\ and \x00\x1f\x7f\n\t\u2028 \U0001f33e é'
SAMPLES = (Sample(Sampling(), 0), Sample(Sampling(temperature=0.3, stop=("x",)), 4))
KINDS: dict[str, dict[str, object]] = {
    "plain": {"text": "Air."},
    "signs that JSON escapes": {"text": ODD},
    "nothing": {"text": "  \n"},
    "thought": {"text": "<think>\nLight scatters.\n</think>\n\nBlue."},
    "thought that the template opened": {"text": "Light.</think>Blue."},
    "thought of gpt-oss": {"text": "analysisWe need air.assistantfinalAir."},
    "marks in quotes": {"text": "The mark `</think>` ends it."},
    "marks that were asked for": {"text": "<reasoning>why</reasoning>\nBlue."},
    "marks that were not": {"text": "<thought>why</thought>\nBlue."},
    "thought told apart": {"text": "Blue.", "reasoning": " Light. "},
    "blank thought told apart": {"text": "Blue.", "reasoning": " "},
    "calls": {"text": "", "tool_calls": (CALL, CALL), "finish_reason": "tool_calls"},
    "calls after a thought": {"text": "", "reasoning": "Look.", "tool_calls": (CALL,)},
    "cut": {"text": "Air", "finish_reason": "length", "n_tokens": 64, "logprob": -3.5},
    "an end that nobody says": {"text": "Air", "finish_reason": None, "n_tokens": None},
}


def one_by_one(prompt_id: str, sample: Sample, found: Completion) -> Response:
    asked = (Message(role="user", content="Reason in <reasoning> tags: why?"),)
    parted = found.parted(asked)
    assert parted.is_finished
    return Response(
        prompt_id=prompt_id,
        text=parted.answer,
        reasoning=parted.thought,
        tool_calls=found.tool_calls,
        made="sampled",
        model="toy",
        model_revision="1",
        sampling=canonical_json(sample.sampling.model_dump(mode="json")),
        sample_index=sample.sample_index,
        finish_reason=found.finish_reason,
        n_tokens=found.n_tokens,
        logprob=found.logprob,
        request_id=found.request_id,
    )


@pytest.mark.parametrize("said", KINDS.values(), ids=KINDS.keys())
def test_responses_read_in_bulk_are_those_read_one_by_one(
    tmp_path: Path, said: dict[str, object]
) -> None:
    prompt = prompt_of("Reason in <reasoning> tags: why?")
    requests = [
        TOY.ask(messages=prompt.messages, sampling=s.sampling, sample_index=s.sample_index)
        for s in SAMPLES
    ]
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    folder.write([request_rows(requests, [prompt.prompt_id] * 2, [0, 1])])
    found = [completion(request, "").model_copy(update=said) for request in requests]
    store.append(found)
    answered = answer(folder, model=TOY, store=store, beam=BEAM)
    files = read_sampled(answered, TOY, SAMPLES, BEAM).responses
    read = Response.from_table(pa.concat_tables(file.read() for file in files))
    expected = [one_by_one(prompt.prompt_id, s, c) for s, c in zip(SAMPLES, found, strict=True)]
    assert {r.response_id: r for r in read} == {r.response_id: r for r in expected}
