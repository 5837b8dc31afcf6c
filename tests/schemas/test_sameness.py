import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.schemas.sameness import (
    as_seen,
    end_mark_of,
    invisible_in,
    without_end_mark,
    without_invisible,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("café", "cafe\u0301"),
        ("\ufeffAir.", "Air."),
        ("A\u200bir\u00ad.", "Air."),
        ("A\u200dir\u200c.", "Air."),
        ("Air.\x07", "Air."),
        ("Air.\U000e0041\U000e0042", "Air."),
        (" Air.\n\n", "Air."),
        ("Air,\u00a0and  light. \nMore.", "Air, and light.\r\n\r\nMore."),
        ("Air.<|im_end|>\n", "Air."),
        ("Air.</s><|eot_id|>\u200b", "Air."),
    ],
)
def test_texts_that_look_the_same_are_the_same(one: str, other: str) -> None:
    assert as_seen(one) == as_seen(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x²", "x2"),
        ("می‌خواهم", "میخواهم"),  # a joiner that Persian needs
        ("👩‍🚀", "👩🚀"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e007f", "\U0001f3f4"),
        ("if a:\n    b()\n    c()", "if a:\n    b()\nc()"),
        ("a\nb", "a b"),
        ("Air", "air"),
        ("5. Ａ", "5. A"),
    ],
)
def test_texts_that_look_different_are_different(one: str, other: str) -> None:
    assert as_seen(one) != as_seen(other)


@pytest.mark.parametrize(
    "mark", ["<|im_end|>", "</s>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>", "<turn|>"]
)
def test_the_end_mark_of_a_template_comes_off(mark: str) -> None:
    assert without_end_mark(f"Paris.{mark}\n") == "Paris."
    assert end_mark_of(f"Paris. {mark}") == mark


@pytest.mark.parametrize(
    "text",
    ["Paris.", "  Paris. \n", "<s>old</s> and <s>older</s>", "<p>So <s>old</s>", "`</s>`",
     "ChatML ends a turn with <|im_end|>, so write hi<|im_end|>"],
)  # fmt: skip
def test_a_text_that_speaks_of_marks_or_has_none_stays_as_it_is(text: str) -> None:
    assert without_end_mark(text) == text
    assert end_mark_of(text) is None


def test_the_first_character_that_nobody_sees_is_named() -> None:
    assert invisible_in("a\u200bb\ufeff") == "U+200B"
    assert invisible_in("می‌خواهم 👩‍🚀 \t\n") is None


@given(st.text(st.sampled_from("ab  \n\n\t\r\x0b\x0c\x1c\x1d\x1f>"), max_size=24))
def test_white_space_at_the_end_of_lines_and_doubled_within_them_does_not_count(text: str) -> None:
    ended = re.sub(r"\s*\n", "\n", without_invisible(text).strip()).expandtabs()
    assert as_seen(text) == re.sub(r"(?<=\S)(?:[^\S\n]{2,}|[^\S\n ])", " ", ended)
