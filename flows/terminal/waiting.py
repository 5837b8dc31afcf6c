"""When a line is due about what workers wait for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from winnow.pipelines.inference.notices import Notice

_FIRST_AGAIN_S = 15.0
_LONGEST_AGAIN_S = 300.0


@dataclass
class _Standing:
    """What a worker waits for, and when that was and is said."""

    notice: Notice
    since: float
    said_at: float
    again_s: float = _FIRST_AGAIN_S


class Waiting:
    """Picks the lines: one when a wait is met, again after 15, 30, 60 ... 300 s, one when it is over."""

    def __init__(self) -> None:
        self._standing: dict[str, _Standing] = {}

    def due(self, notices: Mapping[str, Notice], now: float) -> Iterator[Notice]:
        """Yield what is to be said now.

        Args:
            notices: What stands now, by worker.
            now: Seconds on a clock that only goes forward.
        """
        for worker in self._standing.keys() - notices.keys():
            over = self._standing.pop(worker)
            if not over.notice.is_once:
                text = f"after {over.notice.what} for {now - over.since:.0f} s"
                yield Notice(what="going on", text=text)
        for worker, notice in notices.items():
            before = self._standing.get(worker)
            if before is None or before.notice.what != notice.what:
                self._standing[worker] = _Standing(notice, now, now)
                yield notice
            elif now - before.said_at >= before.again_s and not notice.is_once:
                before.said_at = now
                before.again_s = min(before.again_s * 2, _LONGEST_AGAIN_S)
                is_same = notice.text == before.notice.text  # it does not count the seconds itself
                so_far = f", {now - before.since:.0f} s so far" if is_same else ""
                yield notice.model_copy(update={"text": f"{notice.text}{so_far}"})
