from pathlib import Path

import pytest

from bench._history import HISTORY, KEPT_IN, Kept, keep, read_history
from docs.speed_plot import drawn


def test_a_ratio_is_kept_with_its_goal_machine_and_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "history.jsonl"
    monkeypatch.setenv(KEPT_IN, str(file))
    monkeypatch.setattr("sys.argv", ["/x/bench/workers.py", "--slots", "8"])
    keep("4 workers over one", 3.51234, at_least=3.4)
    (kept,) = read_history(file)
    assert (kept.benchmark, kept.options) == ("workers", "--slots 8")
    assert (kept.name, kept.ratio, kept.is_met) == ("4 workers over one", 3.512, True)
    assert "cores" in kept.machine and "GiB" in kept.machine
    assert kept.commit and kept.python.startswith("3.")


def test_a_benchmark_that_is_called_by_itself_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEPT_IN, raising=False)
    before = read_history()
    keep("4 workers over one", 3.5)
    assert read_history() == before


@pytest.mark.parametrize(
    ("ratio", "at_least", "at_most", "is_met"),
    [(2, 3, None, False), (3, 3, None, True), (2, None, 3, True), (4, None, 3, False), (4, None, None, None)],
)  # fmt: skip
def test_a_goal_is_met_from_it_on(
    ratio: float, at_least: float | None, at_most: float | None, is_met: bool | None
) -> None:
    assert one(ratio=ratio, at_least=at_least, at_most=at_most).is_met is is_met


def test_each_ratio_with_a_goal_has_a_plot_that_says_both_in_words() -> None:
    runs = [one(ratio=3.1, commit="aaaaaaa"), one(ratio=3.5, commit="bbbbbbb")]
    svg = drawn([*runs, one(name="cached over shareable tokens", ratio=0.97, at_least=0.95)])
    for said in (
        "workers: 4 workers over one",
        "3.5, wanted at least 3.4",
        "cached over shareable",
        "aaaaaaa",
        "var(--orange)",
        "prefers-color-scheme",
    ):
        assert said in svg


def test_every_line_of_the_history_is_read() -> None:
    assert len(read_history()) == len(HISTORY.read_text("utf-8").splitlines())


def one(**changes: object) -> Kept:
    line = Kept(
        at="2030-01-01T00:00:00+00:00",
        benchmark="workers",
        options="",
        name="4 workers over one",
        ratio=3.5,
        at_least=3.4,
        at_most=None,
        commit="abcdef0123",
        machine="a processor, 2 cores, 8 GiB",
        python="3.11.9",
        load=1.0,
    )
    return line._replace(**changes)  # type: ignore[arg-type]
