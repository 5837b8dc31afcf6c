"""Engines that are asked to stop give what was answered, and wait for nothing."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.inference.asking import FREE, ask
from tests.pipelines.inference.asking import answer as answers
from tests.pipelines.inference.fault_server import Reply, error, said, serving
from tests.pipelines.toy import TOY, completion
from winnow.pipelines.asking.complete import complete
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference import writer
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.openai_engine import OpenAIEngine
from winnow.pipelines.inference.requests import Completion, Result
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.writer import StoreWriter
from winnow.pipelines.stopping import STOP
from winnow.schemas.errors import Stopped

NEVER_S = 3600.0


@pytest.fixture(autouse=True)
def _only_in_this_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(STOP, "is_made", False)
    yield


def model_at(url: str) -> tuple[ModelRef, OpenAIModel]:
    settings = OpenAIModel(model="m", urls=(url,), max_concurrency=1)
    return ModelRef(name="m", settings=settings, model="m", revision=None, path="m"), settings


@pytest.mark.parametrize(
    "never",
    [Reply(delay_s=NEVER_S), error(502), error(429, Retry_After=str(NEVER_S))],
    ids=["hangs", "502", "asks to wait"],
)
def test_a_stop_keeps_the_answers_that_came_and_waits_for_no_server(
    never: Reply, tmp_path: Path
) -> None:
    def script(number: int, _body: object) -> Reply:
        if number < 2:
            return said("four")
        asked.set()  # one is asked at a time, so the two before have arrived
        stopping.join(10)
        return never

    asked, store = threading.Event(), CompletionStore(tmp_path)
    stopping = threading.Thread(target=lambda: (asked.wait(), STOP.make()))
    with serving(script) as server:
        model, _ = model_at(server.url)
        requests = [ask(model, f"2 + {i}?") for i in range(4)]
        stopping.start()
        with pytest.raises(Stopped):
            complete(requests, model=model, store=store, beam=BeamSettings())
        stopping.join()
    assert [c.text for c in store.get(r.request_id for r in requests).values()] == ["four", "four"]
    assert list((tmp_path / ".attempts").iterdir()) == []


def test_answers_that_are_held_back_are_stored_as_soon_as_someone_asks_to_stop(
    tmp_path: Path,
) -> None:
    store, requests = CompletionStore(tmp_path), []
    with serving(lambda _n, _body: said("four")) as server:
        model, settings = model_at(server.url)
        requests = [ask(model, "2 + 2?")]
        (answer,) = answers(OpenAIEngine(model, settings), requests)
    with StoreWriter(store) as writer:
        writer.add(answer)
        assert store.get([answer.request_id]) == {}
        STOP.make()
        assert list(store.get([answer.request_id])) == [answer.request_id]


def test_a_stop_waits_for_no_merge_of_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stopped, were_stopped = threading.Event(), threading.Event(), list[bool]()

    def merge(_: CompletionStore) -> None:
        begun.set()
        were_stopped.append(stopped.wait(10))

    monkeypatch.setattr(CompletionStore, "compact", merge)
    monkeypatch.setattr(writer, "_MOST_HELD_BYTES", 1)
    monkeypatch.setattr(writer, "_MERGES_EVERY", 3)
    store = CompletionStore(tmp_path)
    answers = [completion(ask(TOY, f"question {i}"), "four") for i in range(5)]
    with StoreWriter(store) as adding:
        for answer in answers:
            adding.add(answer)
        assert begun.wait(10)
        STOP.make()
        assert len(store.known(answer.request_id for answer in answers)) == 5
        stopped.set()
    assert all(were_stopped)


@pytest.mark.engine
def test_vllm_stops_between_two_steps_and_runs_again(tiny: ModelRef, tiny_engine: Engine) -> None:
    requests = [ask(tiny, f"count to {i}", FREE) for i in range(40)]
    answered: list[Result] = []

    def keep(result: Result) -> None:
        answered.append(result)
        STOP.make()

    with pytest.raises(Stopped):
        tiny_engine.complete(requests, keep)
    assert 0 < len(answered) < len(requests)
    STOP.is_made = False
    assert all(isinstance(r, Completion) for r in answers(tiny_engine, requests))
