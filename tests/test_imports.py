"""What import-linter forbids in this house, tried on a small one with the same folders below `winnow`."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("flows", "reports", "pipelines", "annotation", "warehouse", "schemas")


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """Folders of one module each, under the contracts of this house."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("", *FOLDERS):
        (tmp_path / "winnow" / package).mkdir()
        (tmp_path / "winnow" / package / "__init__.py").touch()
    (tmp_path / "winnow/api.py").touch()
    below = ("errors", "whole_files", "redaction")
    write(tmp_path, **{f"schemas__{name}": "" for name in below}, annotation__judge="")
    write(tmp_path, annotation__argilla__server__accounts=importing(*below))
    write(tmp_path, annotation__argilla__search__engine="")
    write(tmp_path, annotation__sandbox__box=importing("errors"))
    return tmp_path


def importing(*below: str) -> str:
    return "".join(f"import winnow.schemas.{name}\n" for name in below)


def lint(house: Path) -> tuple[int, str]:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=house, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def write(house: Path, **modules: str) -> None:
    for name, text in modules.items():
        file = house / "winnow" / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(exist_ok=True, parents=True)
        for folder in (file.parent, *file.parent.parents):
            if folder.is_relative_to(house / "winnow"):
                folder.joinpath("__init__.py").touch()
        file.write_text(text)


def test_a_module_may_import_its_neighbour(small_house: Path) -> None:
    write(small_house, warehouse__one="import winnow.warehouse.two", warehouse__two="")
    code, said = lint(small_house)
    assert code == 0, said


def test_two_modules_that_import_each_other_inside_a_function_fail(small_house: Path) -> None:
    inside = "def ask() -> None:\n    import winnow.warehouse.one\n"
    write(small_house, warehouse__one="import winnow.warehouse.two", warehouse__two=inside)
    code, said = lint(small_house)
    assert code == 1
    assert "Nothing imports in a circle BROKEN" in said and ".two -> .one (1 import)" in said


def test_a_circle_through_another_folder_fails(small_house: Path) -> None:
    write(
        small_house,
        pipelines__near__one="import winnow.pipelines.far.two",
        pipelines__far__two="import winnow.pipelines.far.three",
        pipelines__far__three="import winnow.pipelines.near.four",
        pipelines__near__four="",
    )
    code, said = lint(small_house)
    assert code == 1 and "No cycles are allowed in winnow.pipelines." in said


def test_an_import_that_points_up_fails(small_house: Path) -> None:
    write(small_house, schemas__one="import winnow.flows.two", flows__two="")
    code, said = lint(small_house)
    assert code == 1 and "Imports point down BROKEN" in said


@pytest.mark.parametrize(
    "text",
    [importing("secrets"), "import winnow.annotation.judge", "import winnow.schemas.redaction"],
)
def test_what_hosts_argilla_may_not_know_more_of_the_house(small_house: Path, text: str) -> None:
    write(small_house, schemas__secrets="", annotation__argilla__server__parts=text)
    code, said = lint(small_house)
    assert (
        code == 1 and "What hosts Argilla knows nothing of the house but its errors BROKEN" in said
    )


def test_what_hosts_argilla_may_raise_our_errors(small_house: Path) -> None:
    write(small_house, annotation__argilla__server__parts=importing("errors"))
    code, said = lint(small_house)
    assert code == 0, said


def test_where_untrusted_programs_run_nothing_of_the_house_is_known(small_house: Path) -> None:
    write(
        small_house, annotation__sandbox__box=f"{importing('errors')}import winnow.annotation.judge"
    )
    code, said = lint(small_house)
    assert code == 1 and "winnow.annotation.sandbox.box -> winnow.annotation.judge" in said
