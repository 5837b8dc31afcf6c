"""Large files are read in ranges by other processes; what comes out is what one process makes of the file."""

import json
import os
import pickle
import re
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import pytest

from tests.pipelines.reading.conftest import write_lines
from tests.pipelines.reading.plain.both_ways import outcome, same_both_ways
from tests.pipelines.reading.plain.test_comparisons import chat_row, plain_row
from winnow.pipelines.reading import Inputs, read_comparisons, read_inputs
from winnow.pipelines.reading.elsewhere import batches, ranges
from winnow.pipelines.reading.elsewhere.answers import ReadElsewhere, answer_of
from winnow.pipelines.reading.elsewhere.ranges import Range, ranges_of
from winnow.pipelines.reading.elsewhere.team import Team
from winnow.pipelines.reading.formats.jsonl import numbered_lines
from winnow.schemas.errors import MalformedInput, ProcessLost
from winnow.warehouse.staging import Staging

N_BYTES = 2000
"""Bytes of a range here: a few rows."""


class TeamOfNone(Team):
    """Reads every range in this process, by way of the same pickles."""

    n_read = 0

    def __init__(self, reader: Any, n_members: int) -> None:
        self._members = []
        self._reader = pickle.dumps(reader)

    def read(self, ranges: Iterable[Range]) -> Iterator[tuple[Range, ReadElsewhere]]:
        reader = pickle.loads(self._reader)
        for of in ranges:
            TeamOfNone.n_read += 1
            yield of, pickle.loads(answer_of(reader, of))


