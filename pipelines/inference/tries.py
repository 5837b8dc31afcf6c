"""How patiently one answer is waited for, and how often one request is asked."""

import time
from dataclasses import dataclass, field

from winnow.pipelines.inference.outcomes import Meaning, Outcome

_GROWTH = 4
_MOST_FAULTS = 3


class Patience:
    """How long one answer may take: `timeout_s`, and longer once one has shown that answers do take longer."""

    def __init__(self, timeout_s: float, longest_s: float) -> None:
        self.longest_s = longest_s
        self.limit_s = min(timeout_s, longest_s)

    def learn(self, took_s: float) -> bool:
        """Wait longer where an answer took longer than the limit; says whether it did.

        Args:
            took_s: Seconds that one answer took.
        """
        is_slower = took_s > self.limit_s
        if is_slower:
            self.limit_s = max(self.limit_s, min(2 * took_s, self.longest_s))
        return is_slower

    def grow(self, limit_s: float) -> float:
        """Compute the limit for the next try of a request that `limit_s` was too short for."""
        return max(limit_s, min(_GROWTH * limit_s, self.longest_s))


@dataclass
class Tries:
    """The tries of one request."""

    patience: Patience
    began: float = field(default_factory=time.monotonic)
    asked_at: float = 0.0
    n: int = 0
    n_faults: int = 0
    _first_fault_at: float = 0.0
    _well_before: float = 0.0
    _own_limit_s: float = 0.0

    @property
    def limit_s(self) -> float:
        """Seconds that the next try may take."""
        return max(self.patience.limit_s, self._own_limit_s)

    def begin(self, well_at: float) -> None:
        """Note that a try begins.

        Args:
            well_at: When a server was last seen to answer anything, on the monotonic clock.
        """
        self._well_before = well_at
        self.asked_at = time.monotonic()

    def note(self, outcome: Outcome) -> None:
        """Count a try that brought no answer."""
        self.n += 1
        if outcome.meaning is Meaning.FAULTY:
            if self.n_faults == 0:
                self._first_fault_at = time.monotonic()
            self.n_faults += outcome.n_faults
        if outcome.meaning is Meaning.SLOW:
            self._own_limit_s = self.patience.grow(self.limit_s)

    @property
    def is_suspicious(self) -> bool:
        """Whether the request itself may be what the server breaks down over."""
        return self.n_faults >= _MOST_FAULTS

    @property
    def was_well_between(self) -> bool:
        """Whether a server was seen to answer after the first fault and before this try: one outage does not explain both."""
        return self._well_before > self._first_fault_at

    @property
    def is_overdue(self) -> bool:
        """Whether the request has been tried for as long as a server may be away."""
        return time.monotonic() - self.began >= self.patience.longest_s
