import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.pipelines.inference.asking import ask
from winnow.pipelines.inference.models import (
    BUILT_IN,
    STAND_INS,
    ModelRef,
    ModelSettings,
    OpenAIModel,
    VllmModel,
    find_model,
    identify,
)
from winnow.pipelines.inference.vllm_engine import VllmEngine
from winnow.schemas.errors import InvalidSettings, MissingPackage, UnknownName

SETTINGS: TypeAdapter[VllmModel | OpenAIModel] = TypeAdapter(ModelSettings)
HERE = ("http://localhost:8000/v1",)


def test_the_engine_chooses_the_settings() -> None:
    here = SETTINGS.validate_python({"engine": "vllm", "model": "Qwen/Qwen3-8B"})
    there = SETTINGS.validate_python({"engine": "openai", "model": "m", "urls": HERE})
    assert isinstance(here, VllmModel)
    assert isinstance(there, OpenAIModel)


def test_an_unknown_model_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"no model named 'smollm' \(did you mean 'smollm2'\?\)"):
        find_model("smollm", {})
    assert find_model("smollm2", {}) == BUILT_IN["smollm2"]


def test_the_stand_ins_of_the_tests_are_known_and_told_to_nobody() -> None:
    assert find_model("tiny", {}) == STAND_INS["tiny"]
    with pytest.raises(UnknownName) as raised:
        find_model("tinny", {})
    assert "tiny" not in str(raised.value).removeprefix("no model named 'tinny'")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("./nowhere", r"models\.q\.model is \./nowhere, but no folder is there; correct the path"),
        ("a/b/c", r"models\.q\.model is a/b/c, but no folder is there"),
        ("/", r"models\.q\.model is /, a folder without config\.json"),
    ],
)
def test_a_folder_that_is_no_model_is_told_before_anything_runs(
    tmp_path: Path, model: str, message: str
) -> None:
    with pytest.raises(InvalidSettings, match=message):
        identify(VllmModel(model=model), tmp_path, name="q")


def test_a_hub_model_that_cannot_be_found_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        InvalidSettings,
        match=r"models\.qwen\.model is no/such-model: no folder of that name, and the hub has no such model at "
        r"revision v2 or cannot be reached .*use smollm2, which is built in",
    ):
        identify(VllmModel(model="no/such-model", revision="v2"), tmp_path, name="qwen")


def test_a_local_model_is_known_by_its_contents(tiny: ModelRef, tmp_path: Path) -> None:
    (tmp_path / "grain").mkdir()
    (tmp_path / "grain" / "config.json").write_text("{}")
    settings = VllmModel(model=str(tmp_path / "grain"))
    first = identify(settings, tmp_path, name="q")
    (tmp_path / "grain" / "config.json").write_text("{ }")
    second = identify(settings, tmp_path, name="q")
    assert first.model == second.model == "grain"
    assert first.revision != second.revision


def test_settings_that_change_the_answers_change_the_requests(tmp_path: Path) -> None:
    def request_id(**fields: object) -> str:
        settings = OpenAIModel.model_validate({"model": "m", "urls": HERE, **fields})
        return ask(identify(settings, tmp_path, name="q"), "hello").request_id

    assert request_id() == request_id(timeout_s=1, max_concurrency=1, urls=["http://other/v1"])
    assert request_id() != request_id(chat_template_kwargs={"enable_thinking": False})
    assert request_id() != request_id(revision="2026-11-01")


def test_a_chat_template_is_known_by_its_text(tiny: ModelRef, tmp_path: Path) -> None:
    template = tmp_path / "chat.jinja"
    settings = VllmModel(model="tiny", chat_template=template)
    with pytest.raises(InvalidSettings, match=r"models\.q\.chat_template is .*no file is there"):
        identify(settings, tmp_path, name="q")
    template.write_text("{{ messages[0].content }}")
    first = identify(settings, tmp_path, name="q").variant
    template.write_text("{{ messages[-1].content }}")
    assert identify(settings, tmp_path, name="q").variant != first


def test_a_missing_api_key_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAR_KEY", raising=False)
    settings = OpenAIModel(model="m", urls=HERE, api_key_env="FAR_KEY")
    with pytest.raises(InvalidSettings, match="api_key_env is FAR_KEY, but that environment"):
        identify(settings, tmp_path, name="far")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("localhost:8000/v1", r"'localhost:8000/v1' is no http\(s\) address"),
        ("http://me:secret@far/v1", "the address of far holds a password; use api_key_env"),
    ],
)
def test_an_address_is_checked_and_holds_no_secret(url: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        OpenAIModel(model="m", urls=(url,))


def test_a_missing_engine_is_told_with_the_way_to_install_it(
    tiny: ModelRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)
    assert isinstance(tiny.settings, VllmModel)
    with pytest.raises(
        MissingPackage, match=r"models\.tiny\.engine is vllm, .*run `make setup`.*winnow\[gpu\]"
    ):
        VllmEngine(tiny, tiny.settings)
