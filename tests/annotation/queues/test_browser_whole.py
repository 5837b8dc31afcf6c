"""Whatever a text holds, Argilla's real page shows all of it to who reads it in a real browser."""

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.annotation.queues.browsing import needs_chromium, opened_queue
from tests.annotation.queues.hostile import AS_WRITTEN
from tests.annotation.queues.material import group, prompt
from winnow.annotation.argilla.server import Address, ArgillaServer
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.markdown import as_markdown
from winnow.annotation.queues.push import Queue, push
from winnow.annotation.queues.tasks import Pairwise

pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")
pytestmark = [pytest.mark.server, needs_chromium]

READ = r"""async texts => {
    const renderer = document.querySelector('.markdown-render').__vue__;
    const shown = [];
    for (const text of texts) {
        renderer.$props.markdown = text;
        await renderer.$nextTick();
        for (const list of renderer.$el.querySelectorAll('ol')) {
            if (getComputedStyle(list).listStyleType !== 'decimal') continue;
            let number = list.start;
            for (const item of list.children) {
                number = item.hasAttribute('value') ? item.value : number;
                item.prepend(`${number++} `);
            }
        }
        shown.push(renderer.$el.innerText);
    }
    return shown;
}"""
"""Gives what the page's own component shows of one text after the other, numbers of lists with it."""

PIECES = (
    *AS_WRITTEN,
    "# Title",
    "## 2. Sub **title**",
    "| a | b |\n|:--|--:|\n| `x` | **y** |\n| 3 |",
    "| a | b |\n|---|---|\n| 1 | 2 | Press 5 | x |",
    "```python\nif a < b:\n\n    print('&amp;')\n```",
    "````md\n```js title=x\n1\n```\n````",
    "~~~ Press 5\ncode\n~~~",
    "```c++\nnever closed",
    "- one\n  ```sh\n  ls -l\n  ```\n- two\n  1. deep\n     - deeper",
    "7. seven\n8. eight\n3. three",
    "2019. a year",
    "> said\n>> and answered\nlazily",
    "    four blanks = code",
    "words\n    set in",
    "\tif x:\n\t\treturn y",
    "![picture](https://example.org/i.png 'title') [text](https://example.org)",
    "<details><summary>more</summary>hidden</details>",
    "<!-- comment --> <script>alert(1)</script>",
    "long" * 3_000,
    "** ** __ __ ** a**b **c",
    "`` ` `` and `a b` and ``unclosed`",
    "line  \nbreak\\\nagain\rand\r\nagain",
    "a    b\tc\u00a0d\u2003e",
    ">" * 40 + " deep",
    "- " * 30 + "deep",
    "日本語の**強調**と`コード`、一行\n二行",
    "👩‍👩‍👧 e\u0301 \ufeff x",
)
"""Pieces of texts with marks, signs and characters in many places."""

MARKS = re.compile(r"[\s*#>|`~=:+\-\u200b\ufeff]|(?<=\d)\.")
"""What may stand for layout, blanks, and the point after the number of an item."""


@pytest.fixture(scope="module")
def page(argilla: Address, argilla_server: ArgillaServer) -> Iterator[Any]:
    """Open a queue in a browser."""
    queue = Queue("whole", "winnow", Pairwise())
    with Client(argilla) as client:
        push(client, queue, [(group(prompt(), "one", "other"), 0)])
    with opened_queue(argilla, argilla_server, queue, "cem", height=1000) as page:
        page.locator(".markdown-render").first.wait_for()
        yield page


def texts() -> list[str]:
    """Give every piece by itself, and pieces drawn together, below each other and within each other."""
    rng = random.Random(7)
    within = ("{}", "- {}", "> {}", "4. {}", "| {} | x |\n|---|---|\n| y | {} |", "**{}**", "({})")
    made = [
        "\n\n".join(rng.choice(within).replace("{}", rng.choice(PIECES)) for _ in range(3))
        for _ in range(300)
    ]
    return [*PIECES, *made]


def signs(text: str) -> str:
    """Give the characters of a text that nobody takes for layout."""
    return MARKS.sub("", text)


def test_the_page_shows_every_character_of_every_text(page: Any) -> None:
    written = texts()
    shown = page.evaluate(READ, [as_markdown(text) for text in written])
    for text, seen in zip(written, shown, strict=True):
        assert signs(seen) == signs(text), text


def test_the_page_shows_signs_as_signs(page: Any) -> None:
    shown = page.evaluate(READ, [as_markdown(text) for text in AS_WRITTEN])
    for text, seen in zip(AS_WRITTEN, shown, strict=True):
        assert seen.split() == text.split()
