"""Conversations and trajectories go the whole way: read, judged, labelled, published, exported, and equal to their source."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.flows.house import House
from tests.pipelines.inference.fault_server import Reply, said, serving
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.export.write import ExportResult
from winnow.warehouse.settings import WarehouseSettings

Turn = dict[str, Any]


def user(text: str) -> Turn:
    return {"role": "user", "content": text}


def spoke(text: str) -> Turn:
    return {"role": "assistant", "content": text}


def calls(city: str, id_: str) -> Turn:
    function = {"name": "rain", "arguments": {"city": city}}
    return {"role": "assistant", "content": "", "tool_calls": [{"id": id_, "type": "function", "function": function}]}  # fmt: skip


def result(id_: str, text: str) -> Turn:
    return {"role": "tool", "content": text, "tool_call_id": id_}


TOOLS = [{"type": "function", "function": {"name": "rain", "parameters": {"type": "object"}}}]
TRIP = user("Where shall I cycle on Sunday?")
CAREFUL = [
    calls("Oslo", "c1"), result("c1", "0 mm"), spoke("Oslo stays dry."), user("And if I start in Bergen?"),
    calls("Bergen", "c2"), result("c2", "31 mm"), spoke("Bergen gets 31 mm: take the train to Voss first."),
]  # fmt: skip
HASTY = [
    spoke("Anywhere."), user("And if I start in Bergen?"), calls("Oslo", "c9"), result("c9", "0 mm"), spoke("It is dry."),
]  # fmt: skip
TASK = user("How much rain do Oslo and Bergen get together?")
SOLVED = [calls("Oslo", "c1"), result("c1", "2 mm"), calls("Bergen", "c2"), result("c2", "31 mm"), spoke("33 mm.")]  # fmt: skip
GUESSED = [spoke("About 20 mm.")]
SOURCE = {"trip": (CAREFUL, HASTY), "task": (SOLVED, GUESSED)}


def write_pairs(house: House) -> Path:
    """Two conversations side by side whose common beginning is the prompt, and two trajectories that answer one."""
    conversations = {"item_id": "trip", "tools": TOOLS, "chosen": [TRIP, *CAREFUL], "rejected": [TRIP, *HASTY]}  # fmt: skip
    good = {"turns": SOLVED, "id": "t1", "steps": [0, 2, 4], "model": "large", "made": "refined", "parent": "t0"}  # fmt: skip
    trajectories = {
        "item_id": "task", "tools": TOOLS, "messages": [TASK], "response_a": good,
        "response_b": {"turns": GUESSED, "id": "t0", "model": "small"}, "level": 2,
    }  # fmt: skip
    return house.write("pairs.jsonl", [conversations, trajectories])


def judge(_: int, body: dict[str, Any]) -> Reply:
    """Say that the response which looks at both cities is better, wherever it is shown."""
    page = body["messages"][-1]["content"]
    first = page[page.index("<first-") : page.index("</first-")]
    place = "first" if "31 mm" in first else "second"
    return said(json.dumps({"critique": "It looked.", "verdict": place}))


@pytest.fixture
def judged(house: House) -> tuple[House, list[str]]:
    with serving(judge) as server:
        model = {"engine": "openai", "model": "m", "urls": [server.url], "deadline_s": 20}
        house.settings.pop("prompts")
        house.run(
            comparisons={"path": str(write_pairs(house)), "keep": ["level"]},
            models={"srv": {**model, "max_concurrency": 1}},
            label=[{"judge": "pairwise", "model": "srv"}],
        )
        pages = [call.body["messages"][-1]["content"] for call in server.calls]
    return house, [page for page in pages if "<first-" in page]


def turns_of(row: dict[str, Any], side: str) -> list[Turn]:
    """Write a side of a row of the format jsonl as its source has it."""
    last = {"role": "assistant", "content": row[side], "tool_calls": row[f"{side}_tool_calls"]}
    return [_plain(turn) for turn in [*row[f"{side}_turns"], last]]


def _plain(turn: Turn) -> Turn:
    called = [
        {
            "id": call["id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": json.loads(call["arguments"])},
        }
        for call in turn["tool_calls"]
    ]
    more = {"tool_calls": called} if called else {}
    answers = {"tool_call_id": turn["tool_call_id"]} if turn.get("tool_call_id") else {}
    return {"role": turn["role"], "content": turn["content"] or ""} | more | answers


def test_every_turn_of_both_sides_is_judged_published_and_exported_as_it_came(
    judged: tuple[House, list[str]], tmp_path: Path
) -> None:
    house, pages = judged
    assert len(pages) == 4  # two comparisons, each in both orders
    for chosen, rejected in SOURCE.values():
        for turn in (*chosen, *rejected):
            called = [c["function"]["arguments"]["city"] for c in turn.get("tool_calls", ())]
            for text in filter(None, (turn["content"], *called)):
                assert sum(text in page for page in pages) >= 2
    rows = house.query(
        "SELECT c.source_id AS item, p.margin > 0 AS is_sure FROM preferences p JOIN comparisons c USING (comparison_id)"
    )
    assert {row["item"] for row in rows} == set(SOURCE)
    with Warehouse.open(WarehouseSettings(path=house.folder / "house")) as warehouse:
        jsonl = _rows(export(warehouse, "birds", "jsonl", tmp_path / "jsonl"))
        trl = _rows(export(warehouse, "birds", "trl", tmp_path / "trl"))
        left_out = export(warehouse, "birds", "parquet", tmp_path / "parquet").n_left_out
    assert left_out == {}
    by_prompt = {row["prompt"][-1]["content"]: row for row in jsonl}
    for asked, (chosen, rejected) in ((TRIP, (CAREFUL, HASTY)), (TASK, (SOLVED, GUESSED))):
        row = by_prompt[asked["content"]]
        assert [turn["role"] for turn in row["prompt"]] == ["user"]
        assert turns_of(row, "chosen") == chosen
        assert turns_of(row, "rejected") == rejected
    task = by_prompt[TASK["content"]]
    assert [step["turn"] for step in task["chosen_steps"]] == [0, 2, 4]
    assert (task["chosen_made"], task["rejected_made"]) == ("refined", "imported")
    assert task["chosen_parent_id"] == task["rejected_id"]
    assert json.loads(task["metadata"]) == {"level": 2}
    found = {json.dumps(row["prompt"][-1]["content"]): row for row in map(_parsed, trl)}
    for asked, (chosen, rejected) in ((TRIP, (CAREFUL, HASTY)), (TASK, (SOLVED, GUESSED))):
        row = found[json.dumps(asked["content"])]
        assert (row["chosen"], row["rejected"]) == (chosen, rejected)


def _rows(done: ExportResult) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for file in done.files:
        path = done.path / file.path
        if path.suffix == ".parquet":
            found += pq.read_table(path).to_pylist()
        else:
            found += map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return found


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    """Read the columns of JSON that TRL's rows hold."""
    return row | {
        side: [json.loads(t) for t in row[side]] for side in ("prompt", "chosen", "rejected")
    }
