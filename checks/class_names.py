"""One class name once in the whole house, so that a name found by searching is the one that is meant."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path


def classes_of(folders: Iterable[Path]) -> dict[str, list[str]]:
    """Map each class name to the places that define it, such as "schemas/cycles.py:10"; nested classes count too."""
    places: dict[str, list[str]] = defaultdict(list)
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), filename=str(file))):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(f"{file}:{node.lineno}")
    return dict(places)


def found_twice(places: Mapping[str, Sequence[str]]) -> list[str]:
    """Say which names more than one class has, where, and what to do; one sentence a name."""
    return [
        f"{' and '.join(where)} each define a class {name}; name all but one of them after what it alone is"
        for name, where in sorted(places.items())
        if len(where) > 1
    ]
