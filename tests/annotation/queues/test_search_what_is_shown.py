"""A search finds what the page shows of an item, and nothing that only the stored text has."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.annotation.queues.material import group, prompt
from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.client import Client, DataSet
from winnow.annotation.queues.push import Queue, ensure_data_set, push
from winnow.annotation.queues.tasks import Checklist, Pairwise, Task

pytestmark = pytest.mark.server

TEXT = (
    "Write to me@example.org, see www.example.org/a_b?c=d or https://docs.example.com.\n\n"
    "AT&T and __init__ is <b>bold</b>, x**2 costs 5 \N{EURO SIGN}.\n\n"
    "```html\n<em>fenced &copy; text</em>\n```\n\n- 7. of `a &lt; b`"
)

FINDS = (
    "me@example.org", "@example.org", "www.", "www.example.org", "https://docs.example.com", "https://docs.",
    "a_b", "AT&T", '"AT&T and"', "__init__", "<b>bold</b>", '"x 2 costs"', "html", "em", "copy", "lt", "end.",
)  # fmt: skip
MISSES = ("amp", "#64", "&#64;", "strong", "br", "blockquote", "quot", "gt", "code", "nbsp", "x27")


@pytest.fixture(
    scope="module", params=[Pairwise(), Checklist(n_criteria=2)], ids=["laid out", "plain"]
)
def data_set(argilla: Address, request: pytest.FixtureRequest) -> DataSet:
    task: Task = request.param
    queue = Queue(f"shown {task.name}", "winnow", task)
    with Client(argilla) as client:
        push(client, queue, [(group(prompt("The end. Of the matter"), TEXT, "other"), 0)])
        return ensure_data_set(client, queue)


@pytest.fixture(scope="module")
def found(data_set: DataSet, person: Callable[[str], httpx.Client]) -> Callable[[str], int]:
    def found(query: str) -> int:
        asked = {"query": {"text": {"q": query}}}
        page: Any = person("ann").post(f"me/datasets/{data_set.id}/records/search", json=asked)
        return int(page.raise_for_status().json()["total"])

    return found


def test_what_the_page_shows_is_found(found: Callable[[str], int]) -> None:
    assert [query for query in FINDS if not found(query)] == []


def test_what_only_the_stored_text_has_is_not_found(found: Callable[[str], int]) -> None:
    assert [query for query in MISSES if found(query)] == []
