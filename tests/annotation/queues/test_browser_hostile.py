"""Text that would act, on Argilla's real page in a real browser, behind each of two walls by itself.

The first wall is how texts are pushed, tried with the second, the Content-Security-Policy, switched off; the second is tried
with texts that nobody made harmless, as other teams may push them.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from typing import Any

import pytest

from tests.annotation.queues.browsing import launch, needs_chromium, sign_in
from tests.annotation.queues.hostile import ACTING, BENIGN, HOST, LAYOUT, PLACES
from tests.annotation.queues.material import group, prompt
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.markdown import as_markdown
from winnow.annotation.queues.push import Queue, ensure_data_set, push
from winnow.annotation.queues.tasks import Ratings
from winnow.annotation.queues.tasks.ratings import Attribute

playwright = pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")
pytestmark = [pytest.mark.server, needs_chromium]

COLOURED_CODE = {"span", "button", "svg", "path"}
"""Tags with which the page colours code and lets it be copied."""

SHOW = """async texts => {
    const renderer = document.querySelector('.markdown-render').__vue__;
    const shown = [];
    for (const text of texts) {
        renderer.$props.markdown = text;
        await renderer.$nextTick();
        const box = renderer.$el;
        shown.push({
            html: box.innerHTML,
            text: box.textContent,
            tags: [...new Set([...box.querySelectorAll('*')].map(e => e.localName))],
            acts: [...box.querySelectorAll('*')].flatMap(e => [...e.attributes].map(a => a.name))
                .filter(name => /^on|^style$|^src|^href$|^action|^data$/.test(name)),
            top: document.elementFromPoint(700, 500)?.style.position,
        });
    }
    return shown;
}"""
"""Has the page's own component show one text after the other."""


@contextmanager
def foreign_server() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server, and the paths that it was asked for."""
    asked: list[str] = []

    class Counting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def queue_page(
    argilla: Address, server: ArgillaServer, host: str, *, bypass_csp: bool
) -> Iterator[Any]:
    """Open a queue whose settings, prompt and responses all hold text that acts."""
    acting = "\n\n".join(ACTING).replace(HOST, host)
    short = f"{ACTING[6]} {ACTING[2]} {ACTING[1]}".replace(HOST, host)
    attribute = Attribute(name="good", question=short, scale=short)
    task = Ratings(attributes=(attribute,), guidelines=acting)
    queue = Queue(f"acting {bypass_csp}", "winnow", task)
    with Client(argilla) as client:
        push(client, queue, [(group(prompt(acting), acting, "Line"), 0)])
        data_set = ensure_data_set(client, queue)
    with playwright.sync_playwright() as engine:
        browser = launch(engine)
        page = browser.new_context(
            bypass_csp=bypass_csp, viewport={"width": 1500, "height": 1000}
        ).new_page()
        sign_in(page, argilla, server, "bob")
        page.goto(f"{argilla.url}/dataset/{data_set.id}/annotation-mode?page=1&status=pending")
        page.locator(".markdown-render").first.wait_for()
        yield page
        browser.close()


def letters(text: str) -> str:
    return "".join(re.findall(r"[^\W\d_]+", text))


def texts(host: str) -> list[str]:
    """Give every acting text in every place, and places within places."""
    alone = [put(acts) for put, acts in product(PLACES.values(), ACTING)]
    nested = [
        outer(inner(ACTING[n % len(ACTING)]))
        for n, (outer, inner) in enumerate(product(PLACES.values(), repeat=2))
    ]
    return [text.replace(HOST, host) for text in (*alone, *nested, *BENIGN)]


def test_nothing_acts_on_the_page_even_without_its_policy(
    argilla: Address, argilla_server: ArgillaServer
) -> None:
    with (
        foreign_server() as (host, asked),
        queue_page(argilla, argilla_server, host, bypass_csp=True) as page,
    ):
        written = texts(host)
        shown = page.evaluate(SHOW, [as_markdown(text) for text in written])
        page.locator(".icon-info").first.click()
        page.locator(".fixed-tooltip").get_by_text("Press 5").wait_for()
        page.get_by_text("Guidelines").first.click()
        page.wait_for_load_state("networkidle")
        assert asked == []
        assert page.evaluate("window.ran") is None
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 0, 0)"
    for text, page_shows in zip(written, shown, strict=True):
        assert set(page_shows["tags"]) <= LAYOUT | COLOURED_CODE, page_shows["html"]
        assert page_shows["acts"] == [] and page_shows["top"] != "fixed", page_shows["html"]
        assert letters(page_shows["text"]) == letters(text), page_shows["html"]


def test_the_policy_alone_lets_nothing_be_loaded_sent_or_run(
    argilla: Address, argilla_server: ArgillaServer
) -> None:
    with (
        foreign_server() as (host, asked),
        queue_page(argilla, argilla_server, host, bypass_csp=False) as page,
    ):
        raw = [text.replace(HOST, host) for text in ACTING]
        shown = page.evaluate(SHOW, raw)
        assert any("form" in one["tags"] for one in shown)
        page.evaluate(SHOW, [raw[3]])
        page.evaluate("document.querySelector('.markdown-render form').submit()")
        page.wait_for_load_state("networkidle")
        assert asked == []
        assert page.evaluate("window.ran") is None
