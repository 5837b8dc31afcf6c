"""Collecting: rows are many small objects without cycles, which Python would look through again and again for some."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def collecting_seldom() -> Iterator[Callable[[], object]]:
    """Have no cycles looked for on the way; gives what looks for young ones, to be called now and then."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield lambda: gc.collect(0)
    finally:
        if was_enabled:
            gc.enable()
