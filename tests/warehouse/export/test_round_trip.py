"""Whatever a judge saw is in the rows that a consumer loads, or the row is left out and counted.

One release holds a preference for each part of a prompt and of a response (`spoken.py`). Every format writes it, the
oldest `datasets` that the card names loads it, and the table of docs/exports.md says what came of each part.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.warehouse.export.spoken import Case, cases, publish_cases
from winnow.annotation.judges.layout import lay_out
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.export.rows import content_of, prompt_groups
from winnow.warehouse.export.settings import layout_of

ROOT = Path(__file__).parents[3]
LOADER = Path(__file__).with_name("load_rows.py")
COLUMNS: dict[str, tuple[str, dict[str, str], str]] = {
    "parquet": ("parquet", {}, "folder"),
    "jsonl": ("jsonl", {}, "folder"),
    "trl": ("trl", {}, "folder"),
    "trl reward": ("trl", {"variant": "reward"}, "folder"),
    "trl unpaired": ("trl", {"variant": "unpaired"}, "folder"),
    "trl prompt_only": ("trl", {"variant": "prompt_only"}, "folder"),
    "trl plain": ("trl", {"text": "plain"}, "folder"),
    "openrlhf": ("openrlhf", {}, "folder"),
    "nemo_rl": ("nemo_rl", {}, "json"),
    "verl": ("verl", {}, "parquet"),
    "verl rl": ("verl", {"variant": "rl"}, "parquet"),
}
"""Format, options, and how its consumer names the files."""


class Export(NamedTuple):
    folder: Path
    reasons: dict[str, list[str]]
    """Reasons by part of the case."""

    rows: dict[str, list[dict[str, Any]]]
    """Rows by part of the case, as the oldest `datasets` loads them."""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with publish_cases(tmp_path_factory.mktemp("spoken") / "warehouse") as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def exports(release: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Export]:
    scratch = tmp_path_factory.mktemp("exports")
    part_of = {case.preference_id(): case.part for case in cases()}
    jobs: dict[str, list[str]] = {}
    reasons = {}
    for name, (format, options, how) in COLUMNS.items():
        folder = scratch / name.replace(" ", "-")
        done = export(release, "preferences@1", format, folder, **options)
        reasons[name] = _reasons(release, format, options, part_of)
        assert done.n_left_out == Counter(r for said in reasons[name].values() for r in said)
        jobs.setdefault(_loads_with(folder), []).append(f"{name}={how}:{folder}")
    loaded: dict[str, Any] = {}
    for version, named in jobs.items():
        loaded |= _load(version, scratch, named)
    folders = {name: scratch / name.replace(" ", "-") for name in COLUMNS}
    return {
        name: Export(folders[name], reasons[name], _by_part(loaded[name], part_of))
        for name in COLUMNS
    }


def _loads_with(folder: Path) -> str:
    lineage = json.loads((folder / "lineage.json").read_text(encoding="utf-8"))
    return str(lineage["loads_with"]).removeprefix("datasets>=")


def _load(version: str, scratch: Path, jobs: list[str]) -> dict[str, Any]:
    place = Path(os.environ.get("WINNOW_OLD_DATASETS", ROOT / ".venv-datasets")) / version
    if not place.exists():
        pytest.skip(f"no datasets {version} at {place}: `make test` installs it")
    env = os.environ | {"PYTHONPATH": str(place), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, LOADER, str(scratch / f"cache-{version}"), *jobs]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    assert found["version"].startswith(version)
    rows: dict[str, Any] = found["rows"]
    return rows


def _reasons(
    release: Warehouse, format: str, options: dict[str, str], part_of: dict[str, str]
) -> dict[str, list[str]]:
    layout, content = layout_of(format, options), content_of(release, "preferences@1")
    groups = prompt_groups(release, "preferences@1")
    return {
        part_of[group.rows[0]["preference_id"]]: layout.rows(group.rows, content).left_out
        for group in groups
    }


def _by_part(
    rows: list[dict[str, Any]], part_of: dict[str, str]
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        ids = row.get("preference_ids") or row.get("extra_info", {}).get("preference_ids")
        (preference_id,) = ids or [row["preference_id"]]
        found.setdefault(part_of[preference_id], []).append(row)
    return found


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.part)
def test_the_judge_saw_it(case: Case) -> None:
    page = lay_out(case.view().subject("ab"))
    assert [text for text in case.seen if text.replace("<|im", "< |im") not in page] == []


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_hold_what_the_judge_saw_or_are_left_out(
    exports: dict[str, Export], name: str
) -> None:
    for case in cases():
        rows, reasons = exports[name].rows.get(case.part, []), exports[name].reasons[case.part]
        if reasons:
            assert len(rows) == (1 if "unpaired" in name and len(reasons) == 1 else 0)
        else:
            assert _found(name, rows) == _wanted(name, case), case.part


@pytest.mark.parametrize("name", COLUMNS)
def test_the_card_says_what_was_left_out_and_what_loads_the_files(
    exports: dict[str, Export], name: str
) -> None:
    card = (exports[name].folder / "README.md").read_text(encoding="utf-8")
    is_whole = not any(exports[name].reasons.values())
    assert ("Nothing was left out." in card) is is_whole
    assert is_whole is (name in ("parquet", "jsonl"))
    assert f"Loads with `datasets` {_loads_with(exports[name].folder)} or newer." in card


def test_only_rows_that_call_tools_need_a_datasets_that_knows_json(
    exports: dict[str, Export],
) -> None:
    needs = {name: _loads_with(found.folder) for name, found in exports.items()}
    assert {name for name, version in needs.items() if version == "4.7"} == {
        "trl", "trl reward", "trl unpaired", "trl prompt_only"
    }  # fmt: skip


def test_the_table_of_the_docs_says_so(exports: dict[str, Export]) -> None:
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    wanted = _table(exports)
    assert wanted in page, f"docs/exports.md needs this table:\n\n{wanted}"


def _table(exports: dict[str, Export]) -> str:
    lines = ["| part | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for case in cases():
        cells = (exports[name].reasons[case.part] for name in COLUMNS)
        words = (f"`{reasons[0]}`" if reasons else "carried" for reasons in cells)
        lines.append(f"| {case.part} | " + " | ".join(words) + " |")
    return "\n".join(lines)


def _found(name: str, rows: list[dict[str, Any]]) -> Any:
    """Give what a consumer trains on: of the better response where the row has one."""
    if name == "trl unpaired":
        rows = [row for row in rows if row["label"]]
    (row,) = rows
    pick = {
        "trl": lambda: (row["prompt"], row["chosen"], row.get("tools")),
        "trl reward": lambda: (row["chosen"], row.get("tools")),
        "trl unpaired": lambda: (row["prompt"], row["completion"], row.get("tools")),
        "trl prompt_only": lambda: row["prompt"],
        "trl plain": lambda: (row["prompt"], row["chosen"]),
        "openrlhf": lambda: (row["prompt"], row["chosen"]),
        "nemo_rl": lambda: (row["context"], row["completions"][0]["completion"]),
        "verl": lambda: (row["prompt"], row["chosen"]),
        "verl rl": lambda: (row["prompt"], row["reward_model"]["ground_truth"]),
    }
    return pick[name]() if name in pick else {key: row[key] for key in _WHOLE}


_WHOLE = (
    "prompt", "contexts", "tools", "reference", "chosen_turns", "chosen", "chosen_tool_calls", "chosen_parts",
    "chosen_steps", "chosen_made", "chosen_parent_id",
)  # fmt: skip


def _wanted(name: str, case: Case) -> Any:
    plain = (f"{case.asked[0]['content']}\n\n", case.said[-1]["content"])
    trainers: dict[str, Any] = {
        "trl": (case.asked, case.said, case.prompt.tools),
        "trl reward": (case.asked + case.said, case.prompt.tools),
        "trl unpaired": (case.asked, case.said, case.prompt.tools),
        "trl prompt_only": case.asked,
        "trl plain": plain,
        "openrlhf": (case.asked, case.said),
        "nemo_rl": (case.asked, case.said),
        "verl": plain,
        "verl rl": (case.asked, "A reference."),
    }
    return trainers[name] if name in trainers else _whole(case)


def _whole(case: Case) -> dict[str, Any]:
    prompt, good = case.prompt.model_dump(mode="json"), case.good.model_dump(mode="json")
    told = {"prompt": prompt["messages"]} | {
        key: prompt[key] for key in ("contexts", "tools", "reference")
    }
    said = ("turns", "tool_calls", "parts", "steps", "made", "parent_id")
    return told | {"chosen": good["text"]} | {f"chosen_{key}": good[key] for key in said}
