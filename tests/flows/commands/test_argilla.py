import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from winnow.flows.commands.argilla import app

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def winnow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINNOW_ARGILLA_ENV", str(REPOSITORY / ".venv-argilla"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--warehouse", str(tmp_path)])

    yield run
    run("down")


@pytest.mark.server
@pytest.mark.skipif(
    not (shutil.which("redis-server") or shutil.which("valkey-server")),
    reason="no redis-server here: apt-get install redis-server",
)
def test_up_status_logs_and_down_tell_what_happens(winnow, tmp_path: Path) -> None:
    before = winnow("status")
    assert (before.exit_code, "not running" in before.output) == (1, True)
    up = winnow("up", "--annotator", "ann", "--annotator", "bob")
    assert up.exit_code == 0, up.output
    assert "accounts: owner, ann, bob\n" in up.output
    assert (
        f"yours is 'owner', its password and key are in {tmp_path}/argilla/accounts.json"
        in up.output
    )
    assert f"bob: hand to bob alone: {tmp_path}/argilla/credentials/bob.txt" in up.output
    status = winnow("status")
    assert (status.exit_code, "http://127.0.0.1:" in status.output) == (0, True)
    assert "server: INFO:" in winnow("logs", "-n", "3").output
    assert winnow("down").output.split("\n")[:3] == [
        "stopped server",
        "stopped worker",
        "stopped redis",
    ]
    assert winnow("down").output == "Argilla was not running\n"


@pytest.mark.parametrize("command", ["up", "down", "status", "logs"])
def test_every_command_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"]).output
    assert f"winnow annotate {command}" in shown


def test_a_port_that_is_none_is_refused() -> None:
    assert "65535" in CliRunner().invoke(app, ["up", "--port", "70000"]).output
