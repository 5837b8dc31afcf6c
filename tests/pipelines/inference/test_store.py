import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from unittest.mock import Mock
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winnow.pipelines.inference import segment_files, segment_merging, segments, writer
from winnow.pipelines.inference.journal import Journal
from winnow.pipelines.inference.requests import Completion, Failure
from winnow.pipelines.inference.segment_merging import merge_segments
from winnow.pipelines.inference.segments import Segments
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.writer import StoreWriter
from winnow.schemas.errors import MalformedInput, StorageFull
from winnow.schemas.token_logprobs import TokenChoice, TokenLogprob
from winnow.warehouse.places.at import place_at
from winnow.warehouse.places.folder import Folder
from winnow.warehouse.settings import S3Settings

WRITER = """
import sys
from pathlib import Path
from winnow.pipelines.inference.requests import Completion
from winnow.pipelines.inference.store import CompletionStore
store = CompletionStore(Path(sys.argv[1]))
for i in range(100_000):
    batch = [Completion(request_id=f"{i}-{k}", model="m", text="x" * 5000, finish_reason="stop",
                        n_prompt_tokens=1, n_tokens=1) for k in range(20)]
    store.append(batch)
    print(i, flush=True)
"""

HOLDER = """
import sys
from pathlib import Path
from winnow.pipelines.inference.requests import Completion
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.writer import StoreWriter
with StoreWriter(CompletionStore(Path(sys.argv[1]))) as writer:
    for i in range(100_000):
        writer.add(Completion(request_id=str(i), model="m", text="x\\n" * 500, finish_reason="stop",
                              n_prompt_tokens=1, n_tokens=1))
        print(i, flush=True)
"""

FULL_WRITER = """
import resource, sys
from pathlib import Path
from winnow.pipelines.inference.requests import Completion
from winnow.pipelines.inference.store import CompletionStore
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
store = CompletionStore(Path(sys.argv[1]))
try:
    store.append([Completion(request_id="big", model="m", text="x", finish_reason="stop",
                             n_prompt_tokens=1, n_tokens=1)])
except Exception as error:
    print(type(error).__name__, error)
"""


def completion(request_id: str, text: str = "grain") -> Completion:
    return Completion(
        request_id=request_id,
        model="m",
        text=text,
        finish_reason="stop",
        n_prompt_tokens=3,
        n_tokens=2,
    )


def files(store: CompletionStore) -> list[Path]:
    assert store.place.folder is not None
    return [store.place.folder / s.name for s in segment_files.list_segments(store.place)]


def written(record: Completion) -> bytes:
    return record.model_dump_json().encode()


