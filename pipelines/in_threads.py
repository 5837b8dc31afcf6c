"""Work in compiled code, such as Arrow's and numpy's, done by several threads at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

_THREADS = 2


def in_threads(function: Callable[[S], T], items: Iterable[S], *, ahead: int = 64) -> Iterator[T]:
    """Apply a function to each of some items, several at once, and yield what it gives in their order.

    Args:
        function: Spends its time where other threads may run.
        items: What it is applied to.
        ahead: Items, with their results, that are held at once.
    """
    left = iter(items)
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting = deque(pool.submit(function, item) for item in islice(left, ahead))
        try:
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(function, item) for item in islice(left, 1))
        finally:
            for future in waiting:
                future.cancel()
