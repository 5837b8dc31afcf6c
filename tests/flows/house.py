"""A small run with a server that the test scripts: settings, prompts, and the command run in this process."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings
from rich.console import Console

from tests.pipelines.inference.fault_server import FaultServer, Reply, Script, said, serving
from winnow.flows.curation.run import run_curation
from winnow.flows.settings.run import load_settings
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings

PROMPTS = [
    {"id": "p1", "prompt": "Where do rooks nest?", "reference": "Rooks nest high in tall trees."},
    {"id": "p2", "prompt": "What do owls eat?", "reference": "Owls eat mice and other voles."},
    {"id": "p3", "prompt": "When do swifts leave?", "reference": "Swifts leave early in August."},
]
VERIFIERS = [{"verifier": "reference_overlap"}]


class House:
    """A warehouse and the settings of one run in a folder."""

    def __init__(self, folder: Path, prefect_api: str) -> None:
        self.folder = folder
        self._api = prefect_api
        self.settings: dict[str, Any] = {
            "name": "birds",
            "warehouse": {"path": str(folder / "house")},
            "prompts": {"path": str(folder / "prompts.jsonl")},
            "label": VERIFIERS,
            "release": "birds",
        }
        self.write("prompts.jsonl", PROMPTS)

    def write(self, name: str, rows: list[dict[str, Any]]) -> Path:
        """Write rows to a JSONL file of the folder."""
        path = self.folder / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    def config(self, **changes: Any) -> Path:
        """Write the settings file; what is changed stays so."""
        self.settings |= changes
        path = self.folder / "run.yaml"
        path.write_text(yaml.safe_dump(self.settings), encoding="utf-8")
        return path

    def run(self, *, ask_again: bool = False, **changes: Any) -> str:
        """Run it, and give what was printed."""
        console = Console(record=True, width=400, quiet=False, force_terminal=False)
        with self.prefect():
            run_curation(load_settings(self.config(**changes)), console, ask_again=ask_again)
        return console.export_text()

    def prefect(self) -> AbstractContextManager[Any]:
        """Have flows report to the suite's server."""
        return temporary_settings({PREFECT_API_URL: self._api})

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Ask its warehouse."""
        settings = WarehouseSettings(path=self.folder / "house")
        with Warehouse.open(settings, read_only=True) as warehouse:
            rows: list[dict[str, Any]] = warehouse.query(sql).to_pylist()
        return rows

    def releases(self) -> list[str]:
        """List the releases by name; none where there is no warehouse yet."""
        if not (self.folder / "house" / "catalog.sqlite").exists():
            return []
        return [r["release"] for r in self.query("SELECT release FROM releases ORDER BY 1")]

    @contextmanager
    def sampling_from(self, script: Script, n: int = 2, **more: Any) -> Iterator[FaultServer]:
        """Sample from a server with this script, one request after the other."""
        with serving(script) as server:
            model = {"engine": "openai", "model": "m", "urls": [server.url], "deadline_s": 20}
            self.settings["models"] = {"srv": {**model, "max_concurrency": 1}}
            self.settings["sample"] = [{"model": "srv", "n": n, "max_tokens": 64, **more}]
            yield server


def sentence(number: int, body: dict[str, Any]) -> Reply:
    """Answer every other call with the reference of its prompt, and the others with something else each time."""
    asked = body["messages"][-1]["content"]
    known = {row["prompt"]: row["reference"] for row in PROMPTS}
    return said(f"Purple clocks, number {number}." if number % 2 else known.get(asked, "Yes."))