def run(code: str, root: Path | str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, str(root)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_a_completion_comes_back_whole(tmp_path: Path) -> None:
    whole = completion("a").model_copy(
        update={
            "text": "first\n\x00\u2028🌾",
            "logprob": -1.5,
            "token_logprobs": (
                TokenLogprob(token="f", logprob=-1.5, top=(TokenChoice(token="g", logprob=-0.25),)),
            ),
        }
    )
    store = CompletionStore(tmp_path)
    store.append([whole])
    assert store.get(["a", "b"]) == {"a": whole}


def test_answers_of_an_older_store_lie_beside_those_with_something_unknown(tmp_path: Path) -> None:
    class OlderToken(TokenLogprob):
        logprob: float

    class OlderCompletion(Completion):
        finish_reason: Literal["stop", "length", "tool_calls", "scored"]
        n_prompt_tokens: int
        n_tokens: int
        token_logprobs: tuple[OlderToken, ...] = ()

    del OlderCompletion.model_fields["n_cached_tokens"]
    assert "n_cached_tokens" not in OlderCompletion.arrow_schema().names
    old = completion("a").model_copy(
        update={"token_logprobs": (TokenLogprob(token="f", logprob=-1.5),)}
    )
    unknown = {"finish_reason": None, "n_prompt_tokens": None, "n_tokens": None}
    tokens = (TokenLogprob(token="f", logprob=None),)
    new = completion("b").model_copy(update={**unknown, "token_logprobs": tokens})
    Segments(Folder(tmp_path), OlderCompletion).append(
        [OlderCompletion.model_validate(old.model_dump())]
    )
    store = CompletionStore(tmp_path)
    store.append([new])
    assert store.get(["a", "b"]) == {"a": old, "b": new}
    store.completions.compact(at_least=2)
    assert store.get(["a", "b"]) == {"a": old, "b": new}


def test_an_empty_store_holds_nothing(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path / "not yet there")
    assert store.get(["a"]) == {}
    assert store.completions.known(["a"]) == set()
    store.compact()


def test_duckdb_reads_the_store_as_it_lies(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path / "completions")
    store.append([completion("a"), completion("b")])
    store.append([completion("c")])
    pattern = tmp_path / "completions" / "*.parquet"
    rows = duckdb.sql(f"select request_id, n_tokens from read_parquet('{pattern}') order by all")
    assert rows.fetchall() == [("a", 2), ("b", 2), ("c", 2)]


def test_of_two_answers_to_one_request_the_first_counts_before_and_after_compaction(
    tmp_path: Path,
) -> None:
    store = CompletionStore(tmp_path)
    store.append([completion("a", "first")])
    store.append([completion("a", "second"), completion("b")])
    before = store.get(["a", "b"])
    store.completions.compact(at_least=2)
    assert before["a"].text == "first"
    assert store.get(["a", "b"]) == before
    assert len(files(store)) == 1


def test_columns_are_read_of_each_request_once_of_several_answers_the_first(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path)
    store.append([completion("a", "first"), completion("c")])
    store.append([completion("a", "second"), completion("b")])
    wanted = pa.chunked_array([["a", "b"], ["a", "not there"]])
    rows = store.table(wanted, ["text", "request_id"])
    assert rows.column_names == ["text", "request_id"]
    assert sorted(rows.to_pylist(), key=lambda row: row["request_id"]) == [
        {"text": "first", "request_id": "a"},
        {"text": "grain", "request_id": "b"},
    ]
    assert store.table(wanted, ["n_tokens"]).to_pydict() == {"n_tokens": [2, 2]}
    assert store.known(["a", "b", "not there"]) == {"a", "b"}


def test_columns_of_a_store_that_is_not_there_have_no_rows(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path / "not yet there")
    rows = store.table(pa.array(["a"]), ["text", "token_logprobs"])
    assert (rows.num_rows, rows.schema.field("text").type) == (0, pa.string())
    assert store.table(pa.array([], pa.string()), ["text"]).num_rows == 0


def test_rows_left_twice_by_a_killed_compaction_are_read_once(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path)
    store.append([completion("a")])
    (segment,) = files(store)
    (tmp_path / f"{segment.name[:20]}-copy.parquet").write_bytes(segment.read_bytes())
    assert len(files(store)) == 2
    assert store.get(["a"]) == {"a": completion("a")}


def test_compaction_steps_aside_while_another_process_compacts(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path)
    for request_id in "abc":
        store.append([completion(request_id)])
    with store.completions.place.alone(".lock") as lock:
        assert lock.is_held
        store.completions.compact(at_least=2)
    assert len(files(store)) == 3


def test_what_a_killed_writer_left_behind_is_ignored_and_cleared_away_later(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path)
    store.append([completion("a")])
    new, old = tmp_path / ".1-new.tmp", tmp_path / ".1-old.tmp"
    for draft in (new, old):
        draft.write_bytes(b"PAR1 half a segm")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    store.compact()
    assert store.get(["a"]) == {"a": completion("a")}
    assert (new.exists(), old.exists()) == (True, False)


def test_a_merge_that_is_killed_leaves_each_answer_and_the_next_one_leaves_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CompletionStore(tmp_path)
    for request_id in "abca":
        store.append([completion(request_id, f"text of {request_id}")])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    whole = store.get("abc")
    for write in ("write", "remove"):
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(Folder, write, killed_after(2, getattr(Folder, write), killed))
            store.completions.compact(at_least=4)
        assert store.get("abc") == whole
    store.completions.compact(at_least=4)
    (segment,) = files(store)
    assert pq.read_table(segment)["request_id"].to_pylist() == ["a", "b", "c"]
    assert store.get("abc") == whole


@pytest.mark.parametrize("knows", [True, False], ids=["knows", "does not know"])
def test_a_merge_whose_lock_another_process_took_over_removes_nothing_of_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knows: bool
) -> None:
    store = CompletionStore(tmp_path)
    for request_id in "ab":
        store.append([completion(request_id)])
    write, intent = Folder.write, tmp_path / ".merging"
    theirs = json.dumps({"into": "theirs.parquet", "merged": [p.name for p in tmp_path.iterdir()]})
    lock = Mock(is_held=True)

    def written_late(place: Folder, name: str, *args: Any, **options: Any) -> None:
        write(place, name, *args, **options)
        if name.endswith(".parquet"):
            write(place, "theirs.parquet", *args)
            intent.write_text(theirs)
            lock.is_held = not knows

    monkeypatch.setattr(Folder, "write", written_late)
    merge_segments(store.place, Completion, 2, lock)
    assert intent.read_text() == theirs
    assert set(json.loads(theirs)["merged"]) < {p.name for p in tmp_path.iterdir()}
    assert store.get("ab") == {i: completion(i) for i in "ab"}


