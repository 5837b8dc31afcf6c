"""Files that are written whole, and what is left where writing them goes wrong."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from winnow.schemas.whole_files import whole_file, write_whole


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("is_durable", [False, True])
@pytest.mark.parametrize("content", ["größer\n", b"\x00\xff"], ids=["text", "bytes"])
def test_a_file_is_replaced_and_nothing_is_left_beside_it(
    tmp_path: Path, content: str | bytes, is_durable: bool
) -> None:
    path = tmp_path / "state.json"
    path.write_text("old")
    write_whole(path, content, is_durable=is_durable)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_file(path) as draft:
        draft.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_process_killed_while_it_writes_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("old")
    code = (
        "import os, pathlib; from schemas.whole_files import whole_file\n"
        f"with whole_file(pathlib.Path({str(path)!r})) as draft:\n"
        "    draft.write_text('half'); os._exit(9)"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 9
    assert path.read_text() == "old"
    write_whole(path, "new")
    assert path.read_text() == "new"


def test_a_private_file_is_private_and_another_follows_the_umask(tmp_path: Path) -> None:
    umask = os.umask(0o027)
    try:
        write_whole(tmp_path / "key", "secret", mode=0o600)
        write_whole(tmp_path / "page", "open")
    finally:
        os.umask(umask)
    assert (mode_of(tmp_path / "key"), mode_of(tmp_path / "page")) == (0o600, 0o640)


def test_two_writers_of_one_file_do_not_share_a_draft(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with whole_file(path) as one, whole_file(path) as other:
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"
