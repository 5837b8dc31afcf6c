import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from winnow.flows.prefect.server import prefect_server, starting_server
from winnow.schemas.errors import InvalidSettings, TransientError

HOLD = """
import time
from winnow.flows.prefect.server import prefect_server
with prefect_server() as address:
    print(address, flush=True)
    time.sleep(600)
"""


def test_a_flow_reports_to_the_server_that_is_there(prefect_api: str) -> None:
    from prefect import flow
    from prefect.settings import PREFECT_API_URL, temporary_settings

    @flow(name="toy")
    def toy() -> int:
        return 3

    with temporary_settings({PREFECT_API_URL: prefect_api}):
        assert toy() == 3
    wanted = {"flows": {"name": {"any_": ["toy"]}}}
    runs = httpx.post(f"{prefect_api}/flow_runs/filter", json=wanted).json()
    assert [(r["state_name"]) for r in runs] == ["Completed"]


@pytest.mark.server
def test_the_server_ends_with_its_run_even_when_that_is_killed() -> None:
    run = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    address = run.stdout.readline().strip()
    assert httpx.get(f"{address}/health").json() is True
    run.kill()
    run.wait()
    with pytest.raises(httpx.TransportError):
        for _ in range(100):
            httpx.get(f"{address}/health")
            time.sleep(0.1)


TOY = """
from prefect import flow
from winnow.flows.prefect.server import prefect_server

@flow
def toy():
    return 3

with prefect_server():
    print(toy())
"""


@pytest.mark.server
def test_first_runs_side_by_side_work_also_where_a_proxy_is_set(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if "PROXY" not in name.upper()},
        "PREFECT_HOME": str(tmp_path / "home"),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", TOY],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [run.communicate(timeout=300) for run in runs]
    assert [out for out, _ in said] == ["3\n", "3\n"], said
    assert len(list((tmp_path / "home" / "winnow-logs").iterdir())) == 2


@pytest.mark.server
def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

    (tmp_path / "prefect.db").write_text("this is no database, whatever its name says")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    here = temporary_settings({PREFECT_HOME: tmp_path}, restore_defaults={PREFECT_API_URL})
    with here, pytest.raises(TransientError) as failed, prefect_server():
        pass
    assert "file is not a database" in str(failed.value)
    assert "\n" not in str(failed.value)
    assert "Traceback" in Path(failed.value.log).read_text()


STARTED = """
import sys
from winnow.flows.prefect.server import starting_server

with starting_server() as server:
    print(server.is_awaited, "prefect" in sys.modules)
"""


@pytest.mark.server
def test_the_server_starts_before_the_run_imports_prefect(tmp_path: Path) -> None:
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", STARTED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"


@pytest.mark.server
def test_the_server_ends_while_the_run_goes_on_once_its_flows_are_done() -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings(restore_defaults={PREFECT_API_URL}), starting_server() as server:
        with server.reached() as address:
            assert httpx.get(f"{address}/health").json() is True
        with pytest.raises(httpx.TransportError):
            for _ in range(300):
                httpx.get(f"{address}/health")
                time.sleep(0.1)


def test_a_folder_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.setenv("PREFECT_HOME", "/dev/null/home")
    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(InvalidSettings, match=r"^PREFECT_HOME is /dev/null/home, .* cannot be"),
        prefect_server(),
    ):
        pass


def test_no_server_starts_where_prefect_itself_knows_of_one() -> None:
    environment = {**os.environ, "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    command = [sys.executable, "-m", "winnow.flows.prefect.process", "9"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "")
