import json

import pytest

from winnow.annotation.verifiers.loops import Loop, loop_of

TICKETS = json.dumps([{"id": i, "status": "open"} for i in range(40)])
TABLE = "\n".join(["| task | done |", "|---|---|", *["| write the tests | no |"] * 20])
CODE = "\n".join(f"    value_{i} = compute(value_{i - 1}, step={i})" for i in range(12))
STORY = "Air scatters short waves of light far more than long ones, so the sky is blue. "


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("I am out of office. " * 5, "i am out of office. "),
        (STORY + "And so it goes on and on. " * 9, "and so it goes on and on. "),
        ("the sky the sky the sky " * 20, "the sky "),
        ("Das weiß ich nicht. " * 7 + "Das weiß", "das weiss ich nicht. "),
        ("我不知道该怎么回答。" * 8, "我不知道该怎么回答。"),
        ("मुझे नहीं पता है। " * 8, "मुझे नहीं पता है। "),
        ("ฉันไม่รู้คำตอบ" * 8, "ฉันไม่รู้คำตอบ"),
        ("Я не знаю ответа.\n" * 8, "я не знаю ответа. "),
    ],
)
def test_words_said_over_and_over_to_the_end_are_a_loop(text: str, unit: str) -> None:
    found = loop_of(text)
    assert found is not None
    assert sorted(found.unit) == sorted(unit)


@pytest.mark.parametrize(
    "text",
    [
        TICKETS,
        TABLE,
        CODE,
        "0, " * 200,
        "[[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]",
        "- open\n" * 20,
        "Ha, ha, ha, ha, ha, ha!",
        "Buffalo buffalo Buffalo buffalo buffalo buffalo Buffalo buffalo",
        "\n".join(f"{i}. Wash the dishes with warm water" for i in range(1, 30)),
        "Row, row, row your boat, gently down the stream. " * 2,
        "-" * 300,
        "Yes.",
        "",
        "I am out of office. " * 6 + STORY * 2 + "Yours, Ann.",
    ],
)
def test_lists_tables_code_and_what_goes_on_are_no_loop(text: str) -> None:
    assert loop_of(text) is None


def test_a_loop_is_counted() -> None:
    assert loop_of("Ask me later. " * 6) == Loop(" ask me later.", 6)


def test_what_the_prompt_holds_may_be_said_again() -> None:
    text = "I will not talk in class. " * 20
    assert loop_of(text, "Write 'I will not talk in class.' 20 times.") is None
    assert loop_of(text, "What will you do?") is not None
