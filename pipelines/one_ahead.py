"""What comes next is made while what came last is worked on."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def one_ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items, of which the next is made in a thread of its own meanwhile; one more than without is held.

    Worth it where making one and working on one both leave the interpreter, as Arrow does.
    """
    made, end = iter(items), object()
    with ThreadPoolExecutor(1, "ahead") as thread:
        following = thread.submit(next, made, end)
        while (item := following.result()) is not end:
            following = thread.submit(next, made, end)
            yield item
