from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.pipelines.inference.asking import ask
from tests.pipelines.toy import BEAM, TOY, completion
from winnow.pipelines.asking import read as reading
from winnow.pipelines.asking import shards
from winnow.pipelines.asking.answer import answer
from winnow.pipelines.asking.attempt import write_failures
from winnow.pipelines.asking.read import read
from winnow.pipelines.asking.shards import RequestFolder, request_rows
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.requests import Failure
from winnow.pipelines.inference.store import CompletionStore
from winnow.warehouse.places.placed_file import PlacedFile

SAID = pa.schema({"subject": pa.string(), "texts": pa.list_(pa.string()), "batch": pa.int64()})
FAILED = pa.schema({"request_id": pa.string(), "why": pa.string()})
TWO_WORKERS = BeamSettings(
    options={"direct_num_workers": 2, "direct_running_mode": "multi_threading"}
)


def by_subject(rows: pa.Table) -> Mapping[str, pa.Table]:
    said: dict[str, list[str]] = {}
    for subject, text in zip(rows["subject"].to_pylist(), rows["text"].to_pylist(), strict=True):
        said.setdefault(subject, []).append(text)
    columns = {
        "subject": list(said),
        "texts": list(said.values()),
        "batch": [len(rows)] * len(said),
    }
    failed = rows.filter(pc.is_valid(rows["failure"]))
    why = pc.binary_join_element_wise(failed["failure"], failed["detail"], ": ")
    return {
        "said": pa.table(columns, schema=SAID),
        "failed": pa.table({"request_id": failed["request_id"], "why": why}),
    }


def table(files: list[PlacedFile]) -> pa.Table:
    return pa.concat_tables(file.read() for file in files)


@pytest.mark.parametrize("beam", [BEAM, TWO_WORKERS], ids=["here", "two workers"])
def test_each_subject_is_read_once_and_whole_with_its_answers_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beam: BeamSettings
) -> None:
    monkeypatch.setattr(shards, "_MOST_ROWS", 30)
    monkeypatch.setattr(reading, "_BATCH_ROWS", 8)
    asked = [ask(TOY, f"q{i}") for i in range(90)]
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    subjects, places = [f"s{i // 3:02}" for i in range(90)], [2 - i % 3 for i in range(90)]
    folder.write([request_rows(asked, subjects, places)])
    store.append([completion(r, f"a{i}") for i, r in enumerate(asked) if i != 40])
    answered = answer(folder, model=TOY, store=store, beam=beam, stored_only=True)
    bad = Failure(request_id=asked[40].request_id, reason="refused", detail="not that")
    write_failures(folder.failures, [bad])
    found = read(answered, by_subject, ["text"], {"said": SAID, "failed": FAILED}, beam)
    said = table(found["said"]).sort_by("subject").to_pylist()
    assert len(found["said"]) == 4
    assert [row["subject"] for row in said] == [f"s{i:02}" for i in range(30)]
    assert said[0]["texts"] == ["a2", "a1", "a0"]
    assert said[13]["texts"] == ["a41", None, "a39"]
    assert max(row["batch"] for row in said) == 9
    assert table(found["failed"]).to_pylist() == [
        {"request_id": bad.request_id, "why": "refused: not that"}
    ]


def test_what_no_batch_makes_leaves_no_file(tmp_path: Path) -> None:
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    request = ask(TOY, "q")
    folder.write([request_rows([request])])
    store.append([completion(request, "a")])
    answered = answer(folder, model=TOY, store=store, beam=BEAM)
    found = read(answered, by_subject, ["text"], {"said": SAID, "failed": FAILED}, BEAM)
    assert (len(found["said"]), found["failed"]) == (1, [])


def test_long_answers_are_looked_up_few_at_a_time_and_only_in_the_columns_that_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_TRIED_ROWS", 4)
    monkeypatch.setattr(reading, "_MOST_BYTES", 5_000)
    asked = [ask(TOY, f"q{i}") for i in range(60)]
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    subjects = [f"s{i // 2:02}" for i in range(60)]
    folder.write([request_rows(asked, subjects, [i % 2 for i in range(60)])])
    store.append([completion(r, f"{i}" * 500) for i, r in enumerate(asked)])
    answered = answer(folder, model=TOY, store=store, beam=BEAM, stored_only=True)
    looked_up: list[tuple[int, list[str]]] = []
    table_of = CompletionStore.table

    def noting(self: CompletionStore, ids: pa.ChunkedArray, columns: Sequence[str]) -> pa.Table:
        looked_up.append((len(ids), list(columns)))
        return table_of(self, ids, columns)

    monkeypatch.setattr(CompletionStore, "table", noting)
    found = read(answered, by_subject, ["text"], {"said": SAID}, BEAM)
    assert {tuple(columns) for _, columns in looked_up} == {("request_id", "text")}
    tried, *wanted = (n for n, _ in looked_up)
    assert (tried, max(wanted), sum(wanted)) == (4, 8, 60)
    said = table(found["said"]).sort_by("subject")["texts"].to_pylist()
    assert said == [[f"{i}" * 500, f"{i + 1}" * 500] for i in range(0, 60, 2)]
