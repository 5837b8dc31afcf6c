from annotation.queues.markdown import as_markdown
from annotation.queues.search.laid_out import words_of


def test_a_search_reads_the_words_of_a_laid_out_text_and_no_tag() -> None:
    text = as_markdown("# Cox\n\n1. `a<b` & *apple*\n3. List<int>\n\n> ```c\n> x\n> y\n> ```")
    assert words_of(text).split() == ["Cox", "a<b", "&", "apple", "List<int>", "x", "y"]


def test_what_someone_wrote_in_angle_brackets_is_read() -> None:
    assert words_of("a <b> and <apple> & <p>pear</p>") == "a <b> and <apple> &  pear "
