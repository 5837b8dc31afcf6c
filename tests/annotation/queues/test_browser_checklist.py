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

HIDDEN = "() => document.querySelector('[data-winnow-question^=marks_in] .input-button[hidden]')"
BADGE = "[id^='entity-span-container-'] .span-entity__close-button"


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


def test_colours_to_mark_with_are_offered_for_the_criteria_of_the_item_alone(
    argilla: Address, argilla_server: ArgillaServer
) -> None:
    queue = Queue("colours", "winnow", Checklist(n_criteria=3))
    view = replace(pair(), criteria=CRITERIA[:2])
    with Client(argilla) as client:
        push(client, queue, [(view, 0)])
    with opened_queue(argilla, argilla_server, queue, "bob") as page:
        colours = page.locator("[data-winnow-question=marks_in_response_1] .input-button")
        page.wait_for_function(HIDDEN)
        assert [colours.nth(n).is_visible() for n in range(3)] == [True, True, False]
        page.keyboard.press("F8")
        for key in "32":  # the third marks nothing, the second does
            page.keyboard.press(key)
        page.locator(BADGE).first.wait_for(state="attached")
        assert page.locator(BADGE).count() == 1
        assert "Criterion 2" in str(page.locator(".span-entity__text").first.text_content())
