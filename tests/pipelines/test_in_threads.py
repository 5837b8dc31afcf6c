from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from winnow.pipelines import in_threads as module
from winnow.pipelines.in_threads import in_threads

_LONGEST_S = 10
"""What is waited for comes at once, or a test fails."""


def test_results_come_in_the_order_of_the_items_whichever_is_there_first() -> None:
    second = Event()

    def square(i: int) -> int:
        if i == 0:
            assert second.wait(_LONGEST_S)
        if i == 1:
            second.set()
        return i * i

    assert list(in_threads(square, range(9), ahead=2)) == [i * i for i in range(9)]
    assert list(in_threads(square, [])) == []


def test_no_more_items_are_held_than_asked_for_and_one_begins_whenever_one_is_taken() -> None:
    taken, fourth = list[int](), Event()

    def items() -> Iterator[int]:
        for i in range(9):
            taken.append(i)
            yield i

    def work(i: int) -> int:
        if i == 3:
            fourth.set()
        if i == 2:
            assert fourth.wait(_LONGEST_S)
        return i

    results = in_threads(work, items(), ahead=3)
    assert taken == []
    assert next(results) == 0
    assert taken == [0, 1, 2]
    assert next(results) == 1
    assert taken == [0, 1, 2, 3]
    assert list(results) == list(range(2, 9))


def _error(results: Iterator[int]) -> None:
    with pytest.raises(ValueError, match="no third one"):
        next(results)


def _stop(results: Iterator[int]) -> None:
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("ending", [_error, _stop], ids=["an error", "nobody takes more"])
def test_an_end_before_the_last_item_is_told_where_it_is_due_and_begins_no_more(
    monkeypatch: pytest.MonkeyPatch, ending: Callable[[Iterator[int]], None]
) -> None:
    is_ending, begun = Event(), list[int]()

    class Pool(ThreadPoolExecutor):
        def __exit__(self, *error: object) -> None:
            is_ending.set()
            super().__exit__(*error)  # type: ignore[arg-type]

    def work(i: int) -> int:
        begun.append(i)
        if i == 2:
            raise ValueError("no third one")
        if i > 2:
            assert is_ending.wait(_LONGEST_S)
        return i

    monkeypatch.setattr(module, "ThreadPoolExecutor", Pool)
    results = in_threads(work, range(64), ahead=32)
    assert [next(results), next(results)] == [0, 1]
    ending(results)
    assert set(begun) <= set(range(5))
