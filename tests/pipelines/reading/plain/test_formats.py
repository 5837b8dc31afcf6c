import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipelines.reading.plain.both_ways import same_both_ways
from winnow.pipelines.reading import read_comparisons

FLAT = [
    {
        "item_id": f"item {i}",
        "id": i,
        "prompt": f"what is {i}?",
        "response_a": f"{i} is “odd”,\nand a number",
        "response_b": f'"{i}"',
        "model_a": "m1",
        "verdict": "ab"[i % 2],
        "strength": i % 3 + 1 if i % 2 else None,
        "probability": 0.25,
        "annotator": "ann" if i % 7 else "bob",
        "created_at": "2026-01-02T03:04:05Z",
        "other": None if i % 5 else "a note",
    }
    for i in range(120)
]
ODD = [
    {**FLAT[3], "item_id": "again"},
    {**FLAT[4], "item_id": "item 5"},
    {**FLAT[5], "item_id": "empty", "response_a": None},
    {**FLAT[6], "item_id": "turns", "prompt": '[{"role": "user", "content": "hm?"}]'},
]
ROWS = [*FLAT[:60], *ODD, *FLAT[60:]]


def write_delimited(path: Path, delimiter: str) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(FLAT[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(ROWS)


def write(path: Path) -> None:
    match path.name.partition(".")[2]:
        case "csv":
            write_delimited(path, ",")
        case "tsv":
            write_delimited(path, "\t")
        case "parquet":
            pq.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=50)
        case "json":
            path.write_text(json.dumps(ROWS))
        case "jsonl.gz":
            path.write_bytes(gzip.compress("\n".join(map(json.dumps, ROWS)).encode()))
        case _:
            from datasets import Dataset

            Dataset.from_list(ROWS).save_to_disk(str(path))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.parquet", "a.json", "a.jsonl.gz", "saved"])
def test_rows_of_every_format_are_read_together_as_one_by_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    write(path)
    n_alone = 0
    take_one = read_comparisons._take_comparison

    def counted(*args: Any, **named: Any) -> None:
        nonlocal n_alone
        n_alone += 1
        take_one(*args, **named)

    monkeypatch.setattr(read_comparisons, "_take_comparison", counted)
    found = same_both_ways({"comparisons": {"path": path, "max_malformed": 1}})
    assert found["comparisons"].num_rows == 121
    assert found["rejects"].num_rows == 4
    assert n_alone <= len(ROWS) + 30  # one reading takes all of them one by one
