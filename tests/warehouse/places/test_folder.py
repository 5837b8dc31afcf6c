import pickle
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
