"""A page as a file."""

from pathlib import Path

from winnow.schemas.whole_files import write_whole


def write_page(page: str, path: Path) -> None:
    """Write a page whole or not at all, with the folders that are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, page)
