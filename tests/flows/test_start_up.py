"""What a command imports and starts: nothing that it does not need."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.house import House, sentence

ROOT = Path(__file__).parents[2]

SLOW = ("prefect", "apache_beam", "great_expectations", "matplotlib", "scipy.stats", "pandas")
"""Takes from a quarter of a second to several to import."""

LOOK = f"""
import json, sys
from winnow.flows.commands.cli import main
try:
    main()
finally:
    print(json.dumps([name for name in {SLOW!r} if name in sys.modules]))
"""


def look(*arguments: object, home: Path, prefect_api: str = "") -> tuple[str, list[str]]:
    """Run `winnow`, by default where no Prefect is configured; gives what it says, and what slow packages it imported."""
    known = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    here = {"PREFECT_HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    if prefect_api:
        here["PREFECT_API_URL"] = prefect_api
    command = [sys.executable, "-c", LOOK, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=home.parent, env=known | here, capture_output=True, text=True, check=True
    )
    *said, imported = done.stdout.splitlines()
    return "\n".join(said), json.loads(imported)


@pytest.fixture
def published(house: House) -> House:
    with house.sampling_from(sentence):
        del house.settings["models"], house.settings["sample"]
    rows = [
        {"prompt": f"Where do rooks nest, {n}?", "response_a": "In trees.", "response_b": "So."}
        | {"judgments": [{"annotator": "ann", "kind": "llm", "verdict": "a"}]}
        for n in range(4)
    ]
    del house.settings["prompts"], house.settings["label"]
    house.settings["export"] = [{"format": "jsonl"}]
    house.run(comparisons={"path": str(house.write("pairs.jsonl", rows))})
    return house


def test_a_run_that_was_published_before_starts_and_imports_nothing_slow(published: House) -> None:
    home = published.folder / "prefect"
    said, imported = look("run", published.config(), home=home)
    assert "birds@1 was published before by this very run" in said
    assert "birds@1 is published" in said and "house/reports/birds@1.html" in said
    assert (imported, home.exists()) == ([], False)


def test_a_run_that_was_published_before_writes_only_what_is_missing(published: House) -> None:
    report = published.folder / "house/reports/birds@1.html"
    export = published.folder / "house/exports/birds@1/jsonl"
    drawn, exported = report.read_bytes(), (export / "README.md").stat().st_ino
    report.unlink()
    home = published.folder / "prefect"
    _, imported = look("run", published.config(), home=home)
    assert report.read_bytes() == drawn
    assert "prefect" not in imported and not home.exists()
    assert (export / "README.md").stat().st_ino == exported


def test_commands_that_read_import_nothing_slow(published: House) -> None:
    where = ("--warehouse", published.folder / "house")
    reading = (["releases"], ["show", "birds"], ["status"], ["query", "select(1)"])
    commands = (["--help"], *([*words, *where] for words in reading))
    slow = {words[0]: look(*words, home=published.folder / "prefect")[1] for words in commands}
    assert [name for name, imported in slow.items() if imported] == []


def test_the_process_of_a_run_leaves_great_expectations_to_another(
    published: House, prefect_api: str
) -> None:
    config = published.config(release="others")
    said, imported = look("run", config, home=published.folder / "home", prefect_api=prefect_api)
    assert "others@1 is published" in said
    assert "prefect" in imported and "great_expectations" not in imported