def killed_after(n: int, act: Any, killed: Any) -> Any:
    """Act n times, then be killed before the next."""
    n_left = [n]

    def acting(*args: Any) -> Any:
        n_left[0] -= 1
        return act(*args) if n_left[0] >= 0 else killed()

    return acting


def test_a_growing_store_stays_a_few_files_and_holds_each_answer_once_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_merging, "_LEVELS", (6_000, 8_000, 12_000))
    store = CompletionStore(tmp_path)
    most = 0
    for i in range(200):
        store.append(
            [completion(f"{i}-{k}", f"{i:0>99}") for k in range(5)] + [completion("0-0", "late")]
        )
        store.completions.compact(at_least=4)
        most = max(most, len(files(store)))
    wanted = [f"{i}-{k}" for i in range(200) for k in range(5)]
    assert most < 30
    assert store.known([*wanted, "none"]) == set(wanted)
    assert {i: c.text for i, c in store.get(wanted).items()} == {
        i: f"{i.split('-')[0]:0>99}" for i in wanted
    }
    rows = [i for file in files(store) for i in pq.read_table(file)["request_id"].to_pylist()]
    assert [i for i in rows if i != "0-0"] == wanted[1:]


def test_what_a_large_segment_holds_is_told_without_reading_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CompletionStore(tmp_path)
    ids = [sha256(bytes([i])).hexdigest() for i in range(200)]
    store.append([completion(i) for i in ids])
    monkeypatch.setattr(segment_merging, "_INDEXED", 0)
    store.compact()  # a large segment of an older store gains its index as well

    def read(*_: object) -> None:
        raise AssertionError("it was read")

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "open", read)
        assert store.known([*ids[50:], "f" * 64]) == set(ids[50:])
    (wanted,) = store.table(pa.array(ids[7:8]), ["request_id", "text"]).to_pylist()
    assert wanted == {"request_id": ids[7], "text": "grain"}
    (segment,) = files(store)
    segment.unlink()
    assert store.known(ids) == set()


def test_a_long_job_leaves_few_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_MOST_HELD_BYTES", 1)
    store = CompletionStore(tmp_path)
    with StoreWriter(store) as adding:
        for i in range(100):
            adding.add(completion(str(i)))
            # 15 may be too few to merge as the last merge looks, 16 come until the next, 16 more while that goes on.
            assert len(files(store)) <= 15 + 16 + 16 + 3
    assert store.known(map(str, range(100))) == set(map(str, range(100)))


def test_certain_failures_are_kept_and_others_are_tried_again(tmp_path: Path) -> None:
    certain = Failure(request_id="a", reason="prompt_too_long", detail="4097 tokens")
    chance = Failure(request_id="b", reason="engine_error", detail="status 500")
    store = CompletionStore(tmp_path)
    store.append([certain, chance])
    assert store.failures.get(["a", "b"]) == {"a": certain}
    assert files(store) == []


