from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from winnow.annotation.argilla.server.page_additions import PAGE, add_to_pages


def app_that_serves(static: Path) -> Any:
    """Give what matters of an app that serves a folder under an address of its own."""
    inner = SimpleNamespace(
        routes=[SimpleNamespace(name="static", app=SimpleNamespace(directory=static))]
    )
    return SimpleNamespace(
        routes=[SimpleNamespace(name="", app=inner), SimpleNamespace(name="docs")]
    )


def test_every_page_loads_the_additions_once_from_a_place_that_changes_with_them(
    tmp_path: Path,
) -> None:
    for name in ("index.html", "sign-in/index.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<html><head><title>x</title></head><body></body></html>")
    add_to_pages(app_that_serves(tmp_path))
    (folder,) = tmp_path.glob("winnow-*")
    assert {path.name for path in folder.iterdir()} == {path.name for path in PAGE.iterdir()}
    for page in tmp_path.rglob("*.html"):
        assert page.read_text().count(f'src="{folder.name}/main.js"></script></head>') == 1


def test_an_argilla_that_the_additions_do_not_fit_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<html></html>")
    with pytest.raises(RuntimeError, match=r"index\.html of this Argilla has no </head>"):
        add_to_pages(app_that_serves(tmp_path))
    with pytest.raises(RuntimeError, match="serves no static pages"):
        add_to_pages(SimpleNamespace(routes=[]))
