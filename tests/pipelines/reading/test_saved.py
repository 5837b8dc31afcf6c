"""A saved data set that is broken says in a line what is wrong with it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict

from winnow.pipelines.reading.rows import read_rows
from winnow.pipelines.reading.settings import PromptSource
from winnow.schemas.errors import MalformedInput


def rows(path: Path, split: str | None = None) -> list[object]:
    return [row.data for row in read_rows(PromptSource(path=path, split=split), path.name)]


def cut(path: Path) -> None:
    data = next(path.glob("*.arrow"))
    data.write_bytes(data.read_bytes()[:200])


def of_a_newer_version(path: Path) -> None:
    info = json.loads((path / "dataset_info.json").read_text())
    info["features"]["prompt"] = {"_type": "Vector3"}
    (path / "dataset_info.json").write_text(json.dumps(info))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no state": (lambda p: (p / "state.json").unlink(), "saved is not all there: state.json is missing"),
    "no data": (lambda p: next(p.glob("*.arrow")).unlink(), r"data-00000-of-00001\.arrow is missing"),
    "cut off": (cut, "saved cannot be read: "),
    "no JSON": (lambda p: (p / "state.json").write_text("{"), "saved cannot be read: "),
    "empty state": (lambda p: (p / "state.json").write_text("{}"), "saved cannot be read: "),
    "newer": (of_a_newer_version, "saved cannot be read: .*'Vector3' not found"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_told_in_a_line_with_the_way_out(tmp_path: Path, what: str) -> None:
    Dataset.from_list([{"prompt": f"Why {i}?"} for i in range(6)]).save_to_disk(tmp_path / "saved")
    assert len(rows(tmp_path / "saved")) == 6
    spoil, said = BROKEN[what]
    spoil(tmp_path / "saved")
    with pytest.raises(MalformedInput, match=said) as caught:
        rows(tmp_path / "saved")
    assert len(str(caught.value).splitlines()) == 1
    assert "write it again with save_to_disk" in str(caught.value)


def test_filtered_and_split_data_sets_are_read_as_they_are(tmp_path: Path) -> None:
    whole = Dataset.from_list([{"prompt": f"Why {i}?"} for i in range(6)])
    whole.filter(lambda row: row["prompt"] != "Why 2?").save_to_disk(tmp_path / "filtered")
    DatasetDict(train=whole, test=whole.select([0])).save_to_disk(tmp_path / "split")
    assert len(rows(tmp_path / "filtered")) == 5
    assert len(rows(tmp_path / "split", "test")) == 1
    (tmp_path / "split" / "test" / "state.json").unlink()
    with pytest.raises(MalformedInput, match=r"test/state\.json is missing"):
        rows(tmp_path / "split", "train")