@contextmanager
def many_ranges(team: type[Team], n_bytes: int = N_BYTES) -> Iterator[None]:
    """Have every file read by a team, in small ranges."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "_LEAST_BYTES", 0)
        patch.setattr(batches, "_FIRST_ROWS", 2)
        patch.setattr(batches, "_ROWS", 7)
        patch.setattr(batches, "n_processors", lambda: 2)
        patch.setattr(batches, "Team", team)
        patch.setattr(ranges, "_BYTES", n_bytes)
        yield


def same_in_ranges(
    settings: dict[str, Any], team: type[Team] = TeamOfNone, n_bytes: int = N_BYTES
) -> dict[str, Any]:
    """Read inputs in one process and by a team; gives what comes out of both."""
    wanted = outcome(settings)
    with many_ranges(team, n_bytes):
        found = outcome(settings)
    assert found.keys() == wanted.keys()
    for name, value in found.items():
        if isinstance(value, pa.Table):
            assert value.schema.equals(wanted[name].schema, check_metadata=True)
            assert value.to_pylist() == wanted[name].to_pylist(), name
        else:
            assert value == wanted[name], name
    return found


def mixed_lines() -> list[Any]:
    """Return lines of which some cannot be used, some say again what another range says, and some show something new."""
    rows: list[Any] = [plain_row(i) for i in range(120)]
    rows[30] = {
        **plain_row(3),
        "item_id": "item 30",
    }  # compares the same as a row of the first range
    rows[40] = {**plain_row(40), "prompt": "what is 4?"}  # asks what was asked before
    rows[45] = {**plain_row(45), "item_id": "item 7"}  # an item_id of an earlier range
    rows[50] = "{broken"
    rows[51] = ""
    rows[52] = "\u00a0"
    rows[53] = b'{"prompt": "\xff"}'
    rows[60] = {**plain_row(60), "response_a": "x" * 5 * N_BYTES}
    rows[70] = {**plain_row(70), "response_b": "zero\u200bwidth"}
    rows[75] = {**plain_row(75), "response_b": "ended "}
    rows[80] = {**plain_row(80), "judgments": [{"annotator": "ann", "verdict": "left"}]}
    rows[85] = {**plain_row(85), "judgments": [{"annotator": "ann"}]}
    rows[90] = {**plain_row(90), "more": "something new"}
    rows[95] = {**plain_row(95), "note": 0.12345678901234567}
    rows[100] = {**plain_row(100), "response_a": plain_row(20)["response_a"]}
    rows[110] = {**plain_row(110), "response_b": "110 is\n\na number"}  # both say the same
    return rows


def settings_of(path: Path, **more: Any) -> dict[str, Any]:
    return {"comparisons": {"path": path, "max_malformed": 1, "verdicts": {"left": "a"}, **more}}


def test_ranges_are_all_of_a_file_and_end_where_lines_do(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    path.write_bytes(path.read_bytes() + b'{"prompt": "without an end"}')
    with many_ranges(TeamOfNone):
        found = list(ranges_of(path, "a.jsonl"))
        lines = [line for of in found for line in of.lines()]
    assert len(found) > 10
    assert max(of.n_bytes for of in found) > 5 * N_BYTES
    assert sum(of.n_bytes for of in found) == path.stat().st_size
    with path.open("rb") as file:
        assert lines == list(numbered_lines(file, "a.jsonl"))


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "replaced": replace,
    "shortened": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "grown": lambda path: path.open("ab").write(b"{}\n"),
    "written over": lambda path: path.write_bytes(path.read_bytes()),
    "deleted": Path.unlink,
}
CHANGED = r"^a.jsonl was changed while it was read; give the same command again$"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_ranges_of_a_file_that_was_changed_since_it_was_cut_are_not_read(
    change: Callable[[Path], object], tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    with many_ranges(TeamOfNone):
        first, *_, last = ranges_of(path, "a.jsonl")
    change(path)
    for of in (first, last):
        with pytest.raises(MalformedInput, match=CHANGED):
            of.lines()


@pytest.mark.parametrize("kind", ["shortened", "emptied", "grown", "written over"])
def test_a_file_that_is_changed_while_it_is_cut_is_not_read(kind: str, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    with many_ranges(TeamOfNone), pytest.raises(MalformedInput, match=CHANGED):
        found = ranges_of(path, "a.jsonl")
        next(found)
        CHANGES[kind](path)
        list(found)


def test_rows_that_ranges_hold_are_the_same_with_the_same_places_and_rejects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    monkeypatch.setattr(TeamOfNone, "n_read", 0)
    found = same_in_ranges(settings_of(path, keep=["note"]))
    assert TeamOfNone.n_read > 10
    assert found["rejects"].num_rows >= 5
    same_in_ranges(settings_of(path), n_bytes=1)


def test_rows_of_ranges_are_read_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(plain_row(i) for i in range(300)))
    take_one, n_alone = read_comparisons._take_comparison, 0

    def counted(*args: Any, **named: Any) -> None:
        nonlocal n_alone
        n_alone += 1
        take_one(*args, **named)

    monkeypatch.setattr(read_comparisons, "_take_comparison", counted)
    with many_ranges(TeamOfNone):
        assert outcome(settings_of(path, verdicts={}))["comparisons"].num_rows == 300
    assert n_alone < 10


def test_prompts_in_ranges_are_those_read_one_by_one(tmp_path: Path) -> None:
    rows: list[Any] = [
        {"id": f"p{i}", "prompt": f"what is {i}?", "responses": [f"{i}", {"text": f"{i}!"}]}
        for i in range(100)
    ]
    rows[60] = {"prompt": "what is 3?", "responses": ["another", "3"]}
    rows[70] = {"prompt": 7}
    path = write_lines(tmp_path / "a.jsonl", tuple(rows))
    found = same_in_ranges({"prompts": {"path": path}})
    assert found["prompts"].num_rows == 98


def test_a_folder_of_files_is_read_in_ranges_with_the_places_of_each(tmp_path: Path) -> None:
    for part in range(3):
        write_lines(tmp_path / f"{part}.jsonl", tuple(plain_row(50 * part + i) for i in range(50)))
    found = same_in_ranges(settings_of(tmp_path, verdicts={}))
    assert found["comparisons"]["source"][-1].as_py() == f"{tmp_path.name}/2.jsonl:50"


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv", "marked.jsonl"])
def test_files_that_cannot_be_cut_are_read_by_one_process(name: str, tmp_path: Path) -> None:
    import gzip

    path, rows = tmp_path / name, [plain_row(i) for i in range(40)]
    text = "\n".join(map(json.dumps, rows)).encode()
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text))
    elif name.endswith(".csv"):
        path.write_text("prompt,response_a,response_b\n" + "a,b,c\nd,e,f\n")
    else:
        path.write_bytes(b"\xef\xbb\xbf" + text)
    same_in_ranges({"comparisons": {"path": path}})


def test_a_team_of_processes_reads_what_one_process_reads(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    same_in_ranges(settings_of(path), team=Team)


class NoTeam(Team):
    """Is not to be started."""

    def __init__(self, reader: Any, n_members: int) -> None:
        raise AssertionError("a process was started")


def test_small_files_and_machines_of_one_processor_start_no_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    monkeypatch.setattr(batches, "Team", NoTeam)
    assert outcome(settings_of(path))["comparisons"].num_rows > 100
    monkeypatch.setattr(batches, "_LEAST_BYTES", 0)
    monkeypatch.setattr(batches, "n_processors", lambda: 1)
    assert outcome(settings_of(path))["comparisons"].num_rows > 100


def test_what_is_read_by_one_process_asks_for_no_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> int:
        raise AssertionError("processors were counted")

    monkeypatch.setattr(batches, "n_processors", asked)
    path = write_lines(tmp_path / "a.jsonl", tuple(plain_row(i) for i in range(10)))
    assert outcome(settings_of(path, verdicts={}))["comparisons"].num_rows == 10


@pytest.mark.parametrize("is_kept", [True, False], ids=["file", "file without a name"])
def test_files_that_the_shell_opened_are_read_whole(is_kept: bool, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(plain_row(i) for i in range(60)))
    settings = {"format": "jsonl", "verdicts": {}}
    wanted = outcome(settings_of(path, **settings))["comparisons"].drop("source")
    stdin = os.dup(0)
    with path.open("rb") as file, many_ranges(Team):
        os.dup2(file.fileno(), 0)
        if not is_kept:
            path.unlink()
        try:
            found = outcome(settings_of(Path("/dev/stdin"), **settings))
        finally:
            os.dup2(stdin, 0)
            os.close(stdin)
    assert found["comparisons"].drop("source") == wanted
    assert found["comparisons"]["source"][-1].as_py() == "stdin:60"


def test_a_file_of_a_folder_that_cannot_be_opened_is_named_with_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    write_lines(folder / "a.jsonl", (plain_row(0),))
    (folder / "b.jsonl").write_bytes(b"PAR1")
    with many_ranges(NoTeam):
        found = outcome(settings_of(folder))
    assert found["error"] == "rows/b.jsonl is a Parquet file; name it .parquet"


def test_rows_that_are_mostly_read_alone_are_read_by_one_process(tmp_path: Path) -> None:
    rows = [{**plain_row(i), "system": "be kind"} for i in range(40)]
    path = write_lines(tmp_path / "a.jsonl", tuple(rows))
    n_before = TeamOfNone.n_read
    same_in_ranges(settings_of(path, verdicts={}))
    assert TeamOfNone.n_read == n_before


class TeamOfAFileThatIsReplaced(Team):
    def read(self, ranges: Iterable[Range]) -> Iterator[tuple[Range, ReadElsewhere]]:
        for n, found in enumerate(super().read(ranges)):
            if n == 2:
                replace(found[0].path)
            yield found


def test_a_file_that_is_replaced_while_a_team_reads_it_leaves_nothing_staged(
    tmp_path: Path,
) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    with many_ranges(TeamOfAFileThatIsReplaced):
        found = outcome(settings_of(path))
    assert re.match(CHANGED, found["error"])


class TeamThatLosesOne(Team):
    def read(self, ranges: Iterable[Range]) -> Iterator[tuple[Range, ReadElsewhere]]:
        os.kill(self._members[1]._process.pid, signal.SIGKILL)
        yield from super().read(ranges)


class Unreadable:
    """A reader that breaks down."""

    def __call__(self, rows: Any) -> None:
        raise MemoryError("of the other process")


class TwoFacts(Exception):
    """Pickles, and does not unpickle."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} in {where}")


