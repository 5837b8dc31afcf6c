import pytest

from pipelines.contents import content_keys
from schemas.responses import Response
from tests.pipelines.toy import answer, ask

SKY = ask("Why is the sky blue?")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("café", "cafe\u0301"),
        ("Air.", "Air.\u200b"),
        ("Air.", "Air.<|im_end|>"),
        ("Air.", "Air.\n"),
    ],
)
def test_responses_that_look_the_same_have_one_content(one: str, other: str) -> None:
    found = content_keys(Response.to_table([answer(SKY, one), answer(SKY, other, "another")]))
    assert len(set(found.values())) == 1


def test_a_response_of_marks_and_invisible_characters_says_nothing() -> None:
    found = content_keys(Response.to_table([answer(SKY, "\ufeff \u200b</s>")]))
    assert set(found.values()) == {None}


def test_code_that_differs_in_indentation_alone_has_two_contents() -> None:
    codes = ("if a:\n    b()\n    c()", "if a:\n    b()\nc()")
    found = content_keys(Response.to_table([answer(SKY, code) for code in codes]))
    assert len(set(found.values())) == 2
