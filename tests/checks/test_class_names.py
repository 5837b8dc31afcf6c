"""Which class names are refused, and which this house has."""

import subprocess
import sys
from pathlib import Path

from checks.class_names import classes_of, found_twice

ROOT = Path(__file__).parents[2]


def write(root: Path, name: str, text: str) -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_name_that_two_files_define_is_refused_with_both_places(tmp_path: Path) -> None:
    one = write(tmp_path, "schemas/cycles.py", "class Cycle: ...\nclass Link: ...\n")
    other = write(tmp_path, "annotation/deep/cycles.py", "x = 1\nclass Cycle: ...\n")
    (said,) = found_twice(classes_of([tmp_path / "schemas", tmp_path / "annotation"]))
    assert said == (
        f"{one}:1 and {other}:2 each define a class Cycle; name all but one of them after what it alone is"
    )


def test_a_class_within_a_function_counts(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "class Cycle: ...\ndef f():\n    class Cycle: ...\n")
    assert len(found_twice(classes_of([tmp_path]))) == 1


def test_the_check_of_a_house_with_a_name_defined_twice_fails(tmp_path: Path) -> None:
    write(tmp_path, "schemas/a.py", "class Cycle: ...\n")
    write(tmp_path, "flows/b.py", "class Cycle: ...\n")
    code = f"import runpy, sys; sys.path.append({str(ROOT)!r}); runpy.run_module('checks', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("schemas/a.py:1 and flows/b.py:1 each define a class Cycle;")


def test_this_house_has_each_name_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "checks"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "Success: every class has a name of its own\n"
