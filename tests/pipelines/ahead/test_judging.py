from pathlib import Path

import pytest

from winnow.pipelines.ahead import judging
from winnow.pipelines.asking.attempt import Attempt, attempts_in
from winnow.pipelines.asking.shards import RequestFolder
from winnow.schemas.errors import Stopped


def test_a_job_that_ended_meanwhile_is_told_nothing_and_its_folder_stays_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = RequestFolder(tmp_path)
    with Attempt.within(requests.root) as attempt:
        seen = attempts_in(requests.root)
    monkeypatch.setattr(judging, "attempts_in", lambda place: seen)
    judging._stop(requests, Stopped())
    assert seen and attempt.root.places() == [] and attempt.root.entries() == []
    assert attempts_in(requests.root) == []


def test_a_job_at_work_is_ended(tmp_path: Path) -> None:
    requests = RequestFolder(tmp_path)
    with Attempt.within(requests.root) as attempt:
        judging._stop(requests, Stopped())
        assert attempt.is_over() and isinstance(attempt.error(), Stopped)
