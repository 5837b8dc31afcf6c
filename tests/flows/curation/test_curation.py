"""What a run is beyond its stages: where it keeps what, and what stays of it."""

import json
from pathlib import Path

import yaml
from rich.console import Console

from tests.flows.house import PROMPTS, VERIFIERS
from winnow.flows.curation.curation import Curation
from winnow.flows.settings.run import load_settings
from winnow.flows.terminal.progress import RunProgress
from winnow.schemas.prompts import Prompt


def test_nothing_stays_in_a_shared_folder_of_a_run_that_is_published(tmp_path: Path) -> None:
    settings = {
        "name": "birds",
        "warehouse": {"path": str(tmp_path / "house"), "place": str(tmp_path / "shared")},
        "prompts": {"path": str(tmp_path / "prompts.jsonl")},
        "label": VERIFIERS,
        "release": "birds",
        "beam": {"runner": "DaskRunner"},
    }
    (tmp_path / "prompts.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in PROMPTS))
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(settings))
    curation = Curation(load_settings(tmp_path / "run.yaml"), RunProgress(Console(quiet=True)))
    curation.staging.write(Prompt, [])
    with curation.folder.hold("birds"), curation.staging.shared("sample") as lent:
        lent.write("a", lambda file: file.write(b"1"))
        curation.clear()
    assert [list((tmp_path / name / "staging").iterdir()) for name in ("house", "shared")] == [
        [],
        [],
    ]
