"""Who asks which slice of a job: a worker takes the next one as soon as its engine has room, and no two take the same.

An element of the job begins with the slice of its own number and goes on to those that nobody has taken yet, so that no slice
waits for the slowest answer of the one before. What an element has taken stays its own: a runner that tries it again, after
its worker died, has it take the same.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_CLAIM, _WORKER = ".claim", ".worker"


class Claims:
    """What the elements of one job have taken, in a folder that all its workers reach; where that is gone, nothing is left.

    Where several workers are there, an element takes no more than its worker's share of what nobody has: one whose engine starts
    a little later finds work (Polychronopoulos and Kuck 1987, "Guided self-scheduling", IEEE Trans. Computers C-36(12)).
    """

    def __init__(self, root: Path, n_slices: int) -> None:
        self._root = root
        self._n_slices = n_slices

    def join(self) -> None:
        """Tell that one worker more is there, best before its engine starts."""
        with suppress(FileNotFoundError):
            (self._root / f"{uuid4().hex}{_WORKER}").touch()

    def of(self, element: int) -> Iterator[int]:
        """Take slices for an element, each when it is asked for: first those that it took when it was tried before."""
        with suppress(FileNotFoundError):
            mine = [number for number, owner in self._owners().items() if owner == element]
            yield from mine
            n_mine = len(mine)
            while (number := self._take(element, n_mine)) is not None:
                n_mine += 1
                yield number

    def _take(self, element: int, n_mine: int) -> int | None:
        """Take the next one that is free; None where there is none, or others are to have the rest."""
        taken = self._owners()
        n_workers = sum(path.suffix == _WORKER for path in self._root.iterdir())
        share = -(-(n_mine + self._n_slices - len(taken)) // max(n_workers, 1))
        if n_mine >= share:
            return None
        for number in (*range(element, self._n_slices), *range(element)):
            # A link says whose it is from the moment that it is there, and only one can be made.
            if number not in taken:
                with suppress(FileExistsError):
                    (self._root / f"{number}{_CLAIM}").symlink_to(str(element))
                    return number
        return None

    def _owners(self) -> dict[int, int]:
        claims = [path for path in self._root.iterdir() if path.suffix == _CLAIM]
        return dict(sorted((int(path.stem), int(path.readlink().name)) for path in claims))
