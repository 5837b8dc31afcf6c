"""Names are shown as they are, and a run works wherever its files lie."""

import io
import json
import re
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from rich.console import Console

from tests.flows.house import PROMPTS
from tests.names import ALL_ODD
from tests.warehouse.test_names import n_published
from winnow.flows.curation.run import run_curation
from winnow.flows.settings.run import load_settings
from winnow.reports.terminal.console import Terminal, argument

MARKUP = re.compile(r"\[(/|/?(bold|dim|red|green|yellow|blue|cyan|italic)[^\]]*)\]\S*[\"']")


def test_a_run_works_where_every_name_is_odd_and_shows_them_as_they_are(
    tmp_path: Path, prefect_api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ALL_ODD
    folder.mkdir()
    monkeypatch.chdir(folder)
    rows = [
        {
            "prompt": p["prompt"],
            "responses": [p["reference"], "Clocks."],
            "reference": p["reference"],
        }
        for p in PROMPTS
    ]
    Path(f"in {ALL_ODD}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = {
        "name": "odd",
        "warehouse": {"path": f"wh {ALL_ODD}"},
        "prompts": {"path": f"in {ALL_ODD}.jsonl"},
        "label": [{"verifier": "reference_overlap"}],
        "export": [{"format": "jsonl", "out": f"out {ALL_ODD}"}],
    }
    Path(f"run {ALL_ODD}.yaml").write_text(json.dumps(settings))  # emoji as two escapes
    screen = io.StringIO()
    console = Console(file=screen, width=400, markup=False, emoji=False)
    with temporary_settings({PREFECT_API_URL: prefect_api}):
        release = run_curation(load_settings(folder / f"run {ALL_ODD}.yaml"), console)
    assert release == "preferences@1"
    assert n_published(Path(f"wh {ALL_ODD}")) == len(PROMPTS)
    assert f"odd into wh {ALL_ODD}" in screen.getvalue()
    assert f"  export     out {ALL_ODD}" in screen.getvalue()
    assert Path(f"wh {ALL_ODD}", "reports", "preferences@1.html").is_file()
    assert any(Path(f"out {ALL_ODD}").iterdir())


def test_no_line_of_ours_is_written_in_markup() -> None:
    root = Path(__file__).parents[2]
    sources = [f for name in ("flows", "reports") for f in (root / name).rglob("*.py")]
    written = [
        f"{file.name}: {line.strip()}"
        for file in sources
        for line in file.read_text().splitlines()
        if MARKUP.search(line) or "rich.markup" in line or "= Console()" in line
    ]
    assert written == []


def test_the_terminal_shows_what_looks_like_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().print("x[/]y [bold]z[/bold] :smile:")
    assert capsys.readouterr().out == "x[/]y [bold]z[/bold] :smile:\n"


def test_a_command_that_is_shown_can_be_copied() -> None:
    assert argument(Path("run.yaml")) == "run.yaml"
    assert argument(Path("-wh [v2]")) == "'./-wh [v2]'"
