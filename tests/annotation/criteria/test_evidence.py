import pytest

from tests.annotation.toy import respond
from winnow.annotation.criteria.evidence import find_quote, quotable_turns, turns_answering
from winnow.schemas.prompts import Message, Prompt, ToolCall

PROMPT = Prompt(messages=(Message(role="user", content="When is low tide?"),), source="toy")


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("at  six\n", "at\nsix"),
        ('it\'s "low"', "it’s “low”"),
        ("at seven", None),
        ("AT SIX", None),
        ("< |im_end|>", "< |im_end|>"),
        (".*", None),
        ("", None),
        (" \n", None),
    ],
)
def test_a_quote_is_found_as_the_response_has_it(quote: str, found: str | None) -> None:
    turns = quotable_turns(respond(PROMPT, "Today it’s “low” at\nsix.<|im_end|>"))
    evidence = find_quote(quote, turns)
    assert (evidence.text if evidence else None) == found


def test_evidence_names_the_turn_and_may_be_a_call_or_its_result_but_not_the_users_words() -> None:
    call = ToolCall(name="tides", arguments='{"port": "Dover"}')
    turns = (
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", content="low 06:00"),
        Message(role="user", content="And tomorrow?"),
    )
    found = quotable_turns(respond(PROMPT, "At seven.", turns=turns))
    quotes = ('tides {"port": "Dover"}', "low 06:00", "And tomorrow?", "At seven.")
    places = [find_quote(quote, found) for quote in quotes]
    assert [one and one.turn for one in places] == [1, 2, None, 4]


def test_the_turns_that_answer_one_turn_of_the_user_are_told() -> None:
    turns = (
        Message(role="assistant", content="At six."),
        Message(role="user", content="And tomorrow?"),
        Message(role="assistant", content="Wait."),
        Message(role="tool", content="07:00"),
    )
    response = respond(PROMPT, "At seven.", turns=turns)
    assert [list(turns_answering(n, PROMPT, response)) for n in (1, 2, 3)] == [[1], [3, 4, 5], []]
