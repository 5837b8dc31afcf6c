"""Something that is done again and again beside other work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeating(act: Callable[[], object], every_s: float, name: str) -> Iterator[None]:
    """Do something every so often in a thread of its own for as long as the block runs; at its end the thread is over.

    Args:
        act: What is done, first after `every_s`.
        every_s: Seconds between.
        name: Name of the thread.
    """
    is_over = threading.Event()

    def repeat() -> None:
        while not is_over.wait(every_s):
            act()

    thread = threading.Thread(target=repeat, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
