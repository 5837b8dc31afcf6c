"""What people see and do on Argilla's page, in a real browser."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.annotation.queues.browsing import launch, needs_chromium, sign_in
from tests.annotation.queues.material import group, pair, prompt
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.pull import pull
from winnow.annotation.queues.push import Queue, ensure_data_set, push
from winnow.annotation.queues.reading import read_answers
from winnow.annotation.queues.tasks import Checklist, Edit, Pairwise, Task, View
from winnow.schemas.answers import Answer

playwright = pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")
pytestmark = [pytest.mark.server, needs_chromium]

LIVE = (
    "<script>window.ran = 1</script>",
    '<img src=x onerror="window.ran = 2">',
    "[here](javascript:window.ran=3)",
    "{{ 7*7 }} ${7*7}",
    "<style>body { display: none }</style>",
    '<svg onload="window.ran = 4"></svg>',
)
HOSTILE = "\n\n".join(LIVE)
LONG = "\n\n".join(f"Line {n}: " + "word " * 20 for n in range(1_000)) + " last words"

SUBMIT = re.compile("Submit$")
"""The button; the list of states has an entry that begins alike."""

Enter = Callable[[str], "playwright.Page"]


@pytest.fixture(scope="module")
def enter(argilla: Address, argilla_server: ArgillaServer) -> Iterator[Enter]:
    """Sign someone in, in a browser of their own."""
    with playwright.sync_playwright() as engine:
        browser = launch(engine)

        def enter(name: str) -> "playwright.Page":
            page = browser.new_context(viewport={"width": 1500, "height": 1000}).new_page()
            return sign_in(page, argilla, argilla_server, name)

        yield enter
        browser.close()


@pytest.fixture
def client(argilla: Address) -> Iterator[Client]:
    with Client(argilla) as client:
        yield client


def open_queue(
    page: "playwright.Page", client: Client, queue: Queue, status: str = "pending"
) -> None:
    data_set = ensure_data_set(client, queue)
    page.goto(f"{client.url}/dataset/{data_set.id}/annotation-mode?page=1&status={status}")
    page.get_by_text(queue.task.form().questions[0].title).wait_for()


def answer(page: "playwright.Page", key: str, why: str, n_submitted: int) -> None:
    """Choose by key, write a justification, submit, and wait until the page has counted it."""
    page.locator(".label-button, label").first.wait_for()
    page.keyboard.press(key)
    page.locator(".label-active").wait_for()
    page.locator("[contenteditable=true]").last.click()
    page.keyboard.type(why)
    page.get_by_role("button", name=SUBMIT).click()
    counted(page, n_submitted)


def counted(page: "playwright.Page", n_submitted: int) -> None:
    page.wait_for_function(
        "n => document.body.innerText.replace(/\\s+/g, ' ').includes(`Submitted ${n}`)",
        arg=n_submitted,
    )


@pytest.mark.parametrize("task", [Pairwise(), Checklist(n_criteria=2)], ids=["markdown", "plain"])
def test_hostile_text_is_shown_as_text_and_nothing_runs(
    client: Client, enter: Enter, task: Task
) -> None:
    queue = Queue(f"hostile {task.name}", "winnow", task)
    push(client, queue, [(group(prompt(HOSTILE), HOSTILE, LONG), 0)])
    page = enter("ann")
    open_queue(page, client, queue)
    page.get_by_text("last words").wait_for()
    text = page.inner_text("body")
    assert page.evaluate("window.ran") is None
    assert all(text.count(line) == 2 for line in LIVE)
    assert "Line 0:" in text and "Line 999:" in text


def test_hostile_text_does_not_run_in_the_box_it_is_edited_in(client: Client, enter: Enter) -> None:
    both = group(prompt(), HOSTILE, "other")
    (hostile,) = (r for r in both.responses if r.text == HOSTILE)
    queue = Queue("hostile edit", "winnow", Edit())
    push(client, queue, [(View(hostile.response_id, both.prompt, (hostile,)), 0)])
    page = enter("ann")
    open_queue(page, client, queue)
    page.get_by_text("window.ran = 1").first.wait_for()
    assert page.evaluate("window.ran") is None


def test_two_people_work_a_queue_and_a_pull_stores_exactly_what_they_said(
    client: Client, enter: Enter, tmp_path: Path
) -> None:
    queue = Queue("browser", "winnow", Pairwise())
    push(client, queue, [(pair(n), 0) for n in range(3)])
    ann, bob = enter("ann"), enter("bob")
    open_queue(ann, client, queue)
    ann.screenshot(path=tmp_path / "queue.png")
    for n in range(3):
        answer(ann, "1", f"reason {n}", n_submitted=n + 1)
    open_queue(bob, client, queue)
    answer(bob, "3", "no difference", n_submitted=1)
    with bob.expect_response(lambda reply: "/responses" in reply.url and reply.ok):
        bob.get_by_role("button", name="Discard").click()

    answers: list[Answer] = []
    data_set = ensure_data_set(client, queue)
    pull(client, [data_set], answers.extend)
    open_queue(ann, client, queue, status="submitted")
    ann.locator(".label-active").wait_for()
    ann.get_by_text("About equally good").click()
    ann.locator(".label-active", has_text="About equally good").wait_for()
    ann.screenshot(path=tmp_path / "changed.png")
    with ann.expect_response(lambda reply: "/responses" in reply.url and reply.ok):
        ann.get_by_role("button", name=SUBMIT).click()
    pull(client, [data_set], answers.extend, known=list(answers))

    judgments = read_answers(answers, {"pairwise@1": Pairwise()}).judgments
    said = sorted(
        (j.annotator_id, j.verdict, j.is_discarded, j.supersedes is not None) for j in judgments
    )
    decisive = {j.verdict for j in judgments if j.strength}
    assert decisive <= {"a", "b"} and len(judgments) == 6
    assert [row for row in said if row[1] in ("tie", "invalid")] == [
        ("human:ann", "tie", False, True),
        ("human:bob", "invalid", True, False),
        ("human:bob", "tie", False, False),
    ]
    assert {j.rationale for j in judgments if j.annotator_id == "human:ann"} == {
        "reason 0", "reason 1", "reason 2",
    }  # fmt: skip
