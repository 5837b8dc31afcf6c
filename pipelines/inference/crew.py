"""Many calls at a time, and what becomes of those in flight when one of them ends the run."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from winnow.schemas.errors import EndpointRefuses

FINISH_S = 20.0
"""Seconds that answers in flight get when the run stops; they are paid for."""


class NoMoreCalls(Exception):
    """The run stops, and what would have been asked next is not asked."""


class Waits:
    """Who waits before a call, so that a stop ends the waits and nothing that is in flight."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_stopped = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait within, in a task.

        Raises:
            NoMoreCalls: The run stops.
        """
        if self._is_stopped:
            raise NoMoreCalls
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def stop(self) -> None:
        """Cancel who waits, and let nobody wait any more."""
        self._is_stopped = True
        for task in self._tasks:
            task.cancel()


async def see_through(
    work: Sequence[Coroutine[Any, Any, None]],
    watch: Coroutine[Any, Any, Any],
    stop: Callable[[], None],
) -> None:
    """Do all work; raises what ends it early, by itself and not in a group.

    Args:
        work: What is done side by side.
        watch: Runs beside it for as long as it takes, and may end it by an error.
        stop: Called when servers refuse every request; it keeps further ones from being asked, while what is in
            flight gets `FINISH_S` to be answered.
    """
    workers = [asyncio.ensure_future(one) for one in work]
    watching = asyncio.ensure_future(watch)
    all_done = asyncio.gather(*workers)
    try:
        await asyncio.wait({all_done, watching}, return_when=asyncio.FIRST_COMPLETED)
        error = (all_done if all_done.done() else watching).exception()
        if isinstance(error, EndpointRefuses):
            stop()
            await asyncio.wait(workers, timeout=FINISH_S)
        if error is not None:
            raise error
    finally:
        for one in (*workers, watching):
            one.cancel()
        # Each is awaited, for asyncio prints the error of a task that nobody has looked at.
        await asyncio.gather(all_done, *workers, watching, return_exceptions=True)
