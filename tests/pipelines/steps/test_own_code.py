"""What a plug-in is made of is seen wherever it lies, and what merely lies beside it is not."""

import importlib
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import winnow.annotation
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.steps import LabelStep, SampleStep
from winnow.pipelines.steps import own_code as module
from winnow.pipelines.steps.own_code import own_code
from winnow.pipelines.steps.step import Step

STEP = "from winnow.pipelines.steps import SampleStep\n\n\nclass OwnStep(SampleStep):\n    pass\n"
DERIVED = "from own_base import OwnStep\n\n\nclass Derived(OwnStep):\n    pass\n"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Step]]:
    known = set(sys.modules)

    def load(root: Path, name: str, kind: str = "OwnStep") -> Step:
        monkeypatch.syspath_prepend(str(root))
        step: Step = getattr(importlib.import_module(name), kind)()
        return step

    yield load
    for name in set(sys.modules) - known:
        if name.partition(".")[0].startswith("own_"):
            del sys.modules[name]


def test_a_step_that_was_typed_into_a_prompt_of_python_is_never_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Typed(SampleStep):
        pass

    monkeypatch.setattr(Typed, "__module__", "__main__")
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    assert own_code(Typed()) != own_code(Typed())


@pytest.mark.parametrize(
    ("edited", "is_seen"),
    [
        ("own_step.py", True),
        ("prompt.md", True),
        ("prompts/judge.jinja", True),
        ("run.log", False),
        ("house/data/rows.json", False),
        (".cache/last.json", False),
        ("history.json", False),
    ],
)
def test_texts_beside_a_plug_in_count_and_data_does_not(
    tmp_path: Path, load: Callable[..., Step], edited: str, is_seen: bool
) -> None:
    (tmp_path / "own_step.py").write_text(STEP)
    (tmp_path / "history.json").write_text(" " * (2**20 + 1))
    step = load(tmp_path, "own_step")
    before = own_code(step)
    assert own_code(step) == before
    path = tmp_path / edited
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write("# more\n")
    assert (own_code(step) != before) == is_seen


def test_a_file_that_was_only_written_anew_is_the_same(
    tmp_path: Path, load: Callable[..., Step]
) -> None:
    (tmp_path / "own_step.py").write_text(STEP)
    step = load(tmp_path, "own_step")
    before = own_code(step)
    (tmp_path / "own_step.py").write_text(STEP)
    assert own_code(step) == before


def test_an_edit_of_a_class_that_a_plug_in_extends_is_seen_wherever_it_lies(
    tmp_path: Path, load: Callable[..., Step]
) -> None:
    for name in ("base", "plug_in"):
        (tmp_path / name).mkdir()
    (tmp_path / "base" / "own_base.py").write_text(STEP)
    (tmp_path / "plug_in" / "own_derived.py").write_text(DERIVED)
    load(tmp_path / "base", "own_base")
    step = load(tmp_path / "plug_in", "own_derived", "Derived")
    before = own_code(step)
    (tmp_path / "base" / "own_base.py").write_text(f"{STEP}    n = 2\n")
    assert own_code(step) != before


def test_all_texts_of_a_package_count(tmp_path: Path, load: Callable[..., Step]) -> None:
    deep = tmp_path / "own_package" / "steps"
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        (folder / "__init__.py").touch()
    (deep / "own_step.py").write_text(STEP)
    step = load(tmp_path, "own_package.steps.own_step")
    before = own_code(step)
    (tmp_path / "notes.md").write_text("none of the package")
    assert own_code(step) == before
    (deep.parent / "words" / "english").mkdir(parents=True)
    (deep.parent / "words" / "english" / "prompt.md").write_text("Judge.")
    assert own_code(step) != before


def test_an_archive_that_a_plug_in_was_imported_from_counts(
    tmp_path: Path, load: Callable[..., Step]
) -> None:
    archive = tmp_path / "own.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("own_zipped/__init__.py", STEP)
    step = load(archive, "own_zipped")
    before = own_code(step)
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("own_zipped/prompt.md", "Judge.")
    assert own_code(step) != before


def test_a_file_that_vanishes_meanwhile_is_no_part_of_a_plug_in(
    tmp_path: Path, load: Callable[..., Step]
) -> None:
    (tmp_path / "own_step.py").write_text(STEP)
    step = load(tmp_path, "own_step")
    before = own_code(step)
    (tmp_path / "gone.md").symlink_to(tmp_path / "nothing.md")
    assert own_code(step) == before


@pytest.mark.parametrize("edited", ["judges/pairwise.py", "prompts/pairwise.md"])
def test_an_edit_of_a_judge_of_winnow_is_seen_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: str
) -> None:
    copied = tmp_path / "annotation"
    shutil.copytree(Path(str(winnow.annotation.__file__)).parent, copied)
    monkeypatch.setattr(winnow.annotation, "__file__", str(copied / "__init__.py"))
    step = LabelStep(entries=(VerifierSettings(verifier="form"),))
    found = []
    for _ in range(2):
        module._annotation.cache_clear()
        found.append(own_code(step))
        with (copied / edited).open("a") as file:
            file.write("\n")
    module._annotation.cache_clear()
    assert found[0] != found[1]


def test_the_version_under_which_a_plug_in_is_registered_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = VerifierSettings(verifier="form")
    step = LabelStep(entries=(entry,))
    before = own_code(step)
    monkeypatch.setattr(type(entry.build()), "version", 99)
    assert own_code(step) != before


def test_a_judge_that_is_drawn_several_times_and_members_of_a_panel_are_seen_themselves() -> None:
    drawn = JudgeSettings(judge="pairwise", model="toy", temperature=0.7, samples=3)
    members = [{"judge": "rating"}, {"judge": "pairwise"}]
    panel = JudgeSettings.model_validate({"judge": "panel", "model": "toy", "members": members})
    found = own_code(LabelStep(entries=(drawn, panel)))
    assert [name for name, _ in found[:5]] == ["label", "pairwise", "panel", "rating", "pairwise"]
