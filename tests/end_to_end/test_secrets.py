"""What a person plants as a secret is nowhere in what runs leave behind, whether they fail or publish."""

import base64
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
import yaml

from tests.end_to_end.conftest import ROOT
from tests.flows.house import PROMPTS, VERIFIERS, sentence
from tests.pipelines.inference.fault_server import FaultServer, Reply, error, serving
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings

KEY = "sk-planted/0123456789"
PLANTED = {
    "MY_KEY": f" {KEY}\n",
    "HTTP_PROXY": "http://me:planted%2Fproxy%21@127.0.0.1:9",
    "ARGILLA_API_KEY": "planted.argilla.key\n",
    "PGPASSWORD": "planted-postgres",
    "AWS_SECRET_ACCESS_KEY": "planted+aws/secret",
    "HF_TOKEN": "hf_plantedtoken",
    "WINNOW_PSEUDONYM_KEY": "planted-pseudonyms",
}
SECRETS = [
    *(value.strip() for name, value in PLANTED.items() if name != "HTTP_PROXY"),
    "planted%2Fproxy%21",
    "planted/proxy!",
    base64.b64encode(b"me:planted/proxy!").decode(),
    KEY.replace("/", "\\/"),
    KEY.replace("/", "%2F"),
    "planted-in-settings",
    "planted-in-address",
]
HUB = {"srv": {"engine": "vllm", "model": "some/where"}}
TYPED = {"path": "house", "catalog": {"password": "planted-in-settings"}}
STORE = {
    "WINNOW_WAREHOUSE__DATA_PATH": "s3://bucket/x",
    "WINNOW_WAREHOUSE__S3__ENDPOINT": "127.0.0.1:9",
}
IN_ADDRESS = "http://me:planted-in-address@127.0.0.1:9/api"


class Left(NamedTuple):
    """What was searched, and where a secret was found."""

    n_files: int
    n_bytes: int
    found: list[str]


def search(folders: list[Path], said: dict[str, str]) -> Left:
    """Look for the secrets in each file as it is, in Parquet and SQLite as they are read, and in what was printed."""
    texts = [(name, text.encode()) for name, text in said.items()]
    n_files = 0
    for path in (path for folder in folders for path in folder.rglob("*")):
        if not path.is_file():
            continue
        n_files += 1
        texts.append((str(path), path.read_bytes()))
        if path.suffix == ".parquet":
            texts.append((f"rows of {path}", str(pq.read_table(path).to_pylist()).encode()))
        if path.suffix in (".db", ".sqlite"):
            with sqlite3.connect(path) as database:
                texts.append((f"rows of {path}", "\n".join(database.iterdump()).encode()))
    found = [
        f"{secret!r} in {name}"
        for name, content in texts
        for secret in SECRETS
        if secret.encode() in content
    ]
    return Left(n_files, sum(len(content) for _, content in texts), found)


class Person:
    """Someone with all of the secrets in the shell, who gives commands in a folder."""

    def __init__(self, folder: Path, prefect_api: str, prefect_home: Path) -> None:
        self.folder = folder
        self.prefect_home = prefect_home
        self.said: dict[str, str] = {}
        plain = {
            n: v for n, v in os.environ.items() if "PROXY" not in n.upper() and "PREFECT" not in n
        }
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self._environment = {
            **plain,
            **PLANTED,
            "AWS_ACCESS_KEY_ID": "someone",
            "HOME": str(folder / "home"),
            "HF_HUB_OFFLINE": "0",
            "PREFECT_HOME": str(prefect_home),
            "PREFECT_API_URL": prefect_api,
            "PREFECT_LOGGING_LEVEL": "DEBUG",
            "PYTHONPATH": paths,
            "COLUMNS": "300",
        }
        rows = "".join(json.dumps(row) + "\n" for row in PROMPTS)
        (folder / "prompts.jsonl").write_text(rows)

    def winnow(self, *arguments: object, **environment: str) -> int:
        command = [sys.executable, "-m", "winnow", *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self._environment, **environment},
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.said[f"{' '.join(map(str, arguments))} {environment}"] = done.stdout + done.stderr
        return done.returncode

    def settings(self, name: str, server: FaultServer, **changes: Any) -> Path:
        model = {"engine": "openai", "model": "m", "urls": [server.url], "api_key_env": "MY_KEY"}
        settings = {
            "name": name,
            "warehouse": {"path": "house"},
            "prompts": {"path": "prompts.jsonl"},
            "models": {"srv": {**model, "deadline_s": 20, "max_concurrency": 1}},
            "sample": [{"model": "srv", "n": 2, "max_tokens": 64}],
            "label": VERIFIERS,
            "export": [{"format": "jsonl"}],
            "release": name,
            **changes,
        }
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(settings))
        return path


