"""How soon somebody may try a password again: later with every failure."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

_FORGOTTEN_AFTER_S = 3600.0


@dataclass
class LoginAttempts:
    """Failures by user name and address; whoever fails elsewhere, or under another name, makes nobody else wait."""

    n_free: int = 5
    """Attempts that may fail before the first pause."""

    first_pause_s: float = 1.0
    """Pause after these; each further failure doubles it."""

    longest_pause_s: float = 300.0
    """Where the pauses stop growing."""

    n_kept: int = 10_000
    """Pairs of name and address that are remembered, those tried last."""

    clock: Callable[[], float] = time.monotonic
    """Gives the time in seconds."""

    _failures: OrderedDict[bytes, tuple[int, float]] = field(
        default_factory=OrderedDict, init=False, repr=False
    )
    """How often somebody failed, and when the next attempt may come."""

    def begin(self, name: str, address: str) -> float:
        """Return how many seconds are to wait, 0 where an attempt may be made now.

        An attempt counts as failed until `succeeded` is called, so that many at once are no way round.
        """
        who, now = _key(name, address), self.clock()
        n_failed, next_at = self._failures.get(who, (0, now))
        if next_at > now:
            return next_at - now
        if now - next_at > _FORGOTTEN_AFTER_S:
            n_failed = 0
        self._failures[who] = (n_failed + 1, now + self._pause_s(n_failed + 1))
        self._failures.move_to_end(who)
        if len(self._failures) > self.n_kept:
            self._failures.popitem(last=False)
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of somebody who got in."""
        self._failures.pop(_key(name, address), None)

    def _pause_s(self, n_failed: int) -> float:
        if n_failed < self.n_free:
            return 0.0
        doubled = min(n_failed - self.n_free, 32)
        return min(self.first_pause_s * 2.0**doubled, self.longest_pause_s)


def _key(name: str, address: str) -> bytes:
    return hashlib.sha256(f"{len(name)}:{name}{address}".encode(errors="replace")).digest()
