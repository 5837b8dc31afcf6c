"""Battles, two models and a winner without texts, in a run into the warehouse."""

import json
from typing import Any, cast

import pyarrow.parquet as pq
import pytest

from tests.flows.house import House, sentence
from tests.pipelines.inference.fault_server import Reply, said
from winnow.annotation.queues.client import Client
from winnow.flows.people.queues import push_queue
from winnow.flows.settings.queue import QueueSettings
from winnow.pipelines.plain_tables import label_table_files
from winnow.schemas.errors import InvalidSettings, Unpublishable
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings

MODELS = ("large", "medium", "small")
BATTLES = [
    {"item_id": f"b{i}", "model_a": a, "model_b": b, "annotator": who, "verdict": verdict}
    for i, (a, b) in enumerate((a, b) for a in MODELS for b in MODELS if a < b for _ in range(4))
    for who, verdict in (("ann", "a"), ("bob", "ab"[i % 4 == 0]))
]
PAIRS = [
    {
        "item_id": f"p{i}", "prompt": f"What do owls eat on day {i}?", "model_a": "large", "model_b": "small",
        "response_a": f"Owls eat {i} mice and other voles.", "response_b": f"Purple clocks, number {i}.",
        "annotator": "ann", "verdict": "a",
    }
    for i in range(3)
]  # fmt: skip
VERDICT = json.dumps({"critique": "", "verdict": "first"})


def judging(number: int, body: dict[str, Any]) -> Reply:
    return said(VERDICT) if "response_format" in body else sentence(number, body)


def open_house(house: House) -> Warehouse:
    return Warehouse.open(WarehouseSettings(path=house.folder / "house"))


def of_battles(house: House, rows: list[dict[str, Any]], **changes: Any) -> None:
    house.settings.pop("prompts")
    house.settings |= {"comparisons": {"path": str(house.write("battles.jsonl", rows))}, **changes}


def test_battles_count_for_labels_and_standings_beside_comparisons_with_texts(house: House) -> None:
    with house.sampling_from(judging) as server:
        house.settings.pop("sample")
        of_battles(
            house,
            [*BATTLES, *PAIRS],
            compare={"strategy": "given"},
            label=[{"judge": "pairwise", "model": "srv"}, {"verifier": "form"}],
            keep=[{"near_duplicate": 0.95}],
        )
        printed = house.run()
        assert len(server.calls) == 2 * len(PAIRS)
    assert "12 comparisons name two models and hold the text of neither: they count for" in printed
    assert "Of 12 labelled comparisons only the models are known" in page_of(house)
    asked = "SELECT count(*) AS n FROM judgments WHERE kind IN ('llm', 'verifier')"
    assert house.query(f"{asked} AND subject_kind = 'comparison'")[0]["n"] == 3 * len(PAIRS)
    assert house.query("SELECT count(*) AS n FROM labels")[0]["n"] == 12 + len(PAIRS)
    why = "SELECT stage, reason, count(*) AS n FROM rejects WHERE stage != 'read' GROUP BY ALL"
    assert house.query(why) == [{"stage": "keep", "reason": "no_text", "n": 12}]
    (large,) = house.query("SELECT * FROM standings WHERE model = 'large'")
    assert large["n_comparisons"] == 8 + len(PAIRS)
    published = house.query("SELECT chosen, rejected FROM preference_texts")
    assert len(published) == len(PAIRS)
    assert all(row["chosen"].startswith("Owls eat") for row in published)


def page_of(house: House) -> str:
    return (house.folder / "house" / "reports" / "birds@1.html").read_text("utf-8")


def test_a_log_of_battles_alone_stops_with_what_else_reads_it_or_publishes_standings(
    house: House,
) -> None:
    of_battles(house, BATTLES, label=[{"verifier": "form"}])
    with pytest.raises(Unpublishable) as stopped:
        house.run()
    assert str(stopped.value) == (
        "nothing was published: no preference can come of 12 comparisons that name two models and hold no text, and "
        "nothing else can be compared; `winnow aggregate` labels such a file and ranks its models without a run, and a "
        "run that may be empty publishes labels and standings; put that right and give the same command again: what was "
        "answered is kept; to publish it as it is: allow: [empty]"
    )
    printed = house.run(allow=["empty"])
    assert (
        "This release holds 0 preferences: of 12 labelled comparisons only the models are known."
        in printed
    )
    ranked = label_table_files(
        house.folder / "battles.jsonl", None, house.folder / "labels.parquet"
    )
    assert ranked.standings
    columns = ("model", "n_won", "n_tied", "n_lost", "n_comparisons")
    wanted = pq.read_table(ranked.standings).select(columns).sort_by("model").to_pylist()
    assert house.query(f"SELECT {', '.join(columns)} FROM standings ORDER BY model") == wanted
    queue = QueueSettings.model_validate({"name": "q", "task": "pairwise", "release": "birds@1"})
    with (
        open_house(house) as warehouse,
        pytest.raises(
            InvalidSettings, match=r"none of its 12 items can be shown \(12: no text: only"
        ),
    ):
        push_queue(warehouse, cast(Client, None), queue)
