from typing import Any

import pytest

from tests.annotation.queues.browsing import launch, needs_chromium, sign_in
from winnow.annotation.argilla.server import Address, ArgillaServer

playwright = pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")


@pytest.mark.server
@needs_chromium
def test_an_annotator_signs_in_and_the_page_speaks_to_this_machine_only(
    argilla: Address, argilla_server: ArgillaServer
) -> None:
    asked: list[Any] = []
    with playwright.sync_playwright() as engine:
        browser = launch(engine)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request))
        sign_in(page, argilla, argilla_server, "bob")
        page.get_by_text("Datasets").first.wait_for()
        sent = {request.url for request in asked if request.failure != "csp"}
        browser.close()
    assert {url for url in sent if not url.startswith((f"{argilla.url}/", "data:"))} == set()
