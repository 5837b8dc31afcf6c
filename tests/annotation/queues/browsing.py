"""A real browser on Argilla's page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.push import Queue, ensure_data_set

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
needs_chromium = pytest.mark.skipif(
    not CHROMIUM, reason="no Chromium here: apt-get install chromium"
)


def launch(engine: Any) -> Any:
    """Start the browser."""
    return engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


def sign_in(page: Any, argilla: Address, server: ArgillaServer, name: str) -> Any:
    """Sign an annotator in, through the page."""
    page.set_default_timeout(60_000)
    page.goto(f"{argilla.url}/sign-in")
    page.locator("input:not([type=password])").first.fill(name)
    page.locator("input[type=password]").fill(server.credentials().annotator(name).password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


@contextmanager
def opened_queue(
    argilla: Address, server: ArgillaServer, queue: Queue, name: str, *, height: int = 900
) -> Iterator[Any]:
    """Lend a browser's page on a queue's first open item, as an annotator sees it; the browser closes with the block."""
    from playwright.sync_api import sync_playwright

    with Client(argilla) as client:
        data_set = ensure_data_set(client, queue)
    with sync_playwright() as engine:
        browser = launch(engine)
        page = browser.new_context(viewport={"width": 1280, "height": height}).new_page()
        sign_in(page, argilla, server, name)
        page.goto(f"{argilla.url}/dataset/{data_set.id}/annotation-mode?page=1&status=pending")
        yield page
        browser.close()