class Locked(Exception):
    """Does not pickle."""

    def __init__(self) -> None:
        super().__init__("is locked")
        self.lock = Lock()


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TwoFacts("a fault", "a row"), "TwoFacts: a fault in a row"),
        (Locked(), "Locked: is locked"),
        (ValueError("usual"), "ValueError: usual"),
    ],
    ids=["unpickles not", "pickles not", "usual"],
)
def test_errors_of_other_processes_say_what_and_where(
    error: Exception, text: str, tmp_path: Path
) -> None:
    def reader(_rows: Any) -> None:
        raise error

    path = write_lines(tmp_path / "a.jsonl", (plain_row(0),))
    (of,) = ranges_of(path, "a.jsonl")
    found = pickle.loads(answer_of(reader, of))
    said = "".join(traceback.format_exception(found))
    assert text in said
    assert "in reader" in said


def test_errors_that_users_see_come_as_their_one_line(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", (plain_row(0),))
    (of,) = ranges_of(path, "a.jsonl")
    path.unlink()
    found = pickle.loads(answer_of(len, of))
    assert isinstance(found, MalformedInput)
    assert not hasattr(found, "__notes__")


class TeamThatBreaksDown(Team):
    def __init__(self, reader: Any, n_members: int) -> None:
        super().__init__(Unreadable(), n_members)


def test_a_killed_process_ends_the_reading_says_so_and_leaves_nothing_staged(
    tmp_path: Path,
) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    staging = Staging(tmp_path / "staging")
    with (
        many_ranges(TeamThatLosesOne),
        pytest.raises(ProcessLost, match=r"^a.jsonl: .* from line \d+ on was ended by SIGKILL, as for want of memory; .*free memory and give the same command again"),
    ):  # fmt: skip
        read_inputs(Inputs.model_validate(settings_of(path)), staging, "run-1")
    assert staging.tables() == []


def test_an_error_in_another_process_is_raised_here_and_leaves_nothing_staged(
    tmp_path: Path,
) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    staging = Staging(tmp_path / "staging")
    with many_ranges(TeamThatBreaksDown), pytest.raises(MemoryError, match="of the other process"):
        read_inputs(Inputs.model_validate(settings_of(path)), staging, "run-1")
    assert staging.tables() == []


def test_ranges_of_chats_and_gold_on_them_read_as_in_one_process(tmp_path: Path) -> None:
    rows = [{**chat_row(i), "item_id": f"i{i}"} for i in range(60)]
    rows[30]["chosen"] = [*rows[30]["chosen"], {"role": "user", "content": "and?"}]
    path = write_lines(tmp_path / "a.jsonl", tuple(rows))
    gold = [{"item_id": f"i{i}", "verdict": "a"} for i in range(25, 35)]
    settings = {
        "comparisons": {"path": path},
        "gold": {"path": write_lines(tmp_path / "gold.jsonl", tuple(gold)), "max_malformed": 1},
    }
    assert same_in_ranges(settings)["gold"].num_rows == 9


def test_all_ways_of_reading_give_the_same(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", tuple(mixed_lines()))
    assert same_both_ways(settings_of(path))["said"] == same_in_ranges(settings_of(path))["said"]
