"""The wheel, installed where nothing of the repository is, and used beside folders of a team that are called like ours."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("annotation", "flows", "pipelines", "reports", "schemas", "warehouse")
USE = """
import winnow
release = winnow.run("examples/recorded/recorded.yaml", warehouse="house", quiet=True)
rows = winnow.load(release, warehouse="house")
print(release, rows.num_rows, winnow.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what is needed for it, so that no build folder is left in the repository."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("winnow", *ROOMS):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=unwanted)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", build, out], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    (wheel,) = out.glob("*.whl")
    return wheel


def test_a_wheel_holds_one_name_and_says_that_it_is_typed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = [n for n in opened.namelist() if ".dist-info/" not in n]
    assert {n.partition("/")[0] for n in names} == {"winnow"}
    assert {
        "winnow/py.typed",
        "winnow/flows/commands/cli.py",
        "winnow/reports/templates/page.css",
        "winnow/reports/release/queries/votes.sql",
        "winnow/warehouse/queries/preference_texts.sql",
    } <= set(names)
    wanted = {
        f"winnow/{f.relative_to(ROOT)}" for room in ROOMS for f in (ROOT / room).rglob("*.py")
    }
    assert wanted - set(names) == set()


def test_installed_it_runs_beside_a_teams_own_schemas_and_flows(
    wheel: Path, tmp_path: Path
) -> None:
    environment, team = tmp_path / "environment", tmp_path / "team"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (site,) = environment.glob("lib/python3.*/site-packages")
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(site)
    # The dependencies as they stand here; a .pth file brings no editable installation along.
    (site / "below.pth").write_text(sysconfig.get_path("purelib"))
    for room in ROOMS:
        (team / room).mkdir(parents=True)
        (team / room / "__init__.py").write_text("raise SystemExit('not ours')")
    shutil.copytree(ROOT / "examples/recorded", team / "examples/recorded")
    known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env = known | {"PREFECT_HOME": str(tmp_path / "prefect")}
    python = environment / "bin/python"
    done = subprocess.run(
        [python, "-c", USE], cwd=team, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    release, n, file = done.stdout.split()
    assert (release, file) == ("recorded@1", str(site / "winnow/__init__.py"))
    assert int(n) > 0
    shown = subprocess.run(
        [python, "-m", "winnow", "releases", "--warehouse", "house"],
        cwd=team, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "recorded@1" in shown.stdout
