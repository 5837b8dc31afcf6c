"""How fast a queue page of 50,000 records comes, and how long reading every record would take.

Prints, for each kind of page, the median over HTTP as Argilla's web page asks for it, and the time of a scan that
reads all records of the data set and decides in Python. Run: python -m bench.argilla_queue [n_records] [--postgres]

With --postgres the same is measured with PostgreSQL in SQLite's place, started here for as long as it takes.
"""

import argparse
import json
import os
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import httpx
import psycopg

from tests.warehouse.servers import postgres
from winnow.annotation.argilla.server import ArgillaServer

ANSWERED_EVERY = 25
N_ASKED = 30
N_WORDS = 120
ENVIRONMENT = Path(__file__).parents[1] / ".venv-argilla"

WORDS = [f"word{n}" for n in range(5_000)]
PENDING: list[dict[str, Any]] = [
    {"type": "terms", "scope": {"entity": entity, "property": "status"}, "values": ["pending"]}
    for entity in ("response", "record")
]
LENGTH = {"entity": "metadata", "metadata_property": "length"}
PHRASE = re.compile(r"\bword7 word8\b|\bword99\b")
PAGES: dict[str, dict[str, Any]] = {
    "next pending": {"query": {}, "filters": {"and": PENDING}},
    "pending, sorted by metadata": {
        "query": {},
        "filters": {"and": PENDING},
        "sort": [{"scope": LENGTH, "order": "desc"}],
    },
    "pending, one metadata value": {
        "query": {},
        "filters": {"and": [*PENDING, {"type": "range", "scope": LENGTH, "ge": 51, "le": 51}]},
    },
    "pending, with a phrase": {
        "query": {"text": {"q": '"word7 word8" | word99'}},
        "filters": {"and": PENDING},
    },
}


