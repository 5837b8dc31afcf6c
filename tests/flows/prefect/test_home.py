import subprocess
import sys
from pathlib import Path

import pytest

from winnow.flows.prefect.home import last_lines, new_log, only_starter
from winnow.schemas.errors import InvalidSettings

HOLD = """
import sys
from pathlib import Path
from winnow.flows.prefect.home import only_starter
with only_starter(Path(sys.argv[1]), "3.7"):
    print("in", flush=True)
    sys.stdin.readline()
"""


def holder(home: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HOLD, str(home)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_one_process_at_a_time_makes_the_database(tmp_path: Path) -> None:
    first = holder(tmp_path)
    assert first.stdout is not None and first.stdout.readline() == "in\n"
    second = holder(tmp_path)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(0.5)
        first.kill()
        assert second.stdout is not None and second.stdout.readline() == "in\n"
    finally:
        for process in (first, second):
            process.kill()
            process.wait()


def test_nobody_waits_once_the_database_is_made(tmp_path: Path) -> None:
    with only_starter(tmp_path, "3.7"):
        (tmp_path / "prefect.db").touch()
    processes = [holder(tmp_path), holder(tmp_path)]
    try:
        for process in processes:
            assert process.stdout is not None and process.stdout.readline() == "in\n"
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_start_that_fails_or_another_version_makes_it_anew(tmp_path: Path) -> None:
    (tmp_path / "prefect.db").touch()
    with pytest.raises(ValueError), only_starter(tmp_path, "3.7"):
        raise ValueError
    lock = tmp_path / "winnow-server.lock"
    assert lock.read_text() == ""
    for version in ("3.7", "3.8"):
        with only_starter(tmp_path, version):
            pass
        assert lock.read_text() == version


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"PREFECT_HOME": "HERE/file/x"}, "PREFECT_HOME is HERE/file/x"),
        ({"PREFECT_HOME": None, "HOME": "HERE"}, "HOME is HERE"),
    ],
    ids=["PREFECT_HOME", "HOME"],
)
def test_a_folder_that_cannot_be_written_is_named_with_its_variable(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str | None],
    place: str,
) -> None:
    (tmp_path / "file").touch()
    for name, value in variables.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value.replace("HERE", str(tmp_path)))
    home = tmp_path / "file" / "x"
    with pytest.raises(InvalidSettings) as refused, only_starter(home, "3.7"):
        pass
    assert str(refused.value) == (
        f"{place.replace('HERE', str(tmp_path))}, and Prefect's folder {home} cannot be written (Not a directory); "
        "set PREFECT_HOME to a folder that you may write to"
    )


def test_each_server_has_a_log_and_the_oldest_go(tmp_path: Path) -> None:
    folder = tmp_path / "winnow-logs"
    folder.mkdir()
    for number in range(30):
        (folder / f"server-20200101-0000{number:02}-1.log").touch()
    log = new_log(tmp_path)
    left = sorted(path.name for path in folder.iterdir())
    assert len(left) == 20
    assert left[0] == "server-20200101-000011-1.log"
    assert left[-1] == log.name


def test_the_last_lines_of_a_log_are_one_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"one\n\n  two \xff\n" + b"x" * 300 + b"\nfour\n")
    assert last_lines(log) == f"two \ufffd / {'x' * 200} / four"
    log.write_bytes(b"")
    assert last_lines(log) == ""
