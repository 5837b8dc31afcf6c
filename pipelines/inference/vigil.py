"""Ends a job whose servers answer nothing any more, and says meanwhile what is waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

from winnow.pipelines.inference.notices import Notice, Tell
from winnow.schemas.errors import GO_ON, EndpointUnavailable
from winnow.schemas.plurals import counted

DOWN = "start the server or correct urls"
TOO_SLOW = "raise timeout_s and deadline_s where answers take that long, else see to the server"

_EVERY_S = 0.5
_SAID_AFTER_S = 6.0
_SLOWEST_UNSAID = 3
_LAST_LOOK_S = 10.0


class Vigil:
    """Watches when servers last answered a request: nothing else is progress."""

    def __init__(self, who: str, urls: Sequence[str], deadline_s: float, tell: Tell) -> None:
        """Begin to watch.

        Args:
            who: The model, as messages name it.
            urls: Its servers.
            deadline_s: Seconds without an answer after which to give up.
            tell: Told what is waited for.
        """
        self.answered_at = time.monotonic()
        self._who = who
        self._urls = list(urls)
        self._deadline_s = deadline_s
        self._tell = tell
        self._longest_s = 0.0
        self._trouble = ""
        self._way_out = TOO_SLOW
        self._is_told = self._is_stopping = False

    @property
    def deadline_at(self) -> float:
        """When to give up, on the monotonic clock."""
        return self.answered_at + self._deadline_s

    def answered(self, took_s: float = 0.0) -> None:
        """Note that a server has answered a request."""
        self.answered_at = time.monotonic()
        self._longest_s = max(self._longest_s, took_s)
        self._trouble, self._way_out = "", TOO_SLOW

    def troubled(self, what: str, way_out: str) -> None:
        """Note why a request has to wait, in the server's words, and what helps where that does not pass."""
        self._trouble = what
        self._way_out = way_out

    def note(self, text: str) -> None:
        """Say once what the person who started the run may want to change."""
        self._tell(Notice(what="note", text=f"{self._who}: {text}", is_once=True))

    def stop(self, n_in_flight: int, at_most_s: float) -> None:
        """Say that the job stops as soon as what is in flight is answered."""
        self._is_stopping = True
        text = f"for {counted(n_in_flight, 'answer')} in flight, at most {at_most_s:g} s, then the run stops"
        self._tell(Notice(what="waiting", text=text))

    async def keep(self, is_well: Callable[[], Awaitable[bool]]) -> NoReturn:
        """Watch until cancelled.

        Args:
            is_well: Asks a server something harmless; where it answers, the job goes on.

        Raises:
            EndpointUnavailable: Nothing was answered before the deadline.
        """
        last_look_s = min(_LAST_LOOK_S, self._deadline_s / 4)
        looked_at = 0.0
        while True:
            now = time.monotonic()
            if now >= self.deadline_at:
                raise self._unavailable()
            # One look for each silence: only an answer since the last one moves the deadline.
            if now >= self.deadline_at - last_look_s and looked_at < self.answered_at:
                looked_at = now
                if await is_well():
                    self.answered()
            self._say(now)
            left_s = self.deadline_at - time.monotonic()
            await asyncio.sleep(max(min(_EVERY_S, left_s, last_look_s), 0.01))

    def _say(self, now: float) -> None:
        if self._is_stopping:
            return
        quiet_s = now - self.answered_at
        patience_s = _SAID_AFTER_S if self._trouble else _SLOWEST_UNSAID * self._longest_s
        if quiet_s >= max(_SAID_AFTER_S, patience_s):
            what = self._trouble or f"{', '.join(self._urls)}: no answer yet"
            self._is_told = True
            self._tell(
                Notice(
                    what="waiting",
                    text=f"for {what}, {quiet_s:.0f} s so far, at most {self._deadline_s:g} s",
                )
            )
        elif self._is_told:
            self._is_told = False
            self._tell(None)

    def _unavailable(self) -> EndpointUnavailable:
        last = f", last: {self._trouble}" if self._trouble else ""
        return EndpointUnavailable(
            f"{self._who}: no answer from {', '.join(self._urls)} for {self._deadline_s:g} s{last}; {self._way_out}{GO_ON}",
            urls=self._urls,
        )
