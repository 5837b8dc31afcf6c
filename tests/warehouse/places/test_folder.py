import errno
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from winnow.schemas.errors import StorageFull
from winnow.warehouse.places.folder import Folder


def test_a_folder_that_travels_to_a_process_elsewhere_lies_where_it_lay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    travelling = pickle.dumps(Folder(Path("completions")))
    monkeypatch.chdir("/")
    assert pickle.loads(travelling).path == tmp_path / "completions"


def test_a_folder_that_is_being_removed_is_listed_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    place = Folder(tmp_path)
    for name in ("gone", "there"):
        place.within(name).write("file", lambda file: file.write(b"1"))
    place.within("gone").clear()
    assert len(list(tmp_path.iterdir())) == 2
    assert place.places() == ["there"]


@pytest.mark.parametrize(
    "act",
    [lambda place: place.alone("a").__enter__(), lambda place: place.write("a", lambda _: None)],
    ids=["a lock", "a file"],
)
def test_a_full_disk_is_named_and_says_what_to_do(
    act: Callable[[Folder], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(Path, "open", Mock(side_effect=full))
    with pytest.raises(
        StorageFull, match=rf"no space left while writing {tmp_path}/a: .*; free some"
    ):
        act(Folder(tmp_path))
