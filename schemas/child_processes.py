"""Modules of ours that run as processes of their own."""

import os
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
"""The folder that `winnow` lies in, as it was imported: `winnow/schemas` may be a link."""


def running(module: str, *arguments: str) -> dict[str, Any]:
    """Return what `subprocess.Popen` needs to run a module of ours, wherever the command stands.

    The folder that the command stands in is not searched for modules (`-P`): a team's own `flows/` is not ours. The
    process hears no Ctrl-C, which is for the one that started it to hear.

    Args:
        module: Its dotted name.
        *arguments: Of its command line.
    """
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "args": [sys.executable, "-P", "-m", module, *arguments],
        "env": {**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        "start_new_session": True,
    }
