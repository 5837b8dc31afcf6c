from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.reading.conftest import ReadLines, write_lines
from winnow.pipelines.inference.messages import to_openai
from winnow.pipelines.reading import Inputs, PromptSource, input_hashes, pictures, read_inputs
from winnow.pipelines.reading.pictures import pictures_of
from winnow.schemas.prompts import Message, Part, Prompt
from winnow.warehouse.staging import Staging


@pytest.fixture(autouse=True)
def _start_where_the_pictures_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shown(path: str) -> dict[str, Any]:
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image", "image": path}]
    return {"messages": [{"role": "user", "content": parts}]}


def test_another_picture_under_the_same_path_is_another_prompt(read_lines: ReadLines) -> None:
    Path("a.png").write_bytes(b"cat")
    before = read_lines(shown("a.png")).prompts[1].prompt_id
    Path("a.png").write_bytes(b"dog")
    assert read_lines(shown("a.png")).prompts[1].prompt_id != before


def test_the_same_picture_under_two_paths_is_one_prompt(read_lines: ReadLines) -> None:
    for name in ("a.png", "b.png"):
        Path(name).write_bytes(b"cat")
    outcome = read_lines(shown("a.png"), shown("b.png"))
    assert outcome.reasons == ["duplicate_prompt"]


def test_a_run_that_reads_another_picture_is_another_run(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", (shown("a.png"), {"prompt": "hi"}))
    inputs = Inputs.model_validate({"prompts": {"path": path}})
    hashes = [input_hashes(inputs)]
    for content in (b"cat", b"dog"):
        Path("a.png").write_bytes(content)
        hashes.append(input_hashes(inputs))
    assert len({h["prompts"] for h in hashes}) == 3


def test_a_model_is_sent_the_picture_that_was_read_or_none(read_lines: ReadLines) -> None:
    Path("a.png").write_bytes(b"cat")
    messages = read_lines(shown("a.png")).prompts[1].messages
    image = to_openai(messages)[0]["content"][1]["image_url"]["url"]
    assert image == "data:image/png;base64,Y2F0"
    Path("a.png").write_bytes(b"dog")
    with pytest.raises(OSError, match=r"a.png holds another picture than when the prompt was read"):
        to_openai(messages)


@pytest.mark.parametrize(
    ("image", "prompt_id"),
    [
        (
            "https://example.org/a.png",
            "7c7771f3ecfd6f4a1e0a280f447186a1358b9064d665b1ca1de88e3026490190",
        ),
        ("missing.png", "d4a63858759c82b6d8884dc8d22fc512d08b541a8a7fab38dc9ed4ed1a14919c"),
    ],
)
def test_a_prompt_whose_image_is_no_file_here_keeps_its_id(image: str, prompt_id: str) -> None:
    message = Message(role="user", parts=(Part(type="image", image=image),))
    assert Prompt(messages=(message,), source="x").prompt_id == prompt_id


def test_images_that_are_not_there_are_counted_and_said(tmp_path: Path) -> None:
    lines = shown("a.png"), shown("https://example.org/a.png")
    path, said = write_lines(tmp_path / "p.jsonl", lines), []  # type: ignore[var-annotated]
    inputs = Inputs.model_validate({"prompts": {"path": path}})
    read_inputs(inputs, Staging(tmp_path / "staging"), "r", say=said.append)
    assert said == [
        "image that names no file here, so that prompts with it are told apart by the path alone: 1, "
        "such as 'a.png' in p.jsonl:1"
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
@pytest.mark.parametrize("key", ["type", "\\u0074ype"])
def test_pictures_are_found_wherever_a_row_names_them(name: str, key: str) -> None:
    Path("cat.png").write_bytes(b"cat")
    parts = f'[{{"{key}" : "image", "image": "cat.png"}}]'
    turns = f'[{{"role": "user", "content": {parts}}}]'
    if name == "a.csv":
        quoted = turns.replace('"', '""')
        Path(name).write_text(f'prompt\n"{quoted}"\n')
    else:
        Path(name).write_text(f'{{"prompt": {turns}}}\n')
    assert len(pictures_of(PromptSource(path=Path(name)))) == 1


def test_rows_that_only_speak_of_images_are_not_read_for_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"prompt": "what type: an image?"}\n')
    monkeypatch.setattr(pictures, "read_rows", None)
    assert pictures_of(PromptSource(path=path)) == []