class Database(Protocol):
    """Argilla's database, reached past Argilla."""

    name: str

    def write(self, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        """Add rows."""

    def read(self, query: str) -> Iterable[tuple[Any, ...]]:
        """Read the rows of a query."""

    def id_of(self, argillas: str | UUID) -> str:
        """Write an id as the database compares it."""


class Sqlite:
    """The file beside the server."""

    name = "SQLite"

    def __init__(self, home: Path) -> None:
        self._connection = sqlite3.connect(home / "argilla.db", timeout=60)

    def write(self, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        """Add rows."""
        places = ", ".join("?" * len(columns))
        with self._connection:
            self._connection.executemany(_insert(table, columns, places), rows)

    def read(self, query: str) -> Iterable[tuple[Any, ...]]:
        """Read the rows of a query, without an index in its way."""
        return self._connection.execute(query.replace(" records ", " records NOT INDEXED "))

    def id_of(self, argillas: str | UUID) -> str:
        """Write an id as SQLite holds it: hex digits."""
        return UUID(str(argillas)).hex


class PostgreSql:
    """A server on this machine."""

    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def write(self, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        """Add rows, and count them as its own housekeeping does within a minute."""
        places = ", ".join(["%s"] * len(columns))
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(_insert(table, columns, places), rows)
        self._connection.execute(f"ANALYZE {table}")

    def read(self, query: str) -> Iterable[tuple[Any, ...]]:
        """Read the rows of a query."""
        return self._connection.execute(query)

    def id_of(self, argillas: str | UUID) -> str:
        """Write an id as PostgreSQL writes it."""
        return str(argillas)


def _insert(table: str, columns: Sequence[str], places: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({places})"


def main() -> None:
    """Fill a server, ask for pages, scan, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("n_records", nargs="?", type=int, default=50_000)
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    measure_on(Sqlite, asked.n_records)
    if asked.postgres:
        with postgres() as started:
            started.catalog("argilla")
            url = f"postgresql://postgres@127.0.0.1:{started.port}/argilla"
            os.environ["ARGILLA_DATABASE_URL"] = url
            measure_on(lambda _: PostgreSql(url), asked.n_records)


def measure_on(connect: Callable[[Path], Database], n_records: int) -> None:
    """Measure on a server of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = ArgillaServer(Path(folder), environment=ENVIRONMENT, say=print)
        try:
            measure(server, connect, n_records)
        finally:
            server.down()


def measure(server: ArgillaServer, connect: Callable[[Path], Database], n_records: int) -> None:
    """Print the median of each page, and of the scan that stands for it."""
    address = server.up(timeout_s=600, annotators=["ann"])
    ann = server.credentials().annotator("ann")
    client = httpx.Client(base_url=f"{address.url}/api/v1/", timeout=300)
    client.headers["X-Argilla-Api-Key"] = address.api_key
    dataset_id = make_dataset(client)
    client.headers["X-Argilla-Api-Key"] = ann.api_key
    user_id = client.get("me").json()["id"]
    database = connect(server.home)
    fill(database, dataset_id, user_id, n_records)
    first_s = seconds(lambda: ask(client, dataset_id, PAGES["pending, with a phrase"]))
    print(
        f"{database.name}, {n_records:,} records; indexing all their words, once: {first_s:.1f} s"
    )
    for name, page in PAGES.items():
        words = PHRASE if "text" in page["query"] else re.compile("")
        reading = partial(scan, database, dataset_id, user_id, words)
        scan_ms = 1000 * min(seconds(reading) for _ in range(3))
        times = [1000 * seconds(partial(ask, client, dataset_id, page)) for _ in range(N_ASKED)]
        median, worst = statistics.median(times), max(times)
        print(
            f"{name:<28} {median:6.0f} ms median {worst:6.0f} ms worst"
            f"   linear scan {scan_ms:6.0f} ms   {scan_ms / median:5.1f} x"
        )


def make_dataset(client: httpx.Client) -> str:
    """Make and publish an empty data set."""
    workspace = client.get("me/workspaces").json()["items"][0]["id"]
    made = client.post("datasets", json={"name": "queue", "workspace_id": workspace}).json()["id"]
    field = {"title": "T", "required": True, "settings": {"type": "text"}}
    options = [{"value": "a", "text": "A"}, {"value": "b", "text": "B"}]
    question = {"type": "label_selection", "options": options}
    parts: list[tuple[str, dict[str, Any]]] = [
        *(("fields", {"name": name, **field}) for name in ("prompt", "a", "b")),
        ("questions", {"name": "better", "title": "B", "required": True, "settings": question}),
        ("metadata-properties", {"name": "length", "title": "L", "settings": {"type": "integer"}}),
    ]
    for part, body in parts:
        client.post(f"datasets/{made}/{part}", json=body).raise_for_status()
    client.put(f"datasets/{made}/publish").raise_for_status()
    return str(made)


def fill(database: Database, dataset_id: str, user_id: str, n_records: int) -> None:
    """Write records and some answers straight into the tables; pushing them would take minutes."""
    chance = random.Random(0)
    start = datetime.now(UTC).replace(tzinfo=None)
    of_dataset, of_user = database.id_of(dataset_id), database.id_of(user_id)
    records, responses = [], []
    for number in range(n_records):
        record_id, at = database.id_of(uuid4()), str(start + timedelta(microseconds=number))
        texts = {name: " ".join(chance.choices(WORDS, k=N_WORDS)) for name in ("prompt", "a", "b")}
        length = json.dumps({"length": number % 100})
        records.append((record_id, json.dumps(texts), str(number), of_dataset, at, at, length))
        if number % ANSWERED_EVERY == 0:
            answer, response_id = json.dumps({"better": {"value": "a"}}), database.id_of(uuid4())
            responses.append((response_id, answer, "submitted", record_id, of_user, at, at))
    when = ("inserted_at", "updated_at")
    columns = ("id", "fields", "external_id", "dataset_id", *when, "metadata")
    database.write("records", columns, records)
    columns = ("id", "values", "status", "record_id", "user_id", *when)
    database.write("responses", columns, responses)


def ask(client: httpx.Client, dataset_id: str, page: dict[str, Any]) -> None:
    """Ask for one page of ten, with what the web page shows of each record."""
    reply = client.post(
        f"me/datasets/{dataset_id}/records/search",
        params={"include": ["responses", "suggestions"], "offset": 0, "limit": 10},
        json=page,
    )
    assert len(reply.raise_for_status().json()["items"]) == 10


def scan(database: Database, dataset_id: str, user_id: str, words: re.Pattern[str]) -> list[str]:
    """Read every record and response, keep what has the words and no answer of the person, sort by metadata."""
    person = database.id_of(user_id)
    answered = {
        record_id
        for record_id, who in database.read(
            "SELECT CAST(record_id AS TEXT), CAST(user_id AS TEXT) FROM responses"
        )
        if who == person
    }
    rows = database.read(
        "SELECT CAST(id AS TEXT), CAST(fields AS TEXT), CAST(metadata AS TEXT), CAST(status AS TEXT) FROM records "
        f"WHERE dataset_id = '{database.id_of(dataset_id)}'"
    )
    found = [
        (json.loads(metadata)["length"], record_id)
        for record_id, fields, metadata, status in rows
        if status == "pending"
        and record_id not in answered
        and any(map(words.search, json.loads(fields).values()))
    ]
    return [record_id for _, record_id in sorted(found, reverse=True)[:10]]


def seconds(do: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
