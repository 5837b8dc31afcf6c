# ruff: noqa: F811  (fixtures are imported from another folder)
"""Accounts of people and how far each is, by command, on a real Argilla: one that Winnow started, and as a team's own."""

import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from typer.testing import CliRunner, Result

from tests.annotation.conftest import (  # noqa: F401
    argilla,
    argilla_environment,
    argilla_server,
)
from tests.annotation.queues.material import pair
from tests.annotation.queues.people import queue_of, submit
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.people_client import PeopleClient
from winnow.annotation.queues.push import Queue, ensure_data_set, push
from winnow.annotation.queues.tasks import Pairwise
from winnow.flows.commands import cli
from winnow.flows.people.parts import personal_queue
from winnow.flows.people.queues import pull_queue
from winnow.flows.people.store import PeopleStore
from winnow.flows.settings.queue import QueueSettings
from winnow.schemas.errors import InvalidSettings

pytestmark = pytest.mark.server


@pytest.fixture
def own(
    tmp_path: Path, argilla_server: ArgillaServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Give a warehouse's folder whose Argilla is the running one."""
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "argilla").symlink_to(argilla_server.home)
    yield tmp_path


@pytest.fixture
def team(tmp_path: Path, argilla: Address, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a warehouse's folder, while the environment names the running Argilla as the team's own."""
    monkeypatch.setenv("ARGILLA_API_URL", argilla.url)
    monkeypatch.setenv("ARGILLA_API_KEY", argilla.api_key)
    monkeypatch.setenv("COLUMNS", "80")
    yield tmp_path


@pytest.fixture
def client(argilla: Address) -> Iterator[PeopleClient]:
    with PeopleClient(argilla) as client:
        yield client


def people(folder: Path, *arguments: str) -> Result:
    done = CliRunner().invoke(
        cli.app, ["annotate", "people", *arguments, "--warehouse", str(folder)]
    )
    assert done.exception is None or done.exit_code, done.output
    return done


def handed(folder: Path, name: str) -> SimpleNamespace:
    """Read what a person is handed."""
    file = folder / "argilla" / "credentials" / f"{name}.txt"
    said = dict(
        (key, value.strip())
        for line in file.read_text().splitlines()
        for key, _, value in [line.partition(":")]
    )
    return SimpleNamespace(
        file=file, address=said["address"], name=said["user name"], password=said["password"]
    )


def sign_in(address: str, name: str, password: str) -> httpx.Client | None:
    """Give a session as the page's sign-in does; None where the password is refused."""
    form = {"username": name, "password": password}
    token = httpx.post(f"{address}/api/v1/token", data=form)
    if token.status_code == 401:
        return None
    key = token.raise_for_status().json()["access_token"]
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=f"{address}/api/v1/", headers=headers, timeout=600)


def session(folder: Path, name: str) -> httpx.Client:
    way_in = handed(folder, name)
    found = sign_in(way_in.address, way_in.name, way_in.password)
    assert found is not None
    return found


def pushed(folder: Path, client: PeopleClient, name: str, *who: str, n: int = 3) -> QueueSettings:
    """Push a queue of `n` comparisons, and remember it in the warehouse."""
    settings = QueueSettings.model_validate(
        {"name": name, "people": who, "workspace": f"{name}-people"}
    )
    queue = Queue(name, settings.workspace, Pairwise(), members=who)
    push(client, queue, [(pair(k), 0) for k in range(n)])
    PeopleStore(folder, name).remember(settings)
    return settings


def test_each_person_gets_a_way_in_by_themselves_and_no_password_is_shown(own: Path) -> None:
    made = people(own, "add", "eve", "fay")
    assert made.exit_code == 0, made.output
    for name, other in (("eve", "fay"), ("fay", "eve")):
        way_in = handed(own, name)
        assert stat.S_IMODE(way_in.file.stat().st_mode) == 0o600
        assert stat.S_IMODE(way_in.file.parent.stat().st_mode) == 0o700
        assert other not in way_in.file.read_text()
        assert f"{name}: hand to {name} alone: {way_in.file}" in made.output
        assert way_in.password not in made.output
        assert session(own, name).get("me").json()["username"] == name


def test_whoever_has_an_account_keeps_it(own: Path) -> None:
    people(own, "add", "gus")
    before = handed(own, "gus").file.read_text()
    again = people(own, "add", "gus", "gus")
    assert again.output.count("gus: has an account already; hand to gus alone: ") == 1
    assert handed(own, "gus").file.read_text() == before


def test_a_new_password_ends_the_old_one(own: Path, argilla_server: ArgillaServer) -> None:
    people(own, "add", "hal")
    old, old_key = handed(own, "hal"), argilla_server.credentials().annotator("hal").api_key
    done = people(own, "reset", "hal")
    assert done.output.endswith(f"hal has a new password; hand to hal alone: {old.file}\n")
    assert sign_in(old.address, "hal", old.password) is None
    assert session(own, "hal").get("me").status_code == 200
    key = {"X-Argilla-Api-Key": old_key}
    assert httpx.get(f"{old.address}/api/v1/me", headers=key).status_code == 401


