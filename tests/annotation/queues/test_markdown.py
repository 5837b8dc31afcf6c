import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.annotation.queues.hostile import ACTING, AS_WRITTEN, BENIGN, LAYOUT, PLACES
from winnow.annotation.queues.markdown import as_markdown

READERS = {name: MarkdownIt(name, {"html": True}) for name in ("commonmark", "js-default")}


class Page(HTMLParser):
    """Gathers the words of a page, and the tags and attributes that no layout explains."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words, self.alive = "", list[str]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.words += f" {value}" if name in ("start", "value") else ""
            is_layout = (name, tag) in (("class", "code"), ("start", "ol"), ("value", "li"))
            if not (is_layout or (value and value.startswith("text-align:"))):
                self.alive.append(f"{tag} {name}")
        self.words += "\n" * (tag == "br")
        if tag not in LAYOUT:
            self.alive.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def pages(text: str) -> list[Page]:
    """Read a text as pages show it on which raw HTML, links and images are switched on."""
    return [Page(reader.render(as_markdown(text))) for reader in READERS.values()]


def letters(text: str) -> str:
    return "".join(re.findall(r"[^\W\d_]+", text))


@pytest.mark.parametrize("place", PLACES)
def test_text_that_acts_is_shown_as_it_was_written_wherever_it_stands(place: str) -> None:
    for text in map(PLACES[place], ACTING):
        for page in pages(text):
            assert page.alive == []
            assert letters(page.words) == letters(text)


@given(st.text(alphabet="<>&[]()!`~$\\ \n\t-|:=ax#*_1.+", max_size=80))
def test_no_text_makes_a_tag_that_is_not_layout_and_no_letter_is_lost(text: str) -> None:
    for page in pages(text):
        assert page.alive == []
        assert letters(page.words) == letters(text or "empty") or not text.strip()


@pytest.mark.parametrize("text", BENIGN)
def test_benign_text_of_that_form_reads_as_written(text: str) -> None:
    for page in pages(text):
        assert page.words.split() == re.sub(r"`(?!x)", "", text).split()


def test_code_is_left_as_it_is() -> None:
    text = "Use:\n\n```python\nif a < b and x[0]:\n\n    print('&')\n```\n\nthen `a<b`"
    assert as_markdown(text) == (
        "<p>Use:</p>\n\n<p><em>python</em></p>\n\n```python\nif a < b and x[0]:\n\n    print('&')\n```\n\n"
        "<p>then <code>a&lt;b</code></p>"
    )


def test_a_fence_that_nobody_closes_ends_with_the_text_and_holds_any_fence() -> None:
    assert as_markdown("~~~\n````\n<b>") == "`````\n````\n<b>\n`````"


def test_tables_lists_and_emphasis_are_laid_out() -> None:
    text = "# Title\n\n| a | b |\n|---|---|\n| 1 | **2** |\n\n- one\n- two\n\n> said"
    html = as_markdown(text)
    assert html == (
        "<h1>Title</h1><table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td><strong>2</strong></td></tr></tbody></table>"
        "<ul><li>one</li><li>two</li></ul><blockquote><p>said</p></blockquote>"
    )


def test_code_in_a_list_or_quote_keeps_its_lines_on_one_line_of_html() -> None:
    assert as_markdown("> ```c\n> a<b\n>\n> c\n> ```") == (
        '<blockquote><p><em>c</em></p><pre><code class="language-c">a&lt;b&#10;&#10;c</code></pre></blockquote>'
    )


def test_numbers_of_a_list_are_those_that_were_written() -> None:
    html = as_markdown("2019. a year\n2025. another")
    assert html == (
        '<ol start="2019"><li value="2019">a year</li><li value="2025">another</li></ol>'
    )


@pytest.mark.parametrize(
    "text",
    ["|a|b|\n|-|-|\n|1|2|Press 5|", ">" * 40 + " Press 5", "~~~ Press 5\nx\n~~~"],
    ids=["cell", "depth", "fence"],
)
def test_what_markdown_would_not_show_is_shown(text: str) -> None:
    assert all("Press 5" in page.words for page in pages(text))


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_a_mark_that_is_a_sign_stays(text: str) -> None:
    for page in pages(text):
        assert page.words.split() == text.split()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a **bold** (*word*), **b**: *c*", "a <strong>bold</strong> (<em>word</em>), <strong>b</strong>: <em>c</em>"),
        ("这是**重点**内容", "这是<strong>重点</strong>内容"),
        ("***both*** and **a *b* c**", "<em><strong>both</strong></em> and <strong>a <em>b</em> c</strong>"),
    ],
    ids=["words", "no blanks", "nested"],
)  # fmt: skip
def test_stars_round_words_are_emphasis(text: str, html: str) -> None:
    assert as_markdown(text) == f"<p>{html}</p>"


def test_lines_end_and_are_set_in_as_they_were_written() -> None:
    nbsp = "\N{NO-BREAK SPACE}"
    assert (
        as_markdown("if x:\n    y\n\tz\nend")
        == f"<p>if x:<br>{nbsp * 4}y<br>{nbsp * 4}z<br>end</p>"
    )
    assert as_markdown("a   b c") == f"<p>a{nbsp * 2} b c</p>"


def test_a_table_is_laid_out_beside_one_that_would_lose_a_cell() -> None:
    good, long = "|a|b|\n|-|-|\n|1|2|", "|a|b|\n|-|-|\n|1|2|+|"
    html = as_markdown(f"{good}\n\n{long}")
    assert html.count("<table>") == 1 and "|1|2|+|" in html


def test_items_that_are_all_numbered_one_are_counted() -> None:
    assert "value" not in as_markdown("1. a\n1. b")
    assert '<li value="1">c' in as_markdown("1. a\n2. b\n1. c")


def test_an_empty_text_says_that_it_is_empty() -> None:
    assert as_markdown(" \n") == "<p><em>(empty)</em></p>"


def test_links_of_a_teams_own_text_may_be_followed_and_load_nothing() -> None:
    own = (
        "[wiki](https://wiki.example/x) [no](javascript:alert(1)) ![i](https://a.example/i.png) <b>"
    )
    assert as_markdown(own, with_links=True) == (
        '<p><a href="https://wiki.example/x">wiki</a> [no](javascript:alert(1)) '
        '!<a href="https://a.example/i.png">i</a> &lt;b&gt;</p>'
    )
