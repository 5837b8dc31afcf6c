"""The database's layout, brought up to date by Argilla's own migrations."""

import json
import subprocess
from pathlib import Path

import pytest

from winnow.annotation.argilla.server import environment, parts
from winnow.annotation.argilla.server.variables import variables

DIES_ON_THE_WAY = """
import os, runpy, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine

@event.listens_for(Engine, "after_cursor_execute")
def die(connection, cursor, statement, *_):
    if statement.strip().startswith("CREATE TABLE records"):
        os._exit(137)

script = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(script))
runpy.run_path(script, run_name="__main__")
"""
OWNER = {"name": "owner", "password": "long enough", "api_key": "key", "role": "owner"}


@pytest.mark.server
def test_a_database_whose_migration_died_on_the_way_is_migrated_by_the_next(
    tmp_path: Path, argilla_environment: Path
) -> None:
    (tmp_path / "tmp").mkdir()
    python = str(environment.python(argilla_environment))

    def prepare(*command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [python, *command, str(parts.INSIDE), "prepare"],
            cwd=tmp_path,
            env=variables(tmp_path, "session key"),
            input=json.dumps({"workspace": "winnow", "accounts": [OWNER], "database": ""}),
            capture_output=True,
            text=True,
        )

    assert prepare("-c", DIES_ON_THE_WAY).returncode == 137
    again = prepare()
    assert again.returncode == 0, again.stderr
