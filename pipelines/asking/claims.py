"""Who asks which slice of a job: a worker takes the next one as soon as its engine has room, and no two take the same.

An element of the job begins with the slice of its own number and goes on to those that nobody has taken yet, so that no slice
waits for the slowest answer of the one before. What an element has taken stays its own: a runner that tries it again, after
its worker died, has it take the same.
"""

from collections.abc import Iterator, Sequence
from uuid import uuid4

from winnow.pipelines.asking.attempt import Attempt
from winnow.schemas.errors import TransientError

_CLAIMS = "claims"
"""Place in that of the job, apart from what workers look at all the time."""
_CLAIM, _WORKER, _LOCK = ".claim", ".worker", "claims.lock"
_WAIT_S = 120.0
"""For the others; one that died holds the lock of an object store for as long as a lease lasts."""


class Claims:
    """What the elements of one job have taken, as all its workers see it; where the job is over, nothing is left.

    Where several workers are there, an element takes no more than its worker's share of what nobody has: one whose engine starts
    a little later finds work (Polychronopoulos and Kuck 1987, "Guided self-scheduling", IEEE Trans. Computers C-36(12)).
    """

    def __init__(self, attempt: Attempt, n_slices: int) -> None:
        """Look at a job.

        Args:
            attempt: The job; a claim is a file in a place of its own there, which names the slice and the element that has it.
            n_slices: Slices of the job.
        """
        self._attempt = attempt
        self._place = attempt.root.within(_CLAIMS)
        self._n_slices = n_slices

    def join(self) -> None:
        """Tell that one worker more is there, best before its engine starts."""
        if not self._attempt.is_over():
            self._note(f"{uuid4().hex}{_WORKER}")

    def of(self, element: int) -> Iterator[int]:
        """Take slices for an element, each when it is asked for: first those that it took when it was tried before.

        Raises:
            TransientError: Another process holds the lock for too long: what is free may be left to nobody.
        """
        mine = [number for number, owner in _owners(self._names()).items() if owner == element]
        yield from mine
        n_mine = len(mine)
        while (number := self._take(element, n_mine)) is not None:
            n_mine += 1
            yield number

    def _take(self, element: int, n_mine: int) -> int | None:
        """Take the next one that is free; None where there is none, or others are to have the rest."""
        if self._attempt.is_over():
            return None
        with self._place.alone(_LOCK, _WAIT_S) as lock:
            names = self._names()
            taken = _owners(names)
            n_workers = sum(name.endswith(_WORKER) for name in names)
            share = -(-(n_mine + self._n_slices - len(taken)) // max(n_workers, 1))
            after = (*range(element, self._n_slices), *range(element))
            free = next((number for number in after if number not in taken), None)
            if free is None or n_mine >= share:
                return None
            if not lock.is_held:
                raise TransientError(
                    f"{self._place.address}/{_LOCK} is held by {self._place.holder(_LOCK) or 'nobody any more'}, and could not be had "
                    f"within {_WAIT_S:g} s; end that process if it does nothing, then run again"
                )
            self._note(f"{free}.{element}{_CLAIM}")
            return free

    def _names(self) -> list[str]:
        return [entry.name for entry in self._place.entries()]

    def _note(self, name: str) -> None:
        self._place.write(name, lambda file: None, is_durable=False)


def _owners(names: Sequence[str]) -> dict[int, int]:
    """Return which element has a slice, by slice."""
    claims = (name.removesuffix(_CLAIM).split(".") for name in names if name.endswith(_CLAIM))
    return dict(sorted((int(number), int(element)) for number, element in claims))
