"""Small files that are whole or as they were, at whatever moment a command is killed."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text in place of what the file held; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
