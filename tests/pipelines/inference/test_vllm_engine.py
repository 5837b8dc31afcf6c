import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scipy.stats import chisquare

from tests.pipelines.inference.asking import FREE, GREEDY, VERDICT_SCHEMA, answer, ask, texts
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result, Sampling
from winnow.pipelines.inference.vllm_rendering import Rendering
from winnow.pipelines.inference.work import InWork, Work
from winnow.schemas.prompts import Message, Part

pytestmark = pytest.mark.engine

PICTURE = Part(type="image", image="data:image/png;base64,AAAA")

ONE_AFTER_THE_OTHER = """
import os, sys, threading
from pathlib import Path
from tests.pipelines.inference.asking import answer
from winnow.pipelines.inference.open_engines import close_engines, open_engine
from winnow.pipelines.inference.models import STAND_INS, identify
from winnow.pipelines.inference.requests import Sampling
from winnow.schemas.prompts import Message

models_dir = Path(sys.argv[1])
def talk(last): return (Message(role="user", content="which sack"), Message(role="assistant", content=last))
reward = identify(STAND_INS["tiny-reward"], models_dir, name="tiny-reward")
asked = [reward.ask(messages=talk(t), task="reward") for t in ("the second", "neither", "the second one")]
together = answer(open_engine(reward), asked)
alone = [answer(open_engine(reward), [r])[0] for r in asked]
assert all(abs(a.score - b.score) < 1e-4 for a, b in zip(together, alone)), (together, alone)
assert len({round(r.score, 4) for r in together}) == 3, together
chat = identify(STAND_INS["tiny"], models_dir, name="tiny")
(said,) = answer(open_engine(chat),
    [chat.ask(messages=talk("the first")[:1], sampling=Sampling(max_tokens=4))])
close_engines()
left = [t.name for t in threading.enumerate() if t is not threading.main_thread() and "tqdm" not in t.name]
children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
print(said.n_tokens, left, children, len(os.sched_getaffinity(0)) == len(os.sched_getaffinity(1)))
"""


def test_an_answer_depends_neither_on_its_batch_nor_on_the_order(
    tiny: ModelRef, tiny_engine: Engine
) -> None:
    asked = [
        ask(tiny, f"question {i} about {'wheat ' * (i % 7)}", sample_index=i % 3) for i in range(60)
    ]
    together = texts(answer(tiny_engine, asked))
    backwards = texts(answer(tiny_engine, asked[::-1]))[::-1]
    alone = [texts(answer(tiny_engine, [r]))[0] for r in asked[:5]]
    in_another_batch = texts(answer(tiny_engine, asked[20:40]))
    assert backwards == together
    assert alone == together[:5]
    assert in_another_batch == together[20:40]


def test_tokens_are_told_while_no_answer_is_whole(tiny: ModelRef, tiny_engine: Engine) -> None:
    class Watched(Work):
        def generate(self, n_tokens: int) -> None:
            super().generate(n_tokens)
            told.append(self.now())

    told: list[InWork] = []
    asked = [ask(tiny, f"question {i}", sample_index=i) for i in range(5)]
    work = Watched()
    n_tokens: list[int] = []

    def keep(result: Result) -> None:
        assert isinstance(result, Completion)
        n_tokens.append(result.n_tokens or 0)
        work.end(result.request_id, n_tokens[-1])

    tiny_engine.complete(asked, keep, work=work)
    early = [now for now in told if not now.n_done]
    assert {now.n_in_work for now in early} == {5}
    assert [now.n_tokens for now in early] == sorted({now.n_tokens for now in early})
    assert early[-1].n_tokens > 5
    assert told[-1].n_tokens == sum(n_tokens)
    assert (told[-1].n_in_work, told[-1].n_done) == (0, 5)


def test_samples_of_one_prompt_differ(tiny: ModelRef, tiny_engine: Engine) -> None:
    asked = [ask(tiny, "which sack", sample_index=i) for i in range(16)]
    assert len(set(texts(answer(tiny_engine, asked)))) == 16


