from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pyarrow as pa
import pytest

from tests.pipelines.inference.asking import ask
from tests.pipelines.toy import TOY
from winnow.pipelines.asking import shards
from winnow.pipelines.asking.shards import (
    RequestFolder,
    own_ids,
    request_rows,
    requests_in,
    slices,
    whole,
)
from winnow.pipelines.inference.requests import ChatRequest
from winnow.warehouse.places.placed_file import PlacedFile


def written(root: Path, requests: Sequence[ChatRequest], subjects: Sequence[str]) -> RequestFolder:
    folder = RequestFolder(root)
    rows = request_rows(requests, subjects, list(range(len(requests))))
    folder.write(rows.slice(i, 1) for i in range(len(rows)))
    return folder


def column(shard: PlacedFile, name: str) -> list[str]:
    values: list[str] = shard.read([name])[name].to_pylist()
    return values


def test_requests_with_a_common_beginning_stand_next_to_each_other(tmp_path: Path) -> None:
    texts = ["rubric b: 1", "rubric a: 2", "rubric b: 3", "rubric a: 1"]
    asked = [ask(TOY, text) for text in texts]
    (shard,) = written(tmp_path, asked, "abcd").shards()
    ids = {r.request_id for r in asked}
    read = [r.messages[0].content for r in requests_in(whole(shard), ids)]
    assert read == ["rubric a: 1", "rubric a: 2", "rubric b: 1", "rubric b: 3"]


def test_tools_are_read_ahead_of_turns_so_those_with_the_same_stand_together(
    tmp_path: Path,
) -> None:
    kinds = [("1", '[{"b":1}]'), ("2", '[{"a":1}]'), ("3", '[{"b":1}]'), ("4", None)]
    asked = [ask(TOY, text, tools=tools) for text, tools in kinds]
    (shard,) = written(tmp_path, asked, "abcd").shards()
    read = [r.messages[0].content for r in requests_in(whole(shard), {r.request_id for r in asked})]
    assert read == ["4", "2", "1", "3"]


def test_the_requests_of_a_subject_stand_in_one_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "_MOST_ROWS", 4)
    asked = [ask(TOY, f"q{i}") for i in range(10)]
    folder = written(tmp_path, asked, "aaabbbcccc")
    subjects = [sorted(column(shard, "subject")) for shard in folder.shards()]
    assert subjects == [["a"] * 3, ["b"] * 3, ["c"] * 4]


def test_long_requests_make_shards_of_fewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "_MOST_BYTES", 5_000)
    folder = written(tmp_path, [ask(TOY, f"{i}" * 1_000) for i in range(9)], "abcdefghi")
    assert len(folder.shards()) == 3
    assert sum(shard.metadata().num_rows for shard in folder.shards()) == 9


def test_writing_a_part_again_replaces_its_shards_and_no_others(tmp_path: Path) -> None:
    folder = RequestFolder(tmp_path)
    for part, text in (("0", "old"), ("1", "other"), ("0", "new")):
        folder.write([request_rows([ask(TOY, text)])], part)
    ids = [i for shard in folder.shards() for i in column(shard, "request_id")]
    assert ids == [ask(TOY, "new").request_id, ask(TOY, "other").request_id]


def test_shards_stay_readable_while_their_part_is_written_again(tmp_path: Path) -> None:
    folder = RequestFolder(tmp_path)
    rows = [request_rows([ask(TOY, text)]) for text in ("a", "b")]
    folder.write(rows)
    folder.write(rows[:1], "all-again")
    before = folder.shards()

    def looking() -> Iterator[pa.Table]:
        assert folder.shards() == before
        yield rows[0]
        assert folder.shards() == before

    folder.write(looking())
    assert folder.shards() == before
    folder.write([])
    assert [shard.name for shard in folder.shards()] == ["all-again-000000.parquet"]


def test_a_request_that_stands_several_times_belongs_to_the_first_slice_that_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ROW_GROUP", 2)
    folder = RequestFolder(tmp_path)
    one, two, three = (ask(TOY, text) for text in "123")
    folder.write([request_rows([one, one, one, two], "abcd")], "0")
    folder.write([request_rows([three, two], "ef")], "1")
    repeated = folder.repeated()
    parts = [part for shard in folder.shards() for part in slices(shard, 1)]
    assert [own_ids(part, repeated).to_pylist() for part in parts] == [
        [one.request_id],
        [two.request_id],
        [three.request_id],
    ]


def test_of_the_requests_that_stand_several_times_a_slice_looks_at_its_own_alone(
    tmp_path: Path,
) -> None:
    class LookedUp(dict[str, tuple[str, int]]):
        def items(self) -> NoReturn:
            raise AssertionError("all were gone through")

    folder = RequestFolder(tmp_path)
    one, two = (ask(TOY, text) for text in "12")
    folder.write([request_rows([one, one, two], "abc")])
    (shard,) = folder.shards()
    ids = own_ids(whole(shard), LookedUp(folder.repeated())).to_pylist()
    assert sorted(ids) == sorted([one.request_id, two.request_id])


def test_no_requests_are_no_shards(tmp_path: Path) -> None:
    folder = RequestFolder(tmp_path)
    folder.write([request_rows([])])
    assert (folder.shards(), folder.repeated()) == ([], {})


@pytest.mark.parametrize(("n", "n_slices"), [(1, 1), (40, 2), (98, 4), (600, 16)])
def test_few_requests_are_cut_so_that_each_of_several_workers_has_some(
    tmp_path: Path, n: int, n_slices: int
) -> None:
    folder = RequestFolder(tmp_path)
    asked = [ask(TOY, f"q{i}") for i in range(n)]
    folder.write([request_rows(asked)])
    (shard,) = folder.shards()
    parts = slices(shard, 1)
    assert len(parts) == n_slices
    found = [r for part in parts for r in own_ids(part, {}).to_pylist()]
    assert sorted(found) == sorted(r.request_id for r in asked)
