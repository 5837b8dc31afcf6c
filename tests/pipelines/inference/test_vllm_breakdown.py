import pytest

from winnow.pipelines.inference.vllm_engine import _step
from winnow.schemas.errors import EngineBroken


class EngineDeadError(Exception):
    """Stands for vLLM's own, which is no error of ours and no RuntimeError either."""


class Dying:
    """An engine whose next step fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def step(self) -> list[object]:
        raise self._error


@pytest.mark.parametrize(
    ("error", "words", "way_out"),
    [
        (
            EngineDeadError("EngineCore\nended"),
            "EngineDeadError: EngineCore ended",
            "engine: openai",
        ),
        (
            RuntimeError("CUDA out of memory."),
            "RuntimeError: CUDA out of memory.",
            "gpu_memory_utilization",
        ),
        (AssertionError(), "AssertionError", "engine: openai"),
    ],
)
def test_an_engine_that_breaks_down_is_one_line_with_a_way_out(
    error: Exception, words: str, way_out: str
) -> None:
    with pytest.raises(EngineBroken) as caught:
        _step(Dying(error), "mill")
    assert str(caught.value).startswith(f"models.mill: vLLM broke down: {words}; lower")
    assert way_out in str(caught.value)
    assert "\n" not in str(caught.value)