def test_a_conversation_is_rendered_once_for_all_its_samples(
    tiny: ModelRef, tiny_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[ChatRequest] = []
    render = Rendering._render_anew

    def note(self: Rendering, renderer: object, request: ChatRequest) -> object:
        rendered.append(request)
        return render(self, renderer, request)

    monkeypatch.setattr(Rendering, "_render_anew", note)
    asked = [ask(tiny, f"question {i // 4}", sample_index=i % 4) for i in range(12)]
    together = texts(answer(tiny_engine, asked))
    assert len(rendered) == 3
    apart = texts(answer(tiny_engine, [asked[i] for i in (0, 4, 8, 1, 5, 9)]))
    assert apart == [together[i] for i in (0, 4, 8, 1, 5, 9)]


def test_samples_follow_the_probabilities_of_the_model(tiny: ModelRef, tiny_engine: Engine) -> None:
    n_samples = 3000
    one_token = Sampling(max_tokens=1, logprobs=20)
    asked = [ask(tiny, "which sack", one_token, sample_index=i) for i in range(n_samples)]
    drawn = [r.token_logprobs[0] for r in answer(tiny_engine, asked) if isinstance(r, Completion)]
    wanted = {t.token: n_samples * 2.718281828459045**t.logprob for t in drawn[0].top}
    # Tokens that are a part of a character all look alike.
    common = [token for token, n in wanted.items() if n >= 20 and token.isascii() and token]
    seen = [sum(d.token == token for d in drawn) for token in common]
    expected = [wanted[token] for token in common]
    rest = [n_samples - sum(seen)], [n_samples - sum(expected)]
    assert len(common) >= 5
    assert chisquare(seen + rest[0], expected + rest[1]).pvalue > 1e-4


def test_constrained_answers_are_compact_json_of_the_schema(
    tiny: ModelRef, tiny_engine: Engine
) -> None:
    asked = [ask(tiny, "judge", json_schema=VERDICT_SCHEMA, sample_index=i) for i in range(8)]
    for text in texts(answer(tiny_engine, asked)):
        verdict = json.loads(text)
        assert verdict["verdict"] in ("first", "second")
        assert text == json.dumps(verdict, separators=(",", ":"))


def test_a_prompt_longer_than_the_context_fails_and_its_neighbours_do_not(
    tiny: ModelRef, tiny_engine: Engine
) -> None:
    long_one = ask(tiny, "x" * 200_000)
    asked = [ask(tiny, "before"), long_one, ask(tiny, "wheat " * 3000), ask(tiny, "after")]
    before, too_long, also_too_long, after = answer(tiny_engine, asked)
    assert isinstance(too_long, Failure)
    assert too_long.reason == "prompt_too_long"
    assert "maximum context length is 4096 tokens" in too_long.detail
    assert isinstance(also_too_long, Failure)
    assert also_too_long.reason == "prompt_too_long"
    assert texts([before, after]) == texts(answer(tiny_engine, [asked[0], asked[3]]))


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"json_schema": '{"type": "objekt"}'}, "objekt"),
        ({"json_schema": "{"}, "Expecting property name"),
        ({"tools": '{"name": "f"}'}, "tools are dict, wanted a JSON list"),
        ({"tools": "[" * 100_000}, "recursion"),
        ({"messages": (Message(role="user", parts=(PICTURE,)),)}, "image"),
        (
            {"sampling": Sampling(max_tokens=5000)},
            "max_tokens is 5000, but the model's context is 4096",
        ),
    ],
)
def test_a_request_that_cannot_be_run_is_refused_with_the_reason(
    tiny: ModelRef, tiny_engine: Engine, fields: dict[str, object], detail: str
) -> None:
    bad = ask(tiny, "judge").model_copy(update=fields)
    failure, neighbour = answer(tiny_engine, [bad, ask(tiny, "neighbour")])
    assert isinstance(failure, Failure)
    assert failure.reason == "refused"
    assert detail in failure.detail
    assert isinstance(neighbour, Completion)


def test_an_engine_serves_on_after_its_listener_failed(tiny: ModelRef, tiny_engine: Engine) -> None:
    def fail(result: object) -> None:
        raise OSError("no space left")

    asked = [ask(tiny, f"question {i}") for i in range(10)]
    with pytest.raises(OSError, match="no space left"):
        tiny_engine.complete(asked, fail)
    assert len(texts(answer(tiny_engine, asked))) == 10


def test_requests_are_drawn_as_there_is_room_and_results_given_one_by_one(
    tiny: ModelRef, tiny_engine: Engine
) -> None:
    n_most, n_answered, ahead = 2 * 256, 0, []

    def draw() -> Iterator[ChatRequest]:
        for i in range(2000):
            ahead.append(i + 1 - n_answered)
            yield ask(tiny, "which sack", Sampling(max_tokens=2), sample_index=i)

    def keep(result: Result) -> None:
        nonlocal n_answered
        n_answered += 1

    tiny_engine.complete(draw(), keep)
    assert n_answered == 2000
    assert n_most / 2 < max(ahead) <= n_most


def test_a_short_answer_does_not_wait_for_a_long_one(tiny: ModelRef, tiny_engine: Engine) -> None:
    short, long_one = Sampling(max_tokens=2), Sampling(max_tokens=60)
    asked = [ask(tiny, f"q{i}", long_one if i == 0 else short) for i in range(6)]
    arrived: list[str] = []
    tiny_engine.complete(asked, lambda r: arrived.append(r.request_id))
    assert sorted(arrived) == sorted(r.request_id for r in asked)
    assert arrived[-1] == asked[0].request_id


def test_tokens_that_the_cache_held_are_counted(tiny: ModelRef, tiny_engine: Engine) -> None:
    text = "Which of the two sacks held the better grain? " * 40
    first, again = (
        answer(tiny_engine, [ask(tiny, text, GREEDY, sample_index=i)])[0] for i in range(2)
    )
    assert isinstance(first, Completion)
    assert isinstance(again, Completion)
    assert first.n_cached_tokens == 0
    assert again.n_prompt_tokens is not None
    assert again.n_prompt_tokens / 2 < (again.n_cached_tokens or 0) <= again.n_prompt_tokens


def test_top_p_and_stop_are_kept_to(tiny: ModelRef, tiny_engine: Engine) -> None:
    greedy = texts(answer(tiny_engine, [ask(tiny, "hello", GREEDY)]))[0]
    narrow = FREE.model_copy(update={"top_p": 0.001})
    assert texts(answer(tiny_engine, [ask(tiny, "hello", narrow)])) == [greedy]
    stopped = GREEDY.model_copy(update={"stop": (greedy[5:8],)})
    assert texts(answer(tiny_engine, [ask(tiny, "hello", stopped)])) == [
        greedy[: greedy.index(greedy[5:8])]
    ]


def test_engines_open_one_after_the_other_and_leave_nothing_behind(models_dir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, str(models_dir)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "4 [] [] True"
