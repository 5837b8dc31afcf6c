"""Load exported folders as their consumers do, and print the rows. Runs under whatever `datasets` is to be tried.

Usage: load_rows.py CACHE NAME=HOW:FOLDER... where HOW is "folder", or the type of the files where a consumer names them
itself. Prints one JSON object: the version of `datasets`, and rows by NAME.
"""

import json
import sys
from pathlib import Path
from typing import Any

import datasets


def rows_of(how: str, folder: Path, cache: str) -> list[dict[str, Any]]:
    if how == "folder":
        splits = datasets.load_dataset(str(folder), cache_dir=cache)
    else:
        files = {path.name.split("-")[0]: str(path) for path in (folder / "data").iterdir()}
        splits = datasets.load_dataset(how, data_files=files, cache_dir=cache)
    return [dict(row) for rows in splits.values() for row in rows]


def main(cache: str, jobs: list[str]) -> None:
    found = {}
    for job in jobs:
        name, _, what = job.partition("=")
        how, _, folder = what.partition(":")
        found[name] = rows_of(how, Path(folder), cache)
    print(json.dumps({"version": datasets.__version__, "rows": found}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
