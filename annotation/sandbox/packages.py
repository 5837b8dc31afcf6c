"""Where the packages lie that are installed beside Winnow."""

import sysconfig
from functools import cache
from pathlib import Path


@cache
def packages() -> tuple[Path, ...]:
    """List the folders of installed packages, fully resolved, as a program may be shown them."""
    paths = (Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib"))
    return tuple(dict.fromkeys(paths))
