import pytest

from tests.pipelines.toy import answer, ask
from winnow.pipelines.pairing.contents import content_keys
from winnow.schemas.prompts import Message, ToolCall
from winnow.schemas.responses import Response

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


ASKED = Message(role="assistant", content="Which town?")
OSLO = Message(role="user", content="Oslo.")
BERGEN = Message(role="user", content="Bergen.")


def keys(*responses: Response) -> list[str | None]:
    found = content_keys(Response.to_table(responses))
    return [found[response.response_id] for response in responses]


def respond(*turns: Message, text: str = "It rains.") -> Response:
    return Response(prompt_id="p", turns=turns, text=text, model="m")


def test_turns_before_the_last_tell_one_content_from_another() -> None:
    bare, oslo, bergen = keys(respond(), respond(ASKED, OSLO), respond(ASKED, BERGEN))
    assert len({bare, oslo, bergen}) == 3


def test_white_space_after_a_turn_does_not() -> None:
    wide = Message(role="assistant", content="Which town? \n\n")
    one, other = keys(respond(ASKED, OSLO), respond(wide, OSLO))
    assert one == other


def test_calls_in_a_turn_do_but_not_their_ids() -> None:
    calls = [ToolCall(name="rain", arguments=a, id=i) for a, i in (("{}", "1"), ("{}", "2"), ("[]", "1"))]  # fmt: skip
    said = [Message(role="assistant", tool_calls=(call,)) for call in calls]
    one, same, other = keys(*(respond(turn, OSLO) for turn in said))
    assert one == same != other


def test_calls_that_differ_in_how_their_json_is_written_are_one_content() -> None:
    spellings = ('{"a":1,"b":2}', '{"b": 2, "a": 1}', '{"a": 1, "b": 3}')
    calls = [(ToolCall(name="rain", arguments=arguments),) for arguments in spellings]
    one, same, other = keys(
        *(Response(prompt_id="p", text="", tool_calls=c, model="m") for c in calls)
    )
    assert one == same != other


def test_a_response_of_turns_without_a_last_word_says_something() -> None:
    empty, turned = keys(respond(text=""), respond(ASKED, OSLO, text=""))
    assert empty is None
    assert turned is not None
