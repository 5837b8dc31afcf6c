"""Whether this process was asked to stop, and who has to hear of it.

What a person starts sees to the signals (`winnow.flows.stopping`). Work that would lose something if it were broken off
anywhere, such as answers that are paid for and not yet stored, defers the stop and looks for it where it can end.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from winnow.schemas.errors import Stopped

Heard = Callable[[], object]


class StopRequest:
    """A request to stop: made once, from any thread, and never taken back."""

    def __init__(self) -> None:
        self.is_made = False
        self._n_deferring = 0
        self._listeners: list[Heard] = []
        self._lock = threading.Lock()

    @property
    def is_deferred(self) -> bool:
        """Whether some work ends by itself as soon as the request is made, and must not be broken off."""
        return self._n_deferring > 0

    def make(self) -> list[Exception]:
        """Ask to stop and tell all who listen; made again, it tells them again.

        Returns:
            What kept listeners from doing their part.
        """
        self.is_made = True
        troubles: list[Exception] = []
        with self._lock:
            for listener in self._listeners:
                try:
                    listener()
                except (
                    Exception
                ) as error:  # whatever it is, the others have answers to store as well
                    troubles.append(error)
        return troubles

    def check(self) -> None:
        """End here where the request was made.

        Raises:
            Stopped: It was.
        """
        if self.is_made:
            raise Stopped

    @contextmanager
    def listening(self, listener: Heard) -> Iterator[None]:
        """Have a function called, in whatever thread asks, when the request is made; at once where it is made already."""
        with self._lock:
            self._listeners.append(listener)
            if self.is_made:
                listener()
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Keep a stop from breaking off what is done here: it looks at `check` itself.

        Raises:
            Stopped: The request was made meanwhile.
        """
        with self._lock:
            self._n_deferring += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_deferring -= 1
        self.check()


STOP = StopRequest()
"""The one of this process."""
