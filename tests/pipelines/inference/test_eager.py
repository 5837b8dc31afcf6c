from pathlib import Path

import pytest

from tests.pipelines.inference.asking import ask
from winnow.pipelines.inference.eager import Amount, Start, start_for
from winnow.pipelines.inference.models import ModelRef, OpenAIModel, VllmModel, identify


@pytest.fixture
def small(tmp_path: Path) -> ModelRef:
    """A model whose weights take 300 MB, none of them on the disk."""
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(300_000_000)
    settings = VllmModel(model=str(tmp_path))
    return ModelRef(
        name="small", model="small", revision="1", path=str(tmp_path), settings=settings
    )


def work(n: int) -> Amount:
    return Amount(n, 64 * n)


def test_few_requests_start_without_compiling_and_that_is_said(small: ModelRef) -> None:
    start = start_for(small, work(80))
    assert start.is_eager
    assert start.why == (
        "starts without compiling: 80 requests are too few for it to pay; "
        "enforce_eager: false compiles all the same"
    )


def test_many_requests_are_worth_compiling_for(small: ModelRef) -> None:
    start = start_for(small, work(20_000))
    assert not start.is_eager
    assert "20,000 requests" in start.why


def test_as_many_tokens_compile_for_a_larger_model_that_do_not_for_a_smaller(
    small: ModelRef, tmp_path: Path
) -> None:
    asked = work(2_000)
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert start_for(small, asked).is_eager
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(16_000_000_000)
    assert not start_for(small, asked).is_eager


def test_on_a_gpu_more_tokens_are_needed_whatever_the_size_of_the_model(
    small: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = work(12_000)
    assert not start_for(small, asked).is_eager
    monkeypatch.setattr("winnow.pipelines.inference.eager.is_cpu_build", lambda: False)
    assert start_for(small, asked).is_eager
    assert not start_for(small, work(13_000)).is_eager


@pytest.mark.parametrize("is_eager", [True, False])
@pytest.mark.parametrize("n", [1, 20_000])
def test_what_the_settings_say_holds_and_is_not_said_again(
    small: ModelRef, n: int, is_eager: bool
) -> None:
    settings = small.settings.model_copy(update={"enforce_eager": is_eager})
    told = small.model_copy(update={"settings": settings})
    assert start_for(told, work(n)) == Start(is_eager)


def test_how_it_starts_has_no_effect_on_what_was_answered_before(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    models = [
        identify(VllmModel(model=str(tmp_path), enforce_eager=eager), tmp_path, name="small")
        for eager in (None, True, False)
    ]
    assert len({ask(model, "which sack").request_id for model in models}) == 1


def test_a_server_is_not_started(small: ModelRef) -> None:
    far = OpenAIModel(model="m", urls=("http://127.0.0.1:9/v1",))
    model = small.model_copy(update={"settings": far})
    assert start_for(model, work(20_000)) == Start(is_eager=False)
