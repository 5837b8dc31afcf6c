import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from annotation.queues.display import (
    MAX_TURN,
    as_markdown,
    as_pieces,
    as_plain,
    as_text,
    as_turns,
    marked_words,
    response_text,
)
from schemas.prompts import Message, Part, Prompt, ToolCall
from schemas.responses import Response

HOSTILE = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[click](javascript:alert(1))",
    "![x](https://example.org/pixel.png)",
    "{{ constructor.constructor('alert(1)')() }}",
    "https://example.org and www.example.org and me@example.org",
    "[ref]: javascript:alert(1)\n\n[ref]",
    "between $5 and $6, about ~3 to ~4",
    "a `<b>` tag and a lone ` backtick <i>",
    "&lt;already escaped&gt; &amp;",
    "back\\slash \\(x\\) \\`<b>\\`",
)


class Text(HTMLParser):
    """Gathers the words of a page and the tags that no layout explains."""

    LAYOUT = frozenset(
        [
            "p",
            "br",
            "hr",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "ol",
            "li",
            "strong",
            "em",
            "code",
            "pre",
            "blockquote",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        ]
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.alive: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.LAYOUT:
            self.alive.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def shown(text: str) -> Text:
    """Read a text as a page with raw HTML, links and images switched on would show it."""
    page = Text()
    page.feed(MarkdownIt("js-default", {"html": True}).render(as_markdown(text)))
    return page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_was_written_but_for_marks_of_layout(text: str) -> None:
    page = shown(text)
    assert page.alive == []
    squeezed = re.sub(r"[\s`]", "", "".join(page.words))
    assert squeezed == re.sub(r"[\s`]", "", text)


@given(st.text(alphabet="<>&[]()!`~$\\ \n\t-|:ax#*_1.", max_size=60))
def test_no_text_makes_a_tag_that_is_not_layout(text: str) -> None:
    assert shown(text).alive == []


def test_code_is_left_as_it_is() -> None:
    text = "Use:\n\n```python\nif a < b and x[0]:\n    print('&')\n```\n\nthen `a<b`"
    assert as_markdown(text) == text


def test_a_fence_in_a_list_is_code_too() -> None:
    text = "1. Run\n\n   ```sh\n   cat <file>\n   ```\n\n2. <b>"
    assert as_markdown(text) == text.replace("<b>", "&#60;b>")


def test_tables_lists_and_emphasis_are_laid_out() -> None:
    text = "# Title\n\n| a | b |\n|---|---|\n| 1 | **2** |\n\n- one\n- two"
    assert as_markdown(text) == text


def test_an_empty_text_says_that_it_is_empty() -> None:
    assert as_markdown(" \n") == "*(empty)*"


def test_a_long_text_goes_on_in_further_pieces_and_none_of_it_is_lost() -> None:
    lines = [f"{n}: " + "<x>" * 30 for n in range(900)]
    pieces = as_pieces("\n".join(lines))
    assert len(pieces) > 1 and max(map(len, pieces)) <= MAX_TURN
    assert unescape("".join(pieces)).replace("\n", "") == "".join(lines)


def test_a_long_line_is_cut_too() -> None:
    assert "".join(as_pieces("x" * 100_000)) == "x" * 100_000


def test_a_conversation_shows_tools_documents_calls_results_and_images() -> None:
    prompt = Prompt(
        messages=(
            Message(role="system", content="Be brief."),
            Message(
                role="user",
                parts=(
                    Part(type="text", text="What is this?"),
                    Part(type="image", image="cat.png"),
                ),
            ),
            Message(role="assistant", tool_calls=(ToolCall(name="look", arguments='{"at":1}'),)),
            Message(role="tool", name="look", content="a cat"),
        ),
        tools='[{"name":"look"}]',
        contexts=("Cats purr.",),
        source="tests",
    )
    turns = [(turn["role"], turn["content"]) for turn in as_turns(prompt)]
    assert turns == [
        ("tools", '```json\n[\n  {\n    "name": "look"\n  }\n]\n```'),
        ("document", "Cats purr."),
        ("system", "Be brief."),
        ("user", "What is this?\n\n(image: cat.png)"),
        ("assistant", 'calls `look`\n\n```json\n{\n  "at": 1\n}\n```'),
        ("tool", "(result of look)\n\na cat"),
    ]


def test_an_image_in_the_text_is_measured_not_loaded() -> None:
    message = Message(role="user", parts=(Part(type="image", image="data:image/png;base64,AAAA"),))
    prompt = Prompt(messages=(message,), source="tests")
    assert as_turns(prompt)[0]["content"] == "(image, 26 characters of data)"


def test_a_call_whose_arguments_hold_a_fence_stays_in_its_block() -> None:
    call = ToolCall(name="write", arguments="not json ```` <script>")
    response = Response(prompt_id="p", text="", tool_calls=(call,), model="m")
    assert response_text(response) == "calls `write`\n\n`````json\nnot json ```` <script>\n`````"


def test_a_plain_field_holds_no_tag_and_marks_in_it_give_the_words_people_saw() -> None:
    plain = as_plain("\U0001f600 <i> & zebra\r\n")
    assert plain == "\U0001f600 &lt;i&gt; &amp; zebra\n "
    assert marked_words(plain, 9, 14) == "zebra"


def test_a_mark_at_the_end_of_a_text_of_emoji_lies_within_what_the_server_counts() -> None:
    assert len(as_plain("\U0001f600" * 5)) == 10


def test_a_response_of_several_turns_is_shown_whole() -> None:
    turns = (
        Message(role="assistant", tool_calls=(ToolCall(name="look", arguments="{}"),)),
        Message(role="tool", name="look", content="a cat"),
    )
    response = Response(prompt_id="p", turns=turns, text="It is a cat.", model="m")
    assert response_text(response) == (
        "(assistant)\n\ncalls `look`\n\n```json\n{}\n```\n\n"
        "(tool)\n\n(result of look)\n\na cat\n\n(assistant)\n\nIt is a cat."
    )


def test_people_see_what_every_response_goes_on_from_and_who_speaks() -> None:
    asked = Message(role="user", content="What?", name="Ada")
    prompt = Prompt(
        messages=(asked, Message(role="assistant", content="It is")),
        contexts=("Cats purr.",),
        tools='[{"name":"look"}]',
        source="tests",
    )
    goes_on = "assistant, whom every response goes on from here"
    assert [turn["role"] for turn in as_turns(prompt)] == ["tools", "document", "user", goes_on]
    assert as_text(prompt) == (
        'tools: [{"name":"look"}]\n\ndocument: Cats purr.\n\nuser: (name: Ada)\n\nWhat?\n\n'
        f"{goes_on}: It is"
    )
