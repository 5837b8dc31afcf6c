"""The quickstart's chain, with a model behind a server, run in this process on whatever cluster."""

import io
from pathlib import Path
from typing import Any

import yaml
from prefect.settings import PREFECT_API_URL, temporary_settings
from rich.console import Console

from tests.end_to_end.runs import published
from winnow.flows.curation.run import run_curation
from winnow.flows.settings.run import load_settings
from winnow.pipelines.beam import BeamSettings

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "examples/quickstart"
CONCURRENCY = 4
"""Requests that one worker has in flight."""


class Chain:
    """Runs of the chain, each in a warehouse of its own."""

    def __init__(self, folder: Path, prefect_api: str, server: str) -> None:
        self._folder = folder
        self._api = prefect_api
        self._server = server

    def folder(self, name: str) -> Path:
        """Return the folder of the warehouse of a name."""
        return self._folder / name

    def run(self, name: str, beam: BeamSettings, **warehouse: Any) -> list[dict[str, Any]]:
        """Run the chain in the warehouse of a name and return the rows that it published.

        Args:
            name: Name of the warehouse's folder.
            beam: Where jobs run.
            warehouse: Settings of the warehouse beside its folder.
        """
        path = self._folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(self._settings(name, beam, warehouse)), "utf-8")
        settings = load_settings(path)
        with temporary_settings({PREFECT_API_URL: self._api}):
            run_curation(settings, Console(file=io.StringIO(), width=200))
        return published(settings.warehouse)

    def _settings(self, name: str, beam: BeamSettings, warehouse: dict[str, Any]) -> dict[str, Any]:
        settings = yaml.safe_load((QUICKSTART / "quickstart.yaml").read_text("utf-8"))
        served = {"engine": "openai", "model": "m", "urls": [self._server], "deadline_s": 60}
        settings["models"] = {"served": {**served, "max_concurrency": CONCURRENCY}}
        settings["sample"] = [{"model": "served", "n": 1, "max_tokens": 32}]
        settings["label"][0] = {"judge": "pairwise", "model": "served", "orders": "both"}
        settings["prompts"] = {"path": str(QUICKSTART / "prompts.jsonl")}
        settings["gold"] = {"path": str(QUICKSTART / "gold.jsonl")}
        del settings["export"]
        return {
            **settings,
            "warehouse": {"path": str(self._folder / name), **warehouse},
            "beam": beam.model_dump(),
        }
