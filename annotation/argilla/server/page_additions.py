"""What Winnow adds to Argilla's page. Loaded inside the Argilla server's environment, like `inside.py`.

Argilla serves a copy of its static files that it makes when it starts. The folder `page` is put beside them and named in
the head of every page, so that nothing is done per request. The folder's name in addresses changes with what is in
it: no browser goes on with an old one.
"""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("page")
_HEAD_ENDS = "</head>"


def add_to_pages(app: Any) -> None:
    """Have every page of Argilla load our style sheet and script.

    Raises:
        RuntimeError: Argilla no longer serves its pages as a copy of static files, or they have no head.
    """
    for static in _static_folders(app):
        name = f"winnow-{_fingerprint()}"
        shutil.copytree(PAGE, static / name, dirs_exist_ok=True)
        for page in static.rglob("*.html"):
            page.write_text(_with_additions(page, name))
        return
    raise RuntimeError(
        "this Argilla serves no static pages that Winnow could add its keys and names to"
    )


def _with_additions(page: Path, name: str) -> str:
    text = page.read_text()
    if _HEAD_ENDS not in text:
        raise RuntimeError(
            f"{page.name} of this Argilla has no {_HEAD_ENDS} to add keys and names before"
        )
    ours = f'<link rel="stylesheet" href="{name}/page.css"><script type="module" src="{name}/main.js"></script>'
    return text.replace(_HEAD_ENDS, ours + _HEAD_ENDS, 1)


def _static_folders(app: Any) -> Iterator[Path]:
    """Yield the folders that the app, or an app mounted in it, serves under the name "static"."""
    for route in app.routes:
        inner: Any = getattr(route, "app", None)
        if route.name == "static" and hasattr(inner, "directory"):
            yield Path(inner.directory)
        elif hasattr(inner, "routes"):
            yield from _static_folders(inner)


def _fingerprint() -> str:
    content = b"".join(path.read_bytes() for path in sorted(PAGE.iterdir()))
    return hashlib.sha256(content).hexdigest()[:12]
