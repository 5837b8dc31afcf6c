"""The annotators' page as Winnow serves it: by keyboard alone, by screen reader, wide and narrow."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.annotation.queues.browsing import launch, needs_chromium, sign_in
from tests.annotation.queues.material import CRITERIA, group, one_response, pair, prompt, rubric
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client, DataSet
from winnow.annotation.queues.keys import keys_of
from winnow.annotation.queues.push import Queue, ensure_data_set, push
from winnow.annotation.queues.tasks import (
    Checklist,
    Edit,
    Pairwise,
    Ranking,
    Ratings,
    RubricReview,
    Task,
    View,
)
from winnow.annotation.queues.tasks.ratings import HELPSTEER

playwright = pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="needs pip install axe-playwright-python"
)
pytestmark = [pytest.mark.server, needs_chromium]

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 780}
LONG = "\n\n".join(f"Paragraph {n} says: " + "word " * 30 for n in range(40))

Keys = list[tuple[str, str]]
"""Keys, or words to type, each with the question that is in focus after it."""


def long_pair(n: int) -> View:
    return group(prompt(f"Which one? ({n})"), f"{LONG} one", f"{LONG} two")


def four(n: int) -> View:
    return group(prompt(f"Name a prime. ({n})"), "11", "12", "13", "14")


KINDS: dict[str, tuple[Task, Any]] = {
    "pairwise": (Pairwise(), long_pair),
    "ranking": (Ranking(), four),
    "ratings": (Ratings(attributes=HELPSTEER[:2]), pair),
    "checklist": (Checklist(n_criteria=3), pair),
    "edit": (Edit(), one_response),
    "rubric_review": (
        RubricReview(n_criteria=3),
        lambda n: View(f"rubric {n}", rubric(n).prompt, (), CRITERIA),
    ),
}

BADGE = "[id^='entity-span-container-'] .span-entity__close-button"
"""Stands at each mark."""
MARKED = "a mark"
"""Where one looks for a mark before one goes on."""

PRESSED: dict[str, Keys] = {
    "pairwise": [("4", "why"), ("2 is right", "why")],
    "ranking": [
        ("2", "ranking response_2"),
        ("1", "ranking response_3"),
        ("1", "ranking response_4"),
        ("4", "ranking response_1"),
        ("ArrowDown", "why"),
        ("a tie", "why"),
    ],
    "ratings": [
        ("4", "correctness_1"),
        ("0", "helpfulness_2"),
        ("3", "correctness_2"),
        ("1", "why"),
    ],
    "checklist": [
        ("1", "criterion_1_2"),
        ("2", "criterion_2_1"),
        ("3", "criterion_2_2"),
        ("1", "marks_in_response_1"),
        ("F8", "field response_1"),
        ("ArrowRight", "field response_1"),
        ("Shift+ArrowRight", "field response_1"),
        ("2", MARKED),
        ("Escape", "marks_in_response_1"),
    ],
    "edit": [("Shift+Enter", "edited"), ("Control+End", "edited"), (" Really.", "edited")],
    "rubric_review": [
        ("1", "decision_2"),
        ("2", "text_2"),
        ("It is prime", "text_2"),
        ("Escape", "text_2"),
        ("ArrowDown", "why"),
    ],
}

SAID: dict[str, dict[str, Any]] = {
    "pairwise": {"preference": "second_slightly", "why": "2 is right"},
    "ranking": {
        "ranking": {"response_1": 2, "response_2": 1, "response_3": 1, "response_4": 4},
        "why": "a tie",
    },
    "ratings": {
        "helpfulness_1": 4, "correctness_1": 0, "helpfulness_2": 3, "correctness_2": 1,
    },
    "checklist": {
        "criterion_1_1": "yes", "criterion_1_2": "no",
        "criterion_2_1": "not_applicable", "criterion_2_2": "yes",
        "marks_in_response_1": [(3, "criterion_2")], "marks_in_response_2": [],
    },
    "edit": {"edited": " Really."},
    "rubric_review": {"decision_1": "approve", "decision_2": "edit", "text_2": "It is prime"},
}  # fmt: skip

IN_FOCUS = """where => {
    const at = document.activeElement, question = at?.closest('[data-winnow-question]');
    const field = at?.closest('.text_field_component')?.getAttribute('name');
    const name = question ? question.dataset.winnowQuestion : 'field ' + field;
    return where === name || where === `${name} ${at.id}`;
}"""


@pytest.fixture(scope="module")
def page(argilla: Address, argilla_server: ArgillaServer) -> Iterator[Any]:
    with playwright.sync_playwright() as engine:
        browser = launch(engine)
        page = browser.new_context(viewport=WIDE).new_page()
        yield sign_in(page, argilla, argilla_server, "cem")
        browser.close()


@pytest.fixture
def client(argilla: Address) -> Iterator[Client]:
    with Client(argilla) as client:
        yield client


@pytest.fixture(scope="module")
def queues(argilla: Address) -> dict[str, DataSet]:
    """Give a data set of three items for each kind of task."""
    with Client(argilla) as client:
        made = {
            kind: Queue(f"by keyboard: {kind}", "winnow", task) for kind, (task, _) in KINDS.items()
        }
        for kind, queue in made.items():
            push(client, queue, [(KINDS[kind][1](n), 0) for n in range(3)])
        return {kind: ensure_data_set(client, queue) for kind, queue in made.items()}


@pytest.fixture(scope="module", params=KINDS)
def opened(
    request: pytest.FixtureRequest, page: Any, argilla: Address, queues: dict[str, DataSet]
) -> str:
    """Open a queue once for all that is tried on it, and give its kind."""
    show(page, argilla, queues[request.param])
    return str(request.param)


def show(page: Any, argilla: Address, data_set: DataSet, size: dict[str, int] = WIDE) -> None:
    page.set_viewport_size(size)
    page.goto(f"{argilla.url}/dataset/{data_set.id}/annotation-mode?page=1&status=pending")
    page.locator("[data-winnow-question]").first.wait_for()
    page.wait_for_function("() => document.activeElement.closest('[data-winnow-question]')")


def press(page: Any, keys: Keys) -> None:
    for key, where in keys:
        is_key = len(key) == 1 or (key[0].isupper() and " " not in key)
        page.keyboard.press(key) if is_key else page.keyboard.type(key)
        if where == MARKED:
            page.locator(BADGE).first.wait_for(state="attached")
        else:
            page.wait_for_function(IN_FOCUS, arg=where)


def told(page: Any, words: str) -> None:
    """Wait until a screen reader would have been told."""
    page.locator("#winnow [role=status]").get_by_text(words).wait_for(state="attached")


def answers(client: Client, data_set: DataSet) -> list[dict[str, Any]]:
    pages = client.records(data_set, has_responses=True)
    return [said for records, _ in pages for record in records for said in record["responses"]]


def test_an_item_of_every_kind_is_answered_by_keyboard_alone(
    page: Any, client: Client, queues: dict[str, DataSet], opened: str
) -> None:
    kind = opened
    press(page, PRESSED[kind])
    with page.expect_response(lambda reply: "/responses" in reply.url and reply.ok):
        page.keyboard.press("Control+Enter")
    told(page, "Submitted, 1 in all.")
    (answer,) = answers(client, queues[kind])
    values = {name: value["value"] for name, value in answer["values"].items()}
    if kind == "ranking":
        values["ranking"] = {each["value"]: each["rank"] for each in values["ranking"]}
    for name in values:
        if name.startswith("marks_in"):
            values[name] = [(mark["start"], mark["label"]) for mark in values[name]]
    if kind == "edit":
        assert values.pop("edited").endswith(" Really.")
    assert answer["status"] == "submitted"
    assert values == {name: value for name, value in SAID[kind].items() if name != "edited"}


def test_the_page_lists_the_keys_of_the_kind_at_hand(page: Any, opened: str) -> None:
    page.keyboard.press("F1")
    listed = page.locator("#winnow dialog[open] dd")
    listed.first.wait_for()
    assert listed.all_inner_texts() == [key.does for key in keys_of(opened)]
    assert grave(page) == []
    page.keyboard.press("Escape")
    listed.first.wait_for(state="hidden")


def test_axe_finds_nothing_that_keeps_a_screen_reader_out(page: Any, opened: str) -> None:
    guidelines = page.get_by_role("button", name="Guidelines").first
    guidelines.click()
    page.get_by_role("heading", name="Keys").wait_for()
    assert grave(page) == []
    guidelines.click()  # the page remembers whether they are open
    page.set_viewport_size(NARROW)
    assert grave(page) == []


def test_items_are_passed_and_discarded_by_keyboard(
    page: Any, argilla: Address, client: Client, queues: dict[str, DataSet]
) -> None:
    show(page, argilla, queues["pairwise"])
    before = page.locator(".pagination__info").inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.pagination__info')?.innerText !== before", arg=before
    )
    n_answers = len(answers(client, queues["pairwise"]))
    page.wait_for_function(IN_FOCUS, arg="preference")
    with page.expect_response(lambda reply: "/responses" in reply.url and reply.ok):
        page.keyboard.press("Backspace")
    after = answers(client, queues["pairwise"])
    assert [a["status"] for a in after[n_answers:]] == ["discarded"] or len(after) == n_answers + 1
    assert sum(a["status"] == "discarded" for a in after) == 1


AT_ONCE = """keys => keys.forEach(key => document.activeElement.dispatchEvent(new KeyboardEvent(
    "keydown", { key, bubbles: true, cancelable: true, ctrlKey: key === "Enter" })))"""


def test_marks_are_kept_each_for_its_criterion_where_all_keys_are_pressed_in_one_moment(
    page: Any, argilla: Address, client: Client, queues: dict[str, DataSet]
) -> None:
    show(page, argilla, queues["checklist"])
    before = answers(client, queues["checklist"])
    press(page, [*PRESSED["checklist"][:4], ("F8", "field response_1")])
    keys = ["2", "ArrowRight", "1", "ArrowRight", "2", "Escape", "Enter"]
    with page.expect_response(lambda reply: "/responses" in reply.url and reply.ok):
        page.evaluate(AT_ONCE, keys)
    (answer,) = [said for said in answers(client, queues["checklist"]) if said not in before]
    marks = answer["values"]["marks_in_response_1"]["value"]
    assert [(mark["start"], mark["label"]) for mark in marks] == [
        (0, "criterion_2"),
        (3, "criterion_1"),
        (6, "criterion_2"),
    ]


def test_what_is_missing_is_told_and_comes_into_focus(
    page: Any, argilla: Address, queues: dict[str, DataSet]
) -> None:
    show(page, argilla, queues["ratings"])
    press(page, [("4", "correctness_1"), ("ArrowDown", "helpfulness_2"), ("1", "correctness_2")])
    page.keyboard.press("Control+Enter")
    page.wait_for_function(IN_FOCUS, arg="correctness_1")
    told(page, "Not submitted. To answer: Correctness of response 1")


def test_tab_leaves_a_question_and_enter_on_a_button_submits_nothing(
    page: Any, argilla: Address, client: Client, queues: dict[str, DataSet]
) -> None:
    n_answers = len(answers(client, queues["rubric_review"]))
    show(page, argilla, queues["rubric_review"])
    press(page, [("1", "decision_2")])
    visited = []
    while "GUIDELINES" not in visited and len(visited) < 60:
        page.keyboard.press("Shift+Tab")
        visited.append(
            page.evaluate("() => document.activeElement.innerText?.trim().toUpperCase()")
        )
    page.keyboard.press("Enter")
    page.get_by_text("Are these good criteria?").first.wait_for()
    assert len(answers(client, queues["rubric_review"])) == n_answers


def test_axe_finds_nothing_grave_on_the_way_to_a_queue(page: Any, argilla: Address) -> None:
    page.set_viewport_size(WIDE)
    page.goto(argilla.url)
    page.get_by_text("by keyboard: edit").wait_for()
    assert grave(page) == []


def grave(page: Any) -> list[str]:
    """Give what axe finds serious or critical, a line each."""
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("kind", ["ranking", "checklist"])
def test_responses_stand_side_by_side_where_the_page_is_wide(
    page: Any, argilla: Address, queues: dict[str, DataSet], kind: str
) -> None:
    show(page, argilla, queues[kind])
    one, two = boxes(page)[:2]
    assert one["y"] == two["y"] and one["x"] + one["width"] <= two["x"]
    page.set_viewport_size({"width": 1920, "height": 1080})
    one, two = boxes(page)[:2]
    right = page.locator("[data-winnow-field=conversation]").bounding_box()
    assert two["x"] + two["width"] > right["x"] + right["width"] - 40
    page.set_viewport_size(NARROW)
    one, two = boxes(page)[:2]
    assert one["x"] == two["x"] and one["y"] + one["height"] <= two["y"]


def boxes(page: Any) -> list[dict[str, float]]:
    """Give where the responses stand, all at one moment."""
    responses = page.locator("[data-winnow-field=response]")
    responses.nth(1).wait_for()
    found = responses.evaluate_all("all => all.map(each => each.getBoundingClientRect().toJSON())")
    return list(found)


def test_the_prompt_and_the_questions_stay_in_sight_at_the_end_of_long_responses(
    page: Any, argilla: Address, queues: dict[str, DataSet]
) -> None:
    show(page, argilla, queues["pairwise"])
    last = page.get_by_text("Paragraph 39 says").first
    for _ in range(40):
        page.keyboard.press("PageDown")
    page.wait_for_function(
        "() => { const r = document.querySelector('.record__content');"
        " return r.scrollTop + r.clientHeight >= r.scrollHeight - 2; }"
    )
    for part in (last, page.get_by_text("Which one?").first, question_of(page)):
        playwright.expect(part).to_be_in_viewport()


def question_of(page: Any) -> Any:
    return page.locator(".questions-form").get_by_text("Which response is better?")


def test_on_a_phone_the_questions_are_one_touch_away(
    page: Any, argilla: Address, queues: dict[str, DataSet]
) -> None:
    show(page, argilla, queues["pairwise"], NARROW)
    question = question_of(page)
    playwright.expect(question).not_to_be_in_viewport()
    page.get_by_role("button", name="To the questions").click()
    playwright.expect(question).to_be_in_viewport()
    page.get_by_role("button", name="To the texts").click()
    playwright.expect(question).not_to_be_in_viewport()


def test_argillas_markup_has_all_that_the_additions_rely_on(
    page: Any, argilla: Address, queues: dict[str, DataSet]
) -> None:
    """Look at Argilla's page without the additions, so that an upgrade shows what they would miss."""
    page.set_viewport_size(WIDE)
    page.route("**/main.js", lambda route: route.abort())
    found: set[str] = set()
    wanted: set[str] = set()
    for kind in ("pairwise", "ranking", "checklist"):
        page.goto(f"{argilla.url}/dataset/{queues[kind].id}/annotation-mode?page=1&status=pending")
        page.locator(".questions-form input, .questions-form [contenteditable]").first.wait_for()
        page.locator(".fields .chat").wait_for()
        page.keyboard.press("1")
        there, all_ = page.evaluate(MATCHED)
        found |= set(there)
        wanted |= set(all_)
    page.unroute("**/main.js")
    assert wanted - found == set()


MATCHED = """async () => {
    const main = document.querySelector('script[src*="/main.js"], script[src^="winnow-"]').src;
    const { MARKUP } = await import(new URL('markup.js', main));
    const text = document.querySelector(MARKUP.markable);
    if (text) {
        document.querySelector("[aria-label^='Question: marks'] input").click();
        await new Promise(resolve => setTimeout(resolve, 100));
        getSelection().setBaseAndExtent(text.firstChild, 0, text.firstChild, 4);
        text.click();
        await new Promise(resolve => setTimeout(resolve, 100));
    }
    const names = Object.keys(MARKUP);
    return [names.filter(name => document.querySelector(MARKUP[name])), names];
}"""
