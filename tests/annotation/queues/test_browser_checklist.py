"""On the page of a checklist each criterion of the item is wanted, and no other, in a real browser."""

from dataclasses import replace

import pytest

from tests.annotation.queues.browsing import needs_chromium, opened_queue
from tests.annotation.queues.material import CRITERIA, pair
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.push import Queue, push
from winnow.annotation.queues.tasks import Checklist

pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")
pytestmark = [pytest.mark.server, needs_chromium]


@pytest.mark.parametrize("n_criteria", [1, 2])
def test_an_item_is_submitted_once_each_of_its_criteria_is_answered(
    argilla: Address, argilla_server: ArgillaServer, n_criteria: int
) -> None:
    queue = Queue(f"criteria {n_criteria}", "winnow", Checklist(n_criteria=3))
    view = replace(pair(), criteria=CRITERIA[:n_criteria])
    with Client(argilla) as client:
        push(client, queue, [(view, 0)])
    wanted = [f"criterion_{n}_{place}" for n in range(1, n_criteria + 1) for place in (1, 2)]
    with opened_queue(argilla, argilla_server, queue, "bob") as page:
        page.locator("[data-winnow-question]").first.wait_for()
        submit = page.locator(".footer-form .button--submit")
        for n, name in enumerate(wanted):
            page.wait_for_function(
                "n => [...document.querySelectorAll('.suggestion-info > [role=mark]')]"
                ".filter(mark => mark.style.display !== 'none').length === n",
                arg=len(wanted),
            )
            assert submit.is_disabled(), f"{n} of {len(wanted)} criteria are enough"
            page.locator(f"[data-winnow-question={name}] label", has_text="Yes").first.click()
        with page.expect_response(lambda reply: "/responses" in reply.url) as answered:
            submit.click()
        assert answered.value.status == 201
