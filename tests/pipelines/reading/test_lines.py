import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winnow.pipelines.reading.elsewhere import batches
from winnow.pipelines.reading.rows import read_rows
from winnow.pipelines.reading.settings import PromptSource
from winnow.pipelines.reading.usage import Usage

ROWS = [
    {"prompt": "x" * 300, "responses": [{"text": "y" * 300}, {"text": "z" * 300}]}
    for _ in range(12)
]


def write(path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif path.suffix == ".csv":
        path.write_text("prompt\n" + "".join("x" * 900 + "\n" for _ in ROWS))
    else:
        path.write_text(
            "\n".join(map(json.dumps, ROWS)) if path.suffix == ".jsonl" else json.dumps(ROWS)
        )


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet", "a.csv"])
def test_long_texts_make_a_batch_of_few_rows_in_every_format(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_CHARACTERS", 2000)
    write(tmp_path / name)
    source = PromptSource(path=tmp_path / name)
    sizes = [len(batch) for batch in batches.in_batches(read_rows(source, name, Usage()))]
    assert sizes == [3, 3, 3, 3]