def test_a_broken_segment_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "1-broken.parquet").write_bytes(b"no parquet")
    with pytest.raises(MalformedInput, match=r"1-broken\.parquet.*delete that file"):
        CompletionStore(tmp_path).get(["a"])


def test_no_space_left_says_what_to_do(tmp_path: Path) -> None:
    output, _ = run(FULL_WRITER, tmp_path).communicate(timeout=60)
    assert output.startswith(f"StorageFull no space left while writing {tmp_path}/")
    assert "File too large; free some" in output
    assert list(tmp_path.glob(".*.tmp")) == []


def test_no_stage_is_tried_again_while_each_answer_would_be_paid_for_and_lost() -> None:
    from winnow.schemas.errors import TransientError

    assert not issubclass(StorageFull, TransientError)


def test_a_killed_writer_loses_at_most_the_segment_in_flight(tmp_path: Path) -> None:
    for attempt in range(3):
        root = tmp_path / str(attempt)
        writer = run(WRITER, root)
        assert writer.stdout is not None
        reported = [writer.stdout.readline() for _ in range(15)]
        writer.send_signal(signal.SIGKILL)
        reported += writer.stdout.readlines()
        writer.wait()
        complete = [line for line in reported if line.endswith("\n")]
        wanted = [f"{int(line)}-{k}" for line in complete for k in range(20)]
        assert CompletionStore(root).completions.known(wanted) == set(wanted)


def test_a_killed_writer_loses_no_answer_that_it_held_back(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path)
    holder = run(HOLDER, tmp_path)
    assert holder.stdout is not None
    reported = [holder.stdout.readline() for _ in range(40)]
    store.recover()
    assert len(list(tmp_path.glob(".*.journal"))) == 1  # it lives, so its journal is its own
    holder.send_signal(signal.SIGKILL)
    reported += holder.stdout.readlines()
    holder.wait()
    wanted = [line.strip() for line in reported if line.endswith("\n")]
    assert store.completions.known(wanted) != set(wanted)
    store.recover()
    assert store.completions.known(wanted) == set(wanted)
    assert list(tmp_path.glob(".*.journal")) == []


def test_a_line_that_a_kill_has_cut_costs_only_the_answer_in_it(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path)
    with Journal(tmp_path) as journal:
        journal.add(written(completion("a", "first\r\u2028")))
        journal.add(written(completion("b")))
    (path,) = tmp_path.glob(".*.journal")
    path.write_bytes(path.read_bytes()[:-20])
    store.recover()
    assert store.get(["a", "b"]) == {"a": completion("a", "first\r\u2028")}


def test_a_journal_whose_name_its_last_holder_removes_just_before_it_is_locked_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CompletionStore(tmp_path)
    with Journal(tmp_path) as journal:
        journal.add(written(completion("a")))
    (path,) = tmp_path.glob(".*.journal")
    lock = fcntl.flock

    def removed_and_locked(file: Any, kind: int) -> None:
        path.unlink(missing_ok=True)
        lock(file, kind)

    monkeypatch.setattr(fcntl, "flock", removed_and_locked)
    store.recover()
    assert store.get("a") == {"a": completion("a")}


def test_drafts_of_journals_are_cleared_away_where_nobody_merges(tmp_path: Path) -> None:
    new, old = tmp_path / ".1-new.tmp", tmp_path / ".1-old.tmp"
    for draft in (new, old):
        draft.touch()
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    CompletionStore(tmp_path).recover()
    assert (new.exists(), old.exists()) == (True, False)


def test_an_answer_for_which_the_journal_has_no_space_is_stored_where_the_end_has_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CompletionStore(tmp_path)
    monkeypatch.setattr(Journal, "add", Mock(side_effect=StorageFull("no space left")))
    with pytest.raises(StorageFull), StoreWriter(store) as writer:
        writer.add(completion("a"))
    assert list(store.get("a")) == ["a"]


