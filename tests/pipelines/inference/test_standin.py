from pathlib import Path

import pytest

from winnow.pipelines.inference import standin
from winnow.pipelines.inference.models import ModelRef
from winnow.schemas.errors import UnknownName


def test_the_same_stand_in_is_built_everywhere(tiny: ModelRef, tmp_path: Path) -> None:
    folder = standin.build(tmp_path)
    assert standin.folder_hash(folder) == tiny.revision


def test_a_stand_in_is_built_once(tmp_path: Path) -> None:
    folder = standin.build(tmp_path)
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert standin.build(tmp_path) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before
    assert [p.name for p in tmp_path.iterdir()] == [folder.name]


def test_what_a_killed_builder_left_does_not_count(tmp_path: Path) -> None:
    (tmp_path / ".tiny-half").mkdir()
    assert (standin.build(tmp_path) / "config.json").is_file()


def test_a_stand_in_is_called_one(tiny: ModelRef) -> None:
    assert tiny.model == "tiny stand-in (random weights)"


def test_there_are_two_stand_ins(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="known stand-ins: tiny, tiny-reward"):
        standin.build(tmp_path, "large")


def test_its_template_writes_every_kind_of_turn(tiny: ModelRef) -> None:
    from transformers import AutoTokenizer

    call = {"type": "function", "function": {"name": "add", "arguments": '{"a": 2}'}}
    talk = [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "2 and "}, {"type": "text", "text": "2?"}],
        },
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "4", "tool_call_id": "c1"},
    ]
    tokenizer = AutoTokenizer.from_pretrained(tiny.path)
    text = tokenizer.apply_chat_template(
        talk, tools=[{"name": "add"}], tokenize=False, add_generation_prompt=True
    )
    assert text == (
        '<turn>system\ntools: [{"name": "add"}]<end>\n'
        "<turn>system\nBe brief.<end>\n"
        "<turn>user\n2 and 2?<end>\n"
        '<turn>assistant\n\ncall add "{\\"a\\": 2}"<end>\n'
        "<turn>tool\nc1: 4<end>\n"
        "<turn>assistant\n"
    )
