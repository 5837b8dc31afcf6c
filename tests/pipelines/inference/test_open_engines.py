"""Which engine is kept and which is started, with engines that only note how they were started."""

import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest

from tests.pipelines.inference.asking import ask
from winnow.pipelines.asking.attempt import Attempt
from winnow.pipelines.asking.handler import Places, ShardHandler
from winnow.pipelines.asking.shards import RequestFolder, request_rows, whole
from winnow.pipelines.inference import open_engines, vllm_engine
from winnow.pipelines.inference.eager import Start
from winnow.pipelines.inference.models import ModelRef, OpenAIModel, VllmModel
from winnow.pipelines.inference.notices import Notice
from winnow.pipelines.inference.open_engines import close_engines, open_engine
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.vllm_engine import VllmEngine, _step
from winnow.schemas.errors import EngineBroken

MODEL = ModelRef(name="mill", model="m", revision="1", path="m", settings=VllmModel(model="m"))
EAGER, COMPILED = Start(is_eager=True, why="few"), Start(is_eager=False)


class Noting:
    def __init__(self, model: ModelRef, settings: VllmModel) -> None:
        self.is_eager = settings.enforce_eager
        self.is_closed = False

    def complete(self, requests: Iterable[ChatRequest], *_: object) -> None:
        """Answer nothing."""

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture(autouse=True)
def _engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_engines, "_open", {})
    monkeypatch.setattr(vllm_engine, "VllmEngine", Noting)


def open_noting(start: Start) -> Noting:
    opened = open_engine(MODEL, start)
    assert isinstance(opened, Noting)
    return opened


def test_a_compiled_engine_serves_little_work_as_well() -> None:
    compiled = open_noting(COMPILED)
    assert not compiled.is_eager
    assert open_noting(EAGER) is compiled
    assert open_noting(COMPILED) is compiled


def test_an_engine_that_is_not_compiled_is_started_anew_for_much_work() -> None:
    eager = open_noting(EAGER)
    assert eager.is_eager
    assert open_noting(EAGER) is eager
    compiled = open_noting(COMPILED)
    assert compiled is not eager and eager.is_closed and not compiled.is_eager


def test_a_server_is_asked_beside_the_model_that_runs_here() -> None:
    sieve = OpenAIModel(model="sieve", urls=("http://127.0.0.1:9/v1",))
    served = ModelRef(name="sieve", model="sieve", revision=None, path="sieve", settings=sieve)
    running = open_noting(COMPILED)
    asked = open_engine(served)
    assert open_noting(COMPILED) is running and open_engine(served) is asked
    close_engines()
    assert running.is_closed


def test_only_an_engine_that_starts_is_told_of() -> None:
    told: list[Notice | None] = []
    open_engine(MODEL, EAGER, told.append)
    open_engine(MODEL, EAGER, told.append)
    starting, over = told
    assert starting is not None and over is None
    assert starting.what == "starting"
    assert starting.text.startswith("vLLM with mill since ") and starting.text.endswith("; few")


def test_an_engine_that_broke_down_is_closed_and_the_next_job_starts_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise EngineBroken("models.mill: vLLM broke down")

    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    folder.write([request_rows([ask(MODEL, "q")])])
    attempt = Attempt(tmp_path / "attempt")
    attempt.open()
    places = Places(store.place, folder.failures, attempt.root)
    parts = [whole(shard) for shard in folder.shards()]
    handler = ShardHandler(MODEL, COMPILED, places, parts, {})
    broken = handler.load_model()
    assert isinstance(broken, Noting)
    monkeypatch.setattr(broken, "complete", break_down)
    handler.run_inference([0], broken)
    assert isinstance(attempt.error(), EngineBroken)
    assert broken.is_closed
    assert open_noting(COMPILED) is not broken


class Core:
    """Takes the place of vLLM: the first step fails, and so does its end."""

    def __init__(self) -> None:
        self.llm_engine = self.engine_core = self
        self.n_shut_down = 0

    def step(self) -> None:
        raise RuntimeError("CUDA error")

    def shutdown(self, *_: object) -> None:
        self.n_shut_down += 1
        raise RuntimeError("CUDA error")


def test_a_vllm_that_broke_down_gives_its_memory_back(monkeypatch: pytest.MonkeyPatch) -> None:
    core, cleaned = Core(), []
    engine = VllmEngine.__new__(VllmEngine)
    engine._model, engine._lock, engine._broken = MODEL, threading.Lock(), None
    monkeypatch.setattr(engine, "_llm", core, raising=False)

    def run(*_: object) -> None:
        _step(core, "mill")

    monkeypatch.setattr(engine, "_run", run)
    distributed = ModuleType("vllm.distributed")
    monkeypatch.setattr(
        distributed, "cleanup_dist_env_and_memory", lambda: cleaned.append(1), raising=False
    )
    monkeypatch.setitem(sys.modules, "vllm.distributed", distributed)
    with pytest.raises(EngineBroken):
        engine.complete([], lambda _: None)
    engine.close()
    engine.close()
    with pytest.raises(EngineBroken):
        engine.complete([], lambda _: None)
    assert (core.n_shut_down, len(cleaned)) == (1, 1)
