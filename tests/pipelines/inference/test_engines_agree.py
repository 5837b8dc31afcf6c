from typing import Any

import pytest

from tests.annotation.toy import view
from tests.pipelines.inference.asking import FREE, GREEDY, VERDICT_SCHEMA, answer, ask
from tests.pipelines.toy import requests_about
from winnow.annotation.judges.scored_text import ScoredText, read_scored
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.openai_engine import OpenAIEngine
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result, Sampling
from winnow.pipelines.labelling.heard import heard, rows_of
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.schemas.prompts import Message, ToolCall

pytestmark = [pytest.mark.engine, pytest.mark.server]

TOOLS = (
    '[{"name": "add", "description": "adds", "parameters": {"type": "object", "properties": {}}}]'
)
CONVERSATION = (
    Message(role="system", content="Answer in one line."),
    Message(role="user", content="what is 2 and 2"),
    Message(role="assistant", tool_calls=(ToolCall(name="add", arguments='{"a": 2}', id="c1"),)),
    Message(role="tool", content="4", tool_call_id="c1"),
)

BEGUN = (
    Message(role="user", content="which sack"),
    Message(role="assistant", content="the second"),
)


@pytest.fixture
def remote_engine(tiny_remote: ModelRef) -> OpenAIEngine:
    assert isinstance(tiny_remote.settings, OpenAIModel)
    return OpenAIEngine(tiny_remote, tiny_remote.settings)


def content(result: Result) -> object:
    """Give what must agree: not log-probabilities to the last digit, nor what was in the cache before."""
    if isinstance(result, Failure):
        return result.reason
    return result.model_dump(exclude={"logprob", "token_logprobs", "n_cached_tokens"})


def logprobs(result: Result) -> list[float]:
    assert isinstance(result, Completion)
    return [t.logprob for t in result.token_logprobs]


def both(here: Engine, there: Engine, request: ChatRequest) -> tuple[Result, Result]:
    return answer(here, [request])[0], answer(there, [request])[0]


def test_both_engines_answer_alike_at_temperature_0(
    tiny: ModelRef, tiny_engine: Engine, remote_engine: OpenAIEngine
) -> None:
    asked = [ask(tiny, f"question {i} about {'wheat ' * i}", GREEDY) for i in range(20)]
    asked += [
        ask(tiny, "judge", GREEDY, json_schema=VERDICT_SCHEMA),
        ask(tiny, "x" * 200_000, GREEDY),
        ask(tiny, "judge", GREEDY, json_schema='{"type": "objekt"}'),
        ask(tiny, "hi", GREEDY.model_copy(update={"max_tokens": 5000})),
        ask(tiny, "wheat " * 1360, GREEDY),
        tiny.ask(messages=CONVERSATION, tools=TOOLS, sampling=GREEDY),
        tiny.ask(messages=BEGUN, sampling=GREEDY),
    ]
    here = [content(r) for r in answer(tiny_engine, asked)]
    there = [content(r) for r in answer(remote_engine, asked)]
    assert there == here
    assert here[21:24] == ["prompt_too_long", "refused", "refused"]


def test_an_answer_goes_on_from_a_turn_that_is_begun(tiny: ModelRef, tiny_engine: Engine) -> None:
    new, begun = answer(
        tiny_engine,
        [tiny.ask(messages=turns, sampling=GREEDY) for turns in (BEGUN[:1], BEGUN)],
    )
    assert isinstance(new, Completion)
    assert isinstance(begun, Completion)
    n_said = len("the second")  # the stand-in has a token a character at most
    assert 0 < begun.n_prompt_tokens - new.n_prompt_tokens <= n_said


def test_both_engines_tell_how_many_tokens_of_a_prompt_their_cache_held(
    tiny: ModelRef, tiny_engine: Engine, remote_engine: OpenAIEngine
) -> None:
    long_one = [ask(tiny, "the second sack held " * 60, FREE, sample_index=i) for i in range(2)]
    for engine in (tiny_engine, remote_engine):
        n_cached = [answer(engine, [r])[0].model_dump()["n_cached_tokens"] for r in long_one]
        assert n_cached[0] < 128  # what every conversation begins with
        assert n_cached[1] >= 256


