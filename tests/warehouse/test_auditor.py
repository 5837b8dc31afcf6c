import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import toy
from winnow.schemas.errors import TransientError
from winnow.warehouse.audit import audit
from winnow.warehouse.auditor import Auditor
from winnow.warehouse.settings import WarehouseSettings

ROOT = Path(__file__).parents[2]

HOLD = """
import time
from winnow.warehouse.auditor import Auditor

auditor = Auditor()
auditor.start()
print(auditor.pid, flush=True)
time.sleep(600)
"""


def test_an_audit_in_a_process_of_its_own_finds_what_one_here_finds(staging, warehouse, settings):
    bad, good = toy.preferences()
    staging.write(type(bad), [bad.model_copy(update={"margin": 2.0}), good])
    with Auditor() as auditor:
        found = auditor.audit(staging, settings)
        assert found == audit(staging, warehouse)
        assert [check.column for check in found.failures] == ["margin"]


def test_the_process_of_the_audit_ends_once_it_has_audited(staging, settings):
    with Auditor() as auditor:
        process = auditor.start()
        auditor.audit(staging, settings)
        assert auditor.pid is None
        assert process.returncode is not None


def test_what_fails_in_the_process_of_the_audit_is_raised_here(staging, settings, tmp_path):
    (tmp_path / "file").write_text("no folder")
    elsewhere = WarehouseSettings(path=tmp_path / "file")
    with Auditor() as auditor, pytest.raises(Exception, match=r"warehouse.path: cannot make"):
        auditor.audit(staging, elsewhere)


def test_ctrl_c_in_the_terminal_does_not_reach_the_audit_and_one_that_is_killed_is_told_and_replaced(
    staging, settings
):
    with Auditor() as auditor:
        auditor.start()
        assert auditor.pid is not None
        assert os.getsid(auditor.pid) != os.getsid(0)
        os.kill(auditor.pid, signal.SIGKILL)
        with pytest.raises(TransientError, match=r"ended with status -9"):
            auditor.audit(staging, settings)
        assert not auditor.audit(staging, settings).failures


def test_folders_of_a_team_that_are_called_like_ours_are_not_taken_for_ours(
    staging, settings, tmp_path, monkeypatch
):
    for name in ("warehouse", "schemas"):
        (tmp_path / "team" / name).mkdir(parents=True)
        (tmp_path / "team" / name / "__init__.py").write_text("raise SystemExit('not ours')")
    monkeypatch.chdir(tmp_path / "team")
    with Auditor() as auditor:
        assert not auditor.audit(staging, settings).failures


def test_the_process_of_the_audit_ends_with_its_run_even_when_that_is_killed(tmp_path):
    script = tmp_path / "hold.py"
    script.write_text(HOLD)
    run = subprocess.Popen(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    child = int(run.stdout.readline())
    run.kill()
    run.wait()
    with pytest.raises(ProcessLookupError):
        for _ in range(600):
            os.kill(child, 0)
            time.sleep(0.1)


def test_something_else_is_done_while_the_audit_works(staging, warehouse, settings):
    awaited = []

    def wait(is_awaited):
        awaited.append(is_awaited())
        while is_awaited():
            time.sleep(0.01)

    with Auditor() as auditor:
        found = auditor.audit(staging, settings, meanwhile=wait)
        assert awaited == [True] and found.checks
