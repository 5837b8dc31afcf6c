"""Run benchmarks: each measures, and prints its ratio against a peer or a limit measured in the same run.

The ratios are kept in bench/history.jsonl, with machine and commit.

python -m bench                    all of them, one after the other
python -m bench labels targets     some of them
python -m bench labels --help      the options of one; what follows a name from the first option on is its own
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

from bench._history import HISTORY, KEPT_IN

_FILES = sorted(p for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))
NAMES = [path.stem for path in _FILES]


def main(args: list[str]) -> int:
    """Run benchmarks one after the other; gives the number of those that failed."""
    if args and args[0] in ("-h", "--help"):
        print(help_text())
        return 0
    n_names = next((i for i, arg in enumerate(args) if arg.startswith("-")), len(args))
    wanted, options = args[:n_names], args[n_names:]
    if options and not wanted:
        sys.exit(
            f"options {' '.join(options)!r} without a benchmark; known benchmarks: {', '.join(NAMES)}"
        )
    if unknown := [name for name in wanted if name not in NAMES]:
        sys.exit(f"no benchmark named {unknown[0]!r}; known benchmarks: {', '.join(NAMES)}")
    environment = {KEPT_IN: str(HISTORY), **os.environ}
    n_failed = 0
    for name in wanted or NAMES:
        print(f"== {name}", flush=True)
        n_failed += (
            subprocess.run(
                [sys.executable, "-m", f"bench.{name}", *options], env=environment
            ).returncode
            != 0
        )
    return n_failed


def help_text() -> str:
    """Say how to call this and what each benchmark measures, in the first line of its own text."""
    width = max(map(len, NAMES))
    lines = [f"  {path.stem:<{width}}  {_first_line(path)}" for path in _FILES]
    return "\n".join([(__doc__ or "").strip(), "", "benchmarks:", *lines])


def _first_line(path: Path) -> str:
    """Read what a benchmark says of itself, without importing what it needs."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return text.partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
