"""Requests that are written by column are those that are made one by one."""

from pathlib import Path

import pytest

from tests.pipelines.toy import TOY, ask, sampled, stage
from winnow.pipelines.asking.shards import request_rows
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Sampling
from winnow.pipelines.sampling import ask as ask_module
from winnow.pipelines.sampling.ask import asked_prompts, requests_of, samples_of
from winnow.pipelines.steps.sample import SampleSettings
from winnow.schemas.prompts import Message, Part, Prompt, ToolCall

USER = Message(role="user", content="Why?")
CALL = ToolCall(name="look", arguments='{"at": "the \\"sky\\""}', id="c1")
PICTURE = Part(type="image", image="data:image/png;base64,AA==")
KINDS: dict[str, Prompt] = {
    "plain": ask("Why is the sky blue?"),
    "signs that JSON escapes": ask('a "quote", a \\ and \x00\x1f\x7f\n\t\u2028 \U0001f33e é'),
    "several turns": ask("", messages=(USER, Message(role="assistant", content="x"), USER)),
    "empty turn": ask("", messages=(Message(role="system", content=""), USER)),
    "names": ask("", messages=(Message(role="user", content="Who?", name="Ada"),)),
    "calls and results": ask(
        "",
        messages=(
            USER,
            Message(role="assistant", tool_calls=(CALL, ToolCall(name="b", arguments="{}"))),
            Message(role="tool", content="blue", tool_call_id="c1", name="look"),
        ),
        tools='[{"type": "function", "function": {"name": "look"}}]',
    ),
    "no tools at all": ask("Why?", tools=""),
    "text in pieces": ask(
        "", messages=(Message(role="user", parts=(Part(type="text", text="Wh"), Part(type="text", text="y?"))),)
    ),
    "a picture": ask(
        "", messages=(Message(role="user", parts=(Part(type="text", text="What?"), PICTURE)),)
    ),
    "documents": ask("Who wrote it?", contexts=("Ada wrote it.", "In 1843.")),
    "documents after a system's turn": ask(
        "", messages=(Message(role="system", content="Be brief."), USER), contexts=("Ada.",)
    ),
    "a beginning": ask(
        "", messages=(USER, Message(role="assistant", content="It was ")), contexts=("Ada.",)
    ),
}  # fmt: skip
ENTRIES = [
    SampleSettings(model="toy"),
    SampleSettings(model="toy", n=3, temperature=0.7, max_tokens=64, stop=("\n\n", '"')),
    SampleSettings(model="toy", n=2, temperature=0, top_k=20, top_p=0.95, logprobs=5),
]
MODELS = {
    "plain": TOY,
    "without a revision": TOY.model_copy(update={"revision": None}),
    "with a variant": TOY.model_copy(update={"variant": '{"dtype":"float32"}'}),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("prompt", KINDS.values(), ids=KINDS.keys())
def test_requests_in_bulk_are_those_made_one_by_one(
    tmp_path: Path, prompt: Prompt, model: ModelRef
) -> None:
    staging = stage(tmp_path, prompt)
    (batch,) = asked_prompts(staging)
    samples = samples_of((entry.sampling(), entry.n) for entry in ENTRIES)
    written = requests_of(batch, model, samples)
    asked = sampled([prompt], ENTRIES, model)
    assert written.equals(request_rows(asked, [prompt.prompt_id] * 6, list(range(6))))
    read = [ChatRequest.read(text, "") for text in written["request"].to_pylist()]
    assert read == asked


def test_a_model_is_asked_with_documents_tools_and_what_it_goes_on_from(tmp_path: Path) -> None:
    user, begun = (
        Message(role="user", content="Who?"),
        Message(role="assistant", content="It was "),
    )
    prompt = Prompt(messages=(user, begun), contexts=("Ada wrote it.",), tools="[]", source="x")
    (batch,) = asked_prompts(stage(tmp_path, prompt))
    (text,) = requests_of(batch, TOY, samples_of([(Sampling(), 1)]))["request"].to_pylist()
    request = ChatRequest.read(text, "")
    told = Message(role="system", content="Document 1:\nAda wrote it.")
    assert request.messages == (told, user, begun)
    assert (request.tools, request.goes_on) == ("[]", True)


def test_samples_of_equal_settings_are_numbered_on_from_earlier_steps() -> None:
    cold, warm = Sampling(temperature=0), Sampling(temperature=1)
    samples = samples_of([(warm, 2), (cold, 1), (warm, 1)], before=[(warm, 3)])
    assert [(s.sampling, s.sample_index) for s in samples] == [
        (warm, 3),
        (warm, 4),
        (cold, 0),
        (warm, 5),
    ]


def test_long_prompts_are_read_few_at_a_time_the_fewer_the_more_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask_module, "_MOST_BYTES", 100_000)
    prompts = [ask(f"Why {i}?", contexts=(f"{i}" * 5_000,)) for i in range(16)]
    staging = stage(tmp_path, *prompts)
    for n_samples, most in ((1, 100_000), (4, 25_000)):
        batches = list(asked_prompts(staging, n_samples=n_samples))
        assert max(batch.nbytes for batch in batches) <= most
        assert len(batches) < 16
        ids = [i for batch in batches for i in batch["prompt_id"].to_pylist()]
        assert sorted(ids) == sorted(p.prompt_id for p in prompts)


def test_a_prompt_of_which_nobody_knows_what_it_asks_is_not_asked(tmp_path: Path) -> None:
    unknown = Prompt(messages=(), source="battles.jsonl:1")
    batches = asked_prompts(stage(tmp_path, unknown, ask("Why?")))
    asked = [len(requests_of(batch, TOY, samples_of([(Sampling(), 2)]))) for batch in batches]
    assert sum(asked) == 2
