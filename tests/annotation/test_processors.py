import os
from pathlib import Path

import pytest

from winnow.annotation import processors
from winnow.annotation.processors import n_processors


@pytest.fixture
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the container allows, on a machine of eight processors of which four are this process's."""
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    path = tmp_path / "cpu.max"
    monkeypatch.setattr(processors, "_ALLOWED", path)
    return path


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("max 100000", 4),
        ("50000 100000", 1),
        ("100000 100000", 1),
        ("200000 100000", 2),
        ("250000 100000", 2),
        ("900000 100000", 4),
    ],
)
def test_a_container_may_allow_fewer_processors(allowed: Path, text: str, n: int) -> None:
    allowed.write_text(f"{text}\n")
    assert n_processors() == n


def test_outside_of_containers_processors_are_those_of_the_process(allowed: Path) -> None:
    assert n_processors() == 4


def test_where_no_system_tells_which_processors_are_those_of_the_machine(
    allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    assert n_processors() == 8
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert n_processors() == 1
