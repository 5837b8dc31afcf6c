from collections.abc import Iterator
from threading import Event

import pytest

from winnow.pipelines.one_ahead import one_ahead


def test_items_come_in_their_order_and_the_next_is_made_meanwhile() -> None:
    made: list[int] = []
    is_made = [Event() for _ in range(4)]

    def making() -> Iterator[int]:
        for i in range(4):
            made.append(i)
            is_made[i].set()
            yield i

    items = one_ahead(making())
    assert made == []
    assert next(items) == 0
    assert is_made[1].wait(10)
    assert made == [0, 1]
    assert list(items) == [1, 2, 3]
    assert made == [0, 1, 2, 3]


def test_what_keeps_an_item_from_being_made_is_raised_where_that_is_due() -> None:
    def making() -> Iterator[int]:
        yield 1
        raise ValueError("no second one")

    items = one_ahead(making())
    assert next(items) == 1
    with pytest.raises(ValueError, match="no second one"):
        next(items)