def test_a_writer_that_ends_well_leaves_no_journal(tmp_path: Path) -> None:
    store = CompletionStore(tmp_path)
    with StoreWriter(store) as writer:
        writer.add(completion("a"))
    assert list(store.get("a")) == ["a"]
    assert [p for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_an_answer_that_was_stored_before_its_writer_was_killed_is_taken_in_once(
    tmp_path: Path,
) -> None:
    store = CompletionStore(tmp_path)
    with Journal(tmp_path) as journal:
        journal.add(written(completion("a")))
        journal.add(written(completion("b")))
        store.append([completion("a")])
    store.recover()
    assert [pq.read_metadata(file).num_rows for file in files(store)] == [1, 1]
    assert store.completions.known("ab") == {"a", "b"}


@pytest.mark.server
def test_a_store_in_an_object_store_keeps_the_same_promises(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_merging, "_INDEXED", 0)
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    store, other = CompletionStore(place), CompletionStore(place)
    assert store.get("a") == {}
    store.recover()
    for i in range(5):
        store.append([completion("a", f"text {i}"), completion(str(i))])
    with StoreWriter(other) as adding:
        adding.add(completion("b"))
    before = store.get("ab01234")
    store.completions.compact(at_least=4)
    assert [entry.name[-8:] for entry in place.entries() if entry.name[0] != "."][1:] == [
        ".parquet"
    ]
    assert other.get("ab01234") == before
    assert (before["a"].text, len(before)) == ("text 0", 7)
    assert other.known(["a", "4", "none"]) == {"a", "4"}


@pytest.mark.server
def test_another_process_reads_on_from_an_object_store(s3: S3Settings) -> None:
    address = f"s3://winnow/{uuid4().hex}"
    code = """
import sys
from winnow.pipelines.inference.requests import Completion
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.writer import StoreWriter
from winnow.warehouse.places.at import place_at
from winnow.warehouse.settings import S3Settings
address, s3 = sys.argv[1].split(" ", 1)
with StoreWriter(CompletionStore(place_at(address, S3Settings.model_validate_json(s3)))) as writer:
    for i in range(200):
        writer.add(Completion(request_id=str(i), model="m", finish_reason="stop", n_prompt_tokens=1, n_tokens=1))
"""
    assert run(code, f"{address} {s3.model_dump_json()}").wait() == 0
    store = CompletionStore(place_at(address, s3))
    assert store.known(map(str, range(300))) == set(map(str, range(200)))


@pytest.mark.server
def test_a_reader_of_an_object_store_goes_on_when_a_segment_was_merged_since_it_was_listed(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CompletionStore(place_at(f"s3://winnow/{uuid4().hex}", s3))
    for request_id in "ab":
        store.append([completion(request_id)])
    listed = iter([segment_files.list_segments(store.place)])
    store.completions.compact(at_least=2)
    monkeypatch.setattr(
        segments, "list_segments", lambda place: next(listed, segment_files.list_segments(place))
    )
    assert set(store.get("ab")) == {"a", "b"}


def test_a_batch_that_could_not_be_stored_beside_the_work_is_stored_where_the_end_has_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_MOST_HELD_BYTES", 1)
    store = CompletionStore(tmp_path)
    full = Mock(side_effect=StorageFull("no space left"))
    with (
        pytest.raises(StorageFull),
        StoreWriter(store, "a server") as adding,
        monkeypatch.context() as broken,
    ):
        broken.setattr(Segments, "append", full)
        adding.add(completion("a"))
        adding.add(completion("b"))
    found = store.get("ab")
    assert [found[i].server for i in "ab"] == ["a server", "a server"]
    assert [p for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_answers_come_in_while_those_before_are_on_their_way_into_an_object_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, taken, append = threading.Event(), threading.Event(), Segments.append
    were_taken = []

    def append_slowly(segments: Segments[Completion], records: pa.Table) -> None:
        begun.set()
        were_taken.append(taken.wait(10))
        append(segments, records)

    monkeypatch.setattr(Segments, "append", append_slowly)
    monkeypatch.setattr(Folder, "folder", None)  # as of an object store
    monkeypatch.setattr(writer, "_LONGEST_UNWRITTEN_S", 0.01)
    store = CompletionStore(tmp_path)
    with StoreWriter(store) as adding:
        adding.add(completion("a"))
        assert begun.wait(10)
        adding.add(completion("b"))
        taken.set()
    assert all(were_taken)
    assert store.known("ab") == {"a", "b"}
