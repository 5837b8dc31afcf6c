"""No command writes over what it reads."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from winnow.flows.commands.cli import app
from winnow.flows.settings.rounds import load_any_settings
from winnow.schemas.errors import InvalidSettings, UnknownName


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("votes.csv", "gold.csv", "judges.json", "wh/catalog.sqlite", "wh/data/a.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / "page.html").symlink_to(tmp_path / "wh" / "catalog.sqlite")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            "evaluate votes.csv --gold gold.csv --out votes.csv",
            "--out votes.csv is the data votes.csv",
        ),
        (
            "evaluate votes.csv --gold gold.csv --out ./gold.csv",
            "--out gold.csv is --gold gold.csv",
        ),
        (
            "evaluate votes.csv --config judges.json --out judges.json",
            "judges.json is --config judges.json",
        ),
        ("query SELECT --out wh/data/a.parquet", "would replace what the warehouse wh holds"),
        (
            "report preferences@1 --out page.html",
            "--out page.html is the catalog wh/catalog.sqlite",
        ),
        ("export preferences@1 --out wh", "--out wh holds the catalog wh/catalog.sqlite"),
        ("export preferences@1 --out .", "--out . holds the catalog wh/catalog.sqlite"),
    ],
)
def test_an_output_that_is_read_is_refused_and_stays(
    here: Path, command: str, message: str
) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--warehouse", "wh"])
    assert isinstance(result.exception, InvalidSettings)
    assert message in str(result.exception)
    assert {p.read_text() for p in here.rglob("*") if p.is_file()} == {"{}"}


@pytest.mark.parametrize("command", ["query SELECT --out rows.xlsx", "report r@1 --out page.pdf"])
def test_an_ending_that_cannot_be_written_is_refused_before_any_work(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--warehouse", "wh"])
    assert isinstance(result.exception, UnknownName)
    assert "known file endings: .html" in str(result.exception) or ".parquet" in str(
        result.exception
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "{name: r, prompts: {path: data/p.csv}, label: [{verifier: form}], export: [{format: trl, out: data}]}",
            r"export\[0\].out data holds prompts.path data/p.csv",
        ),
        (
            "{name: r, comparisons: {path: votes.csv}, rounds: {budget: 1, per_round: 1, people: {sheet: ./votes.csv}}}",
            r"rounds.people.sheet votes.csv is comparisons.path votes.csv",
        ),
        (
            "{name: r, comparisons: {path: data}, rounds: {budget: 1, per_round: 1, people: {sheet: data/todo.csv}}}",
            r"rounds.people.sheet data/todo.csv would stand in comparisons.path data",
        ),
    ],
)
def test_settings_whose_output_is_read_are_refused(here: Path, settings: str, message: str) -> None:
    (here / "data").mkdir()
    (here / "data" / "p.csv").touch()
    (here / "run.yaml").write_text(settings)
    with pytest.raises(InvalidSettings, match=message):
        load_any_settings(Path("run.yaml"))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("export preferences@1 --out hf://datasets/me/x", "--out is hf://datasets/me/x, but it"),
        ("query SELECT --out s3://bucket/x.csv", "--out is s3://bucket/x.csv, but it has to be"),
        ("status --warehouse gs://bucket/x", "--warehouse is gs://bucket/x, .* warehouse.place"),
        ("evaluate votes.csv --out hf://me/x.json", "--out is hf://me/x.json, but it has to be"),
        ("aggregate votes.csv --out hf://me/x.csv", "--out is hf://me/x.csv, but it has to be"),
    ],
)  # fmt: skip
def test_an_address_is_refused_as_a_place_to_write_to(command: str, message: str) -> None:
    with pytest.raises(InvalidSettings, match=message):
        CliRunner().invoke(app, command.split(), catch_exceptions=False)
