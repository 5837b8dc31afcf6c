from pathlib import Path

import pytest
from rich.console import Console

from winnow.annotation import sandbox
from winnow.flows.commands.doctor import Checked, examine, findings_table


def look(warehouse: Path) -> dict[str, tuple[str, str, str]]:
    return {f.what: (f.state, f.found, f.remedy) for f in examine(warehouse)}


def test_what_is_missing_comes_with_the_way_to_get_it(tmp_path: Path) -> None:
    findings = look(tmp_path / "none")
    assert findings["warehouse"] == (
        "missing", f"none at {tmp_path / 'none'}", "the first run makes it",
    )  # fmt: skip
    assert all(remedy for state, _, remedy in findings.values() if state != "ok")


def test_a_dead_prefect_server_is_reported_as_broken(tmp_path: Path) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        state, found, remedy = look(tmp_path)["Prefect server"]
    assert state == "broken"
    assert found.startswith("http://127.0.0.1:9/api, where no Prefect answers (")
    assert remedy.startswith("start it (prefect server start) or unset PREFECT_API_URL")


def test_ducklake_loads_without_a_network(tmp_path: Path) -> None:
    assert look(tmp_path)["DuckLake"][0] == "ok"


def test_a_machine_without_namespaces_says_what_does_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "why_unavailable", lambda: "unshare: Operation not permitted")
    state, found, remedy = look(tmp_path)["sandbox"]
    assert (state, found) == ("missing", "unshare: Operation not permitted")
    assert (
        remedy
        == "allow user namespaces: docs/sandbox.md; without it: every verifier but code and sql"
    )


def test_a_proxy_variable_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.setenv("NO_PROXY", "[::1]")
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        state, found, _ = look(tmp_path)["Prefect server"]
    assert state == "broken"
    assert found.startswith("NO_PROXY is '[::1]', but")


def test_a_finding_shows_no_password() -> None:
    finding = Checked("x", "broken", "http://me:pw12@host/api", "")
    console = Console(width=100, record=True, quiet=False, force_terminal=False)
    console.print(findings_table([finding]))
    assert "http://me:***@host/api" in console.export_text()
