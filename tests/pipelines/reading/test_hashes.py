from pathlib import Path

import pytest

from tests.pipelines.reading.conftest import write_lines
from winnow.pipelines.reading import Inputs, input_hashes
from winnow.schemas.errors import InvalidSettings


def test_each_file_has_its_own_sha256(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"abc")
    (tmp_path / "j.jsonl").write_bytes(b"")
    settings = {
        "comparisons": {"path": tmp_path / "a.jsonl", "judgments": tmp_path / "j.jsonl"},
        "gold": {"path": tmp_path / "a.jsonl"},
    }
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert input_hashes(Inputs.model_validate(settings)) == {
        "comparisons": abc,
        "comparisons.judgments": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "gold": abc,
    }


def test_a_folder_hashes_its_data_and_nothing_else(tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", ({"prompt": "a"},))
    inputs = Inputs.model_validate({"prompts": {"path": tmp_path}})
    before = input_hashes(inputs)
    (tmp_path / "README.md").write_text("about")
    assert input_hashes(inputs) == before
    write_lines(tmp_path / "b.jsonl", ({"prompt": "b"},))
    assert input_hashes(inputs) != before


def test_a_missing_file_has_no_hash(tmp_path: Path) -> None:
    inputs = Inputs.model_validate({"prompts": {"path": tmp_path / "a.jsonl"}})
    with pytest.raises(InvalidSettings, match=r"no file .*a.jsonl"):
        input_hashes(inputs)


def test_a_data_set_hashes_by_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    hashes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_lines(tmp_path / name / "train.jsonl", ({"prompt": name},))
        inputs = Inputs.model_validate({"prompts": {"dataset": str(tmp_path / name)}})
        hashes.append(input_hashes(inputs)["prompts"])
    assert len(set(hashes)) == 2