def test_who_is_removed_sees_nothing_more_and_all_answers_are_pulled(
    own: Path, client: PeopleClient, argilla_server: ArgillaServer
) -> None:
    people(own, "add", "ida")
    settings = pushed(own, client, "leaving", "ida", "ann")
    ida, way_in = session(own, "ida"), handed(own, "ida")
    key = {"X-Argilla-Api-Key": argilla_server.credentials().annotator("ida").api_key}
    (data_set,) = (d for d in client.data_sets() if d.name == "leaving")
    submit(ida, queue_of(ida, data_set)[0], {"preference": "tie"})
    third = personal_queue(settings, "ida", 2)
    push(client, third, [(pair(k), 0) for k in range(2)])
    own_set = ensure_data_set(client, third)
    submit(ida, queue_of(ida, own_set)[0], {"preference": "tie"})
    done = people(own, "remove", "ida")
    assert "ida can no longer sign in; all answers stay" in done.output
    assert "1 further opinion waited for ida; the next pull asks others" in done.output
    assert "queue 'leaving' goes on without ida" in done.output
    assert not way_in.file.exists()
    assert sign_in(way_in.address, "ida", way_in.password) is None
    assert httpx.get(f"{way_in.address}/api/v1/me", headers=key).status_code == 401
    search = f"me/datasets/{data_set.id}/records/search"
    assert ida.post(search, json={}).status_code == 403  # a page that was open before
    assert PeopleStore(own, "leaving").settings().people == ("ann",)
    assert pull_queue(own, client, "leaving").n_submitted == 2
    assert {a.annotator_id for a in PeopleStore(own, "leaving").answers()} == {"human:ida"}
    with pytest.raises(InvalidSettings, match="no account 'ida'"):
        client.check_accounts(["ann", "ida"])
    gone = people(own, "remove", "ida")
    assert (gone.exit_code, "no annotator named 'ida'" in str(gone.exception)) == (1, True)
    assert "ida (removed)" in people(own, "show").output
    people(own, "add", "ida")
    assert session(own, "ida").get("me").json()["last_name"] is None
    assert argilla_server.credentials().find("ida") is not None


def test_how_far_everybody_is_is_shown_in_80_columns_without_a_pull(
    own: Path, client: PeopleClient
) -> None:
    people(own, "add", "joe", "kim", "lee")
    pushed(own, client, "busy", "joe", "kim", n=4)
    joe, kim = session(own, "joe"), session(own, "kim")
    (data_set,) = (d for d in client.data_sets() if d.name == "busy")
    first, second, third, _ = queue_of(joe, data_set)
    submit(joe, first, {"preference": "tie"})
    submit(joe, second, {"preference": "tie"})
    submit(joe, third, {"preference": "tie"}, status="discarded")
    submit(kim, first, {"preference": "tie"})
    submit(kim, second, {"preference": "tie"}, status="draft")
    shown = people(own, "show").output
    assert max(map(len, shown.splitlines())) <= 80
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if line}
    year = rows["joe"][5][:2]
    assert (rows["joe"][1:5], year) == (["busy", "2", "1", "1"], "20")
    assert rows["kim"][1:5] == ["busy", "1", "3", "0"]  # a draft waits
    assert rows["lee"][1:4] == ["in", "no", "queue"]
    assert "queue 'busy': 1 of 4 items have enough answers" in shown
    assert not PeopleStore(own, "busy").answers()
    alone = people(own, "show", "kim").output
    assert ("kim" in alone, "joe" in alone) == (True, False)
    missing = people(own, "show", "kin")
    assert "did you mean 'kim'?" in str(missing.exception)


def test_on_an_argilla_of_the_teams_own_the_interface_does_the_same(
    team: Path, client: PeopleClient, argilla: Address
) -> None:
    made = people(team, "add", "mia")
    assert made.exit_code == 0, made.output
    mia = session(team, "mia")
    assert [w["name"] for w in mia.get("me/workspaces").json()["items"]] == ["winnow"]
    had = people(team, "add", "mia").output
    assert "mia: has an account already; winnow annotate people reset mia makes a new" in had
    old = handed(team, "mia").password
    people(team, "reset", "mia", "--address", "https://labels.example.org")
    assert handed(team, "mia").address == "https://labels.example.org"
    assert sign_in(argilla.url, "mia", old) is None
    assert "mia" in people(team, "show", "mia").output
    people(team, "remove", "mia")
    assert not handed_file(team, "mia").exists()
    assert mia.get("me/workspaces").json()["items"] == []
    assert people(team, "remove", "mia").exit_code == 1
    people(team, "add", "mia")
    again = handed(team, "mia").password
    assert sign_in(argilla.url, "mia", again) is not None
    people(team, "remove", "mia")


def handed_file(folder: Path, name: str) -> Path:
    return folder / "argilla" / "credentials" / f"{name}.txt"


@pytest.mark.parametrize("command", ["add", "reset", "remove"])
def test_the_owner_is_no_annotator(own: Path, command: str) -> None:
    done = people(own, command, "owner")
    assert "'owner' is an account of the role owner" in str(done.exception)


def test_no_account_is_made_where_one_of_the_names_is_none(own: Path) -> None:
    done = people(own, "add", "nia", "o'neil")
    assert "is no account name" in str(done.exception)
    assert not handed_file(own, "nia").exists()
    assert "no annotator named 'nia'" in str(people(own, "reset", "nia").exception)


@pytest.mark.parametrize("command", ["add", "reset", "remove", "show"])
def test_every_command_about_people_shows_an_example(command: str) -> None:
    shown = CliRunner().invoke(cli.app, ["annotate", "people", command, "--help"]).output
    assert f"winnow annotate people {command}" in shown
