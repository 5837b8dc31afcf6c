"""A real browser on Argilla's page."""

import shutil
from typing import Any

import pytest

from annotation.queues.server import Address, ArgillaServer

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