def test_both_engines_draw_the_same_samples_from_one_seed(
    tiny: ModelRef, tiny_engine: Engine, remote_engine: OpenAIEngine
) -> None:
    asked = [ask(tiny, f"question {i}", FREE, sample_index=i) for i in range(20)]
    here = [content(r) for r in answer(tiny_engine, asked)]
    assert [content(r) for r in answer(remote_engine, asked)] == here


def test_both_engines_give_the_same_log_probabilities(
    tiny: ModelRef, tiny_engine: Engine, remote_engine: OpenAIEngine
) -> None:
    request = ask(tiny, "which sack", Sampling(max_tokens=12, logprobs=3))
    here, there = both(tiny_engine, remote_engine, request)
    assert isinstance(here, Completion)
    assert isinstance(there, Completion)
    assert logprobs(there) == pytest.approx(logprobs(here), abs=1e-3)
    assert there.logprob == pytest.approx(here.logprob, abs=1e-3)
    for ours, theirs in zip(here.token_logprobs, there.token_logprobs, strict=True):
        assert len(ours.top) == 3
        assert [t.logprob for t in theirs.top] == pytest.approx(
            [t.logprob for t in ours.top], abs=1e-3
        )


def test_both_engines_score_the_last_turn_alone(
    tiny: ModelRef, tiny_engine: Engine, remote_engine: OpenAIEngine
) -> None:
    talk = (*CONVERSATION[:2], Message(role="assistant", content="Both are correct."))
    here, there = both(tiny_engine, remote_engine, tiny.ask(messages=talk, task="prompt_logprobs"))
    assert isinstance(here, Completion)
    assert "".join(t.token for t in here.token_logprobs) == "Both are correct.<end>\n"
    assert logprobs(there) == pytest.approx(logprobs(here), abs=1e-3)
    assert content(there) == content(here)


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        (BEGUN, "the second"),
        (
            (BEGUN[0], Message(role="assistant", content="So:\n\nBoth are right.")),
            "Both are right.",
        ),
        ((*BEGUN, Message(role="user", content="That é is 日本.")), "That é is 日本."),
    ],
    ids=["turn", "part", "user"],
)
def test_both_engines_score_the_last_characters_of_a_turn_and_no_mark_behind_them(
    tiny: ModelRef,
    tiny_engine: Engine,
    remote_engine: OpenAIEngine,
    turns: tuple[Message, ...],
    text: str,
) -> None:
    request = tiny.ask(messages=turns, task="prompt_logprobs", scored_chars=len(text))
    found = []
    for result in both(tiny_engine, remote_engine, request):
        assert isinstance(result, Completion)
        said = heard([request.canonical()], rows_of(Completion.to_table([result])), tiny)
        scored = read_scored(said.replies[0], text)
        assert isinstance(scored, ScoredText)
        assert not scored.is_shared
        found.append(scored)
    here, there = found
    assert here.logprobs == pytest.approx(there.logprobs, abs=1e-3)


@pytest.mark.parametrize(
    "settings",
    [
        {"judge": "pairwise"},
        {"judge": "rating"},
        {"judge": "rating", "pointwise": True},
        {"judge": "ranking"},
    ],
    ids=["pairwise", "rating", "pointwise", "ranking"],
)
def test_both_engines_tell_alike_how_likely_a_judge_found_its_verdict(
    tiny: ModelRef, tiny_engine: Engine, remote_engine: OpenAIEngine, settings: dict[str, Any]
) -> None:
    entry = JudgeSettings.model_validate(
        {**settings, "model": "tiny", "probability": True, "max_critique_chars": 60}
    )
    for subject in subjects_for(entry, [view("Air scatters blue.", "Paint.")]):
        (request,) = requests_about(subject, entry, tiny)
        read = []
        for result in both(tiny_engine, remote_engine, request):
            assert isinstance(result, Completion)
            said = heard([request.canonical()], rows_of(Completion.to_table([result])), tiny)
            read += entry.build().read(subject, said.replies)
        here, there = read
        assert here.verdict == there.verdict != "invalid"
        if here.verdict is None:  # of one response, which is compared with nothing
            assert here.ratings and there.probability is here.probability is None
        else:
            assert here.probability is not None and there.probability is not None
            assert there.probability == pytest.approx(here.probability, abs=1e-3)
        for ours, theirs in zip(here.ratings, there.ratings, strict=True):
            assert ours.expected is not None
            assert theirs.expected == pytest.approx(ours.expected, abs=1e-2)
