"""Starting, dying, starting again: on a server of its own, since it is killed."""

import os
import re
import signal
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import argilla as rg
import httpx
import pytest

from winnow.annotation.argilla.server import ArgillaServer, processes
from winnow.schemas.errors import InvalidSettings


@pytest.fixture(scope="module")
def mortal(
    tmp_path_factory: pytest.TempPathFactory, argilla_environment: Path
) -> Iterator[ArgillaServer]:
    server = ArgillaServer(tmp_path_factory.mktemp("mortal"), environment=argilla_environment)
    try:
        server.up(annotators=["ann"])
        yield server
    finally:
        server.down()


def sign_in(server: ArgillaServer, name: str, password: str) -> int:
    form = {"username": name, "password": password}
    return httpx.post(f"{server.address().url}/api/v1/token", data=form).status_code


def kill(server: ArgillaServer, part: str) -> int:
    process = processes.find(server.home, part)
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    while process.is_alive:
        pass
    return process.pid


def test_up_twice_starts_nothing_anew(mortal: ArgillaServer) -> None:
    before = mortal.status()
    assert mortal.up().url == before.url
    assert mortal.status() == before


@pytest.mark.parametrize("part", ["server", "worker", "redis"])
def test_after_a_kill_the_next_start_replaces_only_what_died(
    mortal: ArgillaServer, part: str
) -> None:
    before = mortal.status()
    kill(mortal, part)
    assert mortal.status().processes[part] is None
    assert mortal.up().url == before.url
    after = mortal.status()
    assert {name for name, pid in after.processes.items() if pid != before.processes[name]} == {
        part
    }
    assert after.is_answering


def test_after_all_are_killed_and_files_torn_records_and_accounts_are_still_there(
    mortal: ArgillaServer,
) -> None:
    address, known = mortal.up(), mortal.credentials()
    client = rg.Argilla(api_url=address.url, api_key=address.api_key)
    settings = rg.Settings(fields=[rg.TextField("t")], questions=[rg.RatingQuestion("q", [1, 2])])
    rg.Dataset("kept", address.workspace, settings, client=client).create().records.log(
        [{"t": "x"}]
    )
    for part in ("redis", "worker", "server"):
        kill(mortal, part)
    (mortal.home / "port").write_text("")
    (mortal.home / ".accounts.json.partial").write_text("{")
    address = mortal.up()
    assert mortal.credentials() == known
    client = rg.Argilla(api_url=address.url, api_key=address.api_key)
    assert [record.fields["t"] for record in client.datasets("kept").records()] == ["x"]


def test_down_stops_its_own_processes_and_no_other(
    mortal: ArgillaServer, argilla_server: ArgillaServer
) -> None:
    strangers = argilla_server.status().processes
    assert mortal.down() == ["server", "worker", "redis"]
    assert mortal.down() == []
    assert set(mortal.status().processes.values()) == {None}
    assert argilla_server.status().processes == strangers


def test_a_taken_port_is_named(argilla_server: ArgillaServer, mortal: ArgillaServer) -> None:
    taken = int(argilla_server.address().url.rpartition(":")[2])
    mortal.down()
    with pytest.raises(InvalidSettings, match=f"port {taken} on 127.0.0.1 is taken"):
        replace(mortal, port=taken).up()


def test_it_listens_on_the_loopback_only(argilla_server: ArgillaServer) -> None:
    port = int(argilla_server.address().url.rpartition(":")[2])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = {row[1] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    assert local == {f"0100007F:{port:04X}"}


def test_nobody_else_can_read_what_the_server_keeps(
    argilla_server: ArgillaServer, owner: rg.Argilla
) -> None:
    home = argilla_server.home
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    kept = [path for path in home.rglob("*") if home / "tmp" not in (path, *path.parents)]
    assert {"accounts.json", "argilla.db", "redis.sock", "server.log"} <= {
        path.name for path in kept
    }
    assert [path for path in kept if path.stat().st_mode & 0o077] == []
    assert (home / "tmp").stat().st_mode & 0o077 == 0


def test_no_password_or_key_is_in_a_log_or_on_a_command_line(argilla_server: ArgillaServer) -> None:
    known = argilla_server.credentials()
    secrets = {known.session_key}
    for account in (known.owner, *known.annotators):
        secrets |= {account.password, account.api_key}
    said = [log.read_text() for log in (argilla_server.home / "logs").iterdir()]
    commands = [
        " ".join(found.command)
        for part in ("server", "worker", "redis")
        if (found := processes.find(argilla_server.home, part))
    ]
    assert len(commands) == 3
    assert not [secret for secret in secrets for text in said + commands if secret in text]
    assert not re.search("argilla.apikey|1234", repr(known))


def test_the_default_account_does_not_exist(owner: rg.Argilla) -> None:
    names = {user.username for user in owner.users}
    assert "argilla" not in names
    assert {"owner", "ann", "bob"} <= names
    default = {"X-Argilla-Api-Key": "argilla.apikey"}
    assert httpx.get(f"{owner.api_url}/api/v1/me", headers=default).status_code == 401


def test_an_annotator_can_be_added_while_it_runs(
    argilla_server: ArgillaServer,
) -> None:
    dora = argilla_server.add_annotator("dora")
    assert argilla_server.add_annotator("dora") == dora
    assert sign_in(argilla_server, "dora", dora.password) == 201
    assert sign_in(argilla_server, "dora", "guessed") == 401
    with pytest.raises(InvalidSettings, match="'dora d' is no account name"):
        argilla_server.add_annotator("dora d")


def test_logs_tell_the_parts_apart(argilla_server: ArgillaServer) -> None:
    parts = [line.partition(": ")[0] for line in argilla_server.logs(5).splitlines()]
    assert {"server", "redis"} <= set(parts) <= {"server", "worker", "redis"}
    assert max(map(parts.count, parts)) == 5