def echoing(server: list[FaultServer], status: int) -> Any:
    """Answer, but refuse the third call and show it what it sent; with 401 refuse each call."""

    def script(number: int, body: dict[str, Any]) -> Reply:
        if number == 2 or status == 401:
            # As far back that whoever cuts a long message cuts the key in two.
            sent = server[0].calls[-1].headers["Authorization"]
            return error(status, f"{'x' * 150} you sent {sent}")
        return sentence(number, body)

    return script


@pytest.fixture(scope="module")
def person(
    tmp_path_factory: pytest.TempPathFactory, prefect_api: str, prefect_home: Path
) -> Iterator[Person]:
    """Give every command in which a secret is at hand: runs that publish, that are refused, that reach nobody."""
    person = Person(tmp_path_factory.mktemp("person"), prefect_api, prefect_home)
    servers: list[FaultServer] = []
    with serving(echoing(servers, 400)) as server:
        servers.append(server)
        config = person.settings("birds", server)
        assert person.winnow("run", config) == 0, person.said
        assert {call.headers["Authorization"] for call in server.calls} == {f"Bearer {KEY}"}
        away = "postgres:dbname=x host=127.0.0.1 port=9 user=me"
        house = ("--warehouse", "house")
        with ThreadPoolExecutor(2) as several:
            for arguments, environment in [
                (("run", person.settings("hub", server, models=HUB)), {}),
                (("run", person.settings("typed", server, warehouse=TYPED)), {}),
                (("doctor", config), {}),
                (("export", "birds@1", "--format", "jsonl", "--out", "mine", *house), {}),
                (("query", "select 1"), {"WINNOW_WAREHOUSE__CATALOG": away}),
                (("query", "select 1"), STORE),
                (("annotate", "pull", *house), {"ARGILLA_API_URL": server.url}),
                (("run", config), {"PREFECT_API_URL": IN_ADDRESS}),
                (("run", config), {"MY_KEY": f"{KEY}\n{KEY}"}),
            ]:
                several.submit(person.winnow, *arguments, **environment)
        (person.folder / "typed.yaml").unlink()  # the one place where it was typed
    servers.clear()
    with serving(echoing(servers, 401)) as server:
        servers.append(server)
        assert person.winnow("run", person.settings("refused", server)) == 1
    yield person


@pytest.mark.server
def test_no_secret_is_in_anything_that_runs_leave_behind(person: Person) -> None:
    left = search([person.folder, person.prefect_home], person.said)
    print(f"searched {left.n_files:,} files and {len(person.said)} outputs, {left.n_bytes:,} bytes")
    assert left.found == []
    assert len(person.said) == 11
    kinds = {path.suffix for path in person.folder.rglob("*")}
    assert {".parquet", ".sqlite", ".html", ".jsonl"} <= kinds
    assert (person.prefect_home / "prefect.db").stat().st_size


@pytest.mark.server
def test_the_words_of_a_server_are_kept_but_for_the_secret(person: Person) -> None:
    refused = next(text for name, text in person.said.items() if "refused.yaml" in name)
    assert "status 401" in refused and "you sent Bearer $MY_KEY" in refused
    with Warehouse.open(WarehouseSettings(path=person.folder / "house"), read_only=True) as house:
        details = house.query("SELECT detail FROM rejects").column(0).to_pylist()
    assert any(detail.endswith("you sent Bearer $MY_KEY") for detail in details)
