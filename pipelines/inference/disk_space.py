"""What a store says when its disk is full."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from winnow.schemas.errors import StorageFull
from winnow.warehouse.storage import NO_SPACE


@contextmanager
def enough_space(folder: object) -> Iterator[None]:
    """Write into a store.

    Raises:
        StorageFull: There is no space left; what was stored before stays.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        raise StorageFull(
            f"no space left in {folder} ({os.strerror(error.errno)}); free some and run again: "
            "answers stored so far are not asked for twice"
        ) from error
