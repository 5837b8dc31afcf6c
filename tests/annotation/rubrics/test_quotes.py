"""Quotes are found where they stand, and nowhere else."""

import random
from difflib import SequenceMatcher

import pytest

from winnow.annotation.rubrics.quotes import fold, is_grounded, likeness, shares_run, stands_in

TEXT = "The answer says  “42 km”\nbut never\tgives a source — a pity."


@pytest.mark.parametrize(
    "quote", ["42 km", '"42 km" but never', "GIVES a source - a pity", "gives  a\nsource"]
)
def test_a_quote_stands_in_a_text_whatever_its_blanks_case_and_marks(quote: str) -> None:
    assert stands_in(quote, TEXT)
    assert likeness(quote, TEXT) == 100


@pytest.mark.parametrize("quote", ["", "  ", "…", "42 miles", "never gave a source"])
def test_other_words_or_none_stand_nowhere(quote: str) -> None:
    assert not stands_in(quote, TEXT)


@pytest.mark.parametrize("quote", ["e", "a", "pit", "answ", "42 k", "ves a"])
def test_letters_and_pieces_of_words_are_no_quote(quote: str) -> None:
    assert not stands_in(quote, TEXT)


def test_a_short_answer_can_be_quoted_whole_and_a_figure_anywhere() -> None:
    assert stands_in("No", "No.") and stands_in("B", "b")
    assert stands_in("42", TEXT) and stands_in("回答", "这个回答引用了来源。")


def test_a_span_that_is_nearly_there_is_grounded_and_one_about_else_is_not() -> None:
    assert is_grounded("the answer never gives a source", TEXT)
    assert not is_grounded("its tone is rude and too long for children", TEXT)
    assert likeness("its tone is rude and too long for children", TEXT) < 60


def test_a_word_or_two_are_no_ground_though_they_stand_in_everything() -> None:
    assert likeness("a", TEXT) == 100
    assert not is_grounded("a", TEXT) and not is_grounded("the", TEXT)
    assert is_grounded("a pity", f"{TEXT} It is a pity") is False
    assert is_grounded("gives a source", TEXT)


def test_likeness_is_near_that_of_the_best_of_all_windows() -> None:
    draw = random.Random(3)
    for _ in range(60):
        span, text = ("".join(draw.choices("abc d", k=k)) for k in (8, 30))
        short, long = sorted((fold(span), fold(text)), key=len)
        if not short:
            continue
        windows = (long[i : i + len(short)] for i in range(len(long) - len(short) + 1))
        best = max(100 * SequenceMatcher(None, short, w, autojunk=False).ratio() for w in windows)
        assert best - 35 <= likeness(span, text) <= best + 1e-9


def test_words_in_a_row_are_found_in_writing_with_and_without_blanks() -> None:
    assert shares_run("It gives a source here", TEXT, 3) == "gives a source"
    assert shares_run("a source gives", TEXT, 3) is None
    assert shares_run("回答引用了来源", "这个回答引用了来源。", 5) == "回 答 引 用 了"
