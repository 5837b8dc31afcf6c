from winnow.annotation.argilla.search.laid_out import words_of
from winnow.annotation.queues.display import as_plain
from winnow.annotation.queues.markdown import as_markdown


def test_a_search_reads_the_words_of_a_laid_out_text_and_no_tag() -> None:
    text = as_markdown("# Cox\n\n1. `a<b` & *apple*\n3. List<int>\n\n> ```c\n> x\n> y\n> ```")
    assert words_of(text).split() == ["Cox", "a<b", "&", "apple", "List<int>", "c", "x", "y"]


def test_what_someone_wrote_in_angle_brackets_is_read() -> None:
    assert words_of("a <b> and <apple> & <p>pear</p>") == "a <b> and <apple> &  pear "


def test_code_is_read_as_the_page_shows_it() -> None:
    text = as_markdown("```html\n<p>&amp;</p>\n```\n\nand &lt;\n\n````\n```\n<br>\n```\n````")
    assert words_of(text).split() == ["html", "<p>&amp;</p>", "and", "&lt;", "```", "<br>", "```"]


def test_a_fence_in_a_field_without_markdown_is_text() -> None:
    plain = as_plain("```\n<p>&amp;\n```")
    assert words_of(plain, is_markdown=False).split() == ["```", "<p>&amp;", "```"]
