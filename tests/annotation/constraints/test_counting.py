import pytest

from winnow.annotation.constraints.counting import (
    NotCountable,
    paragraphs_of,
    sentences_of,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("  \n ", 0),
        ("- * # ...", 0),
        ("It can't be a well-known 3.14, can it?", 8),
        ("U.S. troops", 2),
        ("one,two three", 2),
        ("naïve café São Paulo", 4),
        ("你好，世界", 4),
        ("これは ペン です", 7),
        ("한국어는 빈칸이 있다", 3),
        ("**bold** _soft_ `code`", 3),
        ("हिन्दी में लिखो", 3),
        ("GPT-4 读书", 3),
    ],
)
def test_words_are_counted(text: str, count: int) -> None:
    assert len(words_of(text)) == count


@pytest.mark.parametrize("text", ["สวัสดีครับ", "ສະບາຍດີ", "ជំរាបសួរ", "မင်္ဂလာပါ"])
def test_words_that_no_blank_divides_are_not_counted(text: str) -> None:
    with pytest.raises(NotCountable, match="without blanks"):
        words_of(f"Hello {text}")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("...", 0),
        ("One. Two! Three?", 3),
        ("Dr. Smith paid $3.50 to J. R. Jones.", 1),
        ("It is 3.14. Yes.", 2),
        ("e.g. this one, i.e. that.", 1),
        ('He said "Go." She went.', 2),
        ("你好。你好吗？很好！", 3),
        ("यह है। वह है।", 2),
        ("No stop at the end", 1),
        ("A heading\n\nA line.", 2),
        ("# Title\nA line.", 2),
        ("- one\n- two\n- three", 3),
        ("1. One.\n2. Two.", 2),
        ("Wait... what?", 2),
        ("A line\nthat goes on.", 1),
        ("It works etc.", 1),
    ],
)
def test_sentences_are_counted(text: str, count: int) -> None:
    assert len(sentences_of(text)) == count


def test_empty_lines_divide_paragraphs() -> None:
    assert paragraphs_of("\n\none\ntwo\n \n\nthree\n\n") == ["one\ntwo", "three"]
