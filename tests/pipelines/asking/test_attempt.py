import shutil
from pathlib import Path

import pytest

from winnow.pipelines.asking.attempt import Attempt


def test_an_attempt_is_over_when_its_block_ends_although_workers_still_write_into_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    with Attempt.within(tmp_path) as attempt:
        assert not attempt.is_over()
    assert attempt.is_over()
