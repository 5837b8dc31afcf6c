import pickle
import shutil
from pathlib import Path

import pytest

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
