"""Which engine is kept and which is started, with engines that only note how they were started."""

from collections.abc import Iterable

import pytest

from winnow.pipelines.inference import open_engines, vllm_engine
from winnow.pipelines.inference.eager import Start
from winnow.pipelines.inference.models import ModelRef, VllmModel
from winnow.pipelines.inference.notices import Notice
from winnow.pipelines.inference.open_engines import open_engine
from winnow.pipelines.inference.requests import ChatRequest

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


def test_only_an_engine_that_starts_is_told_of() -> None:
    told: list[Notice | None] = []
    open_engine(MODEL, EAGER, told.append)
    open_engine(MODEL, EAGER, told.append)
    starting, over = told
    assert starting is not None and over is None
    assert starting.what == "starting"
    assert starting.text.startswith("vLLM with mill since ") and starting.text.endswith("; few")
