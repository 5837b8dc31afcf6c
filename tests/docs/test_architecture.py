"""The page on the architecture names what is there."""

import re
from pathlib import Path

from winnow.pipelines.steps import STEPS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
FOLDERS = ("schemas", "warehouse", "annotation", "pipelines", "reports", "flows")


def test_every_file_and_folder_that_is_named_is_there() -> None:
    named = re.findall(
        r"`((?:schemas|warehouse|annotation|pipelines|reports|flows|winnow|docs)/[\w./-]*)`", PAGE
    )
    assert len(named) > 40
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_room_and_every_stage_of_a_run_is_named() -> None:
    rooms = [
        f"{folder}/{p.name}/"
        for folder in ("flows", "reports", "pipelines")
        for p in (ROOT / folder).iterdir()
        if (p / "__init__.py").exists()
    ]
    stages = re.findall(r'@stage\("(\w+)"\)', (ROOT / "flows/curation/flow.py").read_text("utf-8"))
    assert [room for room in rooms if f"`{room}`" not in PAGE] == []
    assert stages and [s for s in [*stages, *STEPS] if f"| {s} |" not in PAGE] == []
