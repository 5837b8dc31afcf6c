import fcntl
import os
from pathlib import Path

import pytest

from winnow.pipelines.inference.journal import Journal
from winnow.pipelines.inference.store import CompletionStore
from winnow.warehouse.places.folder import Folder


def test_a_lock_of_a_file_is_asked_for_as_a_network_file_system_lends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, n_asked = fcntl.flock, 0

    def lock_as_nfs_does(file: int, kind: int) -> None:
        nonlocal n_asked
        n_asked += 1
        access = fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE
        unfit = os.O_RDONLY if kind & fcntl.LOCK_EX else os.O_WRONLY
        assert access != unfit
        lock(file, kind)

    monkeypatch.setattr(fcntl, "flock", lock_as_nfs_does)
    place = Folder(tmp_path)
    with place.alone("lock"):
        assert place.holder("lock") == f"process {os.getpid()}"
    assert place.holder("lock") is None
    with Journal(tmp_path) as journal:
        journal.add(b"{}")
    CompletionStore(place).recover()
    assert n_asked == 5
    assert list(tmp_path.glob(".*.journal")) == []
