import pytest

from tests.annotation.toy import respond, view
from winnow.annotation.verifiers import FormVerifier
from winnow.annotation.verifiers.form_checks import distinct_share
from winnow.schemas.prompts import ToolCall
from winnow.schemas.responses import Response

PAIR = view("", "", tools='[{"type":"function","function":{"name":"rain"}}]')
PROSE = (
    "Air scatters short waves of light far more than long ones, so that from every part of the sky "
    "blue reaches the eye, while red and yellow pass on straight ahead and colour only the evening."
)


def failed(text: str, *calls: ToolCall, **more: object) -> tuple[str, ...]:
    return FormVerifier().examine(PAIR.prompt, respond(PAIR.prompt, text, *calls, **more)).failed


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        (PROSE, ()),
        ("Yes.", ()),
        (" ", ("too_short",)),
        ("x y z " * 5_000, ("repetitive",)),
        ("I am out of office. " * 6, ("repetitive",)),
        ("na\ufffd\ufffdve", ("garbled",)),
        ("I'm sorry, but I can't help with that.", ("refusal",)),
        ("I am unable to answer this.", ("refusal",)),
        ("Lo siento, no puedo ayudar con eso.", ("refusal",)),
        ("Das kann ich leider nicht beantworten.", ("refusal",)),
        ("抱歉，我无法回答。", ("refusal",)),
        ("Desculpe, mas não posso ajudar com isso.", ("refusal",)),
        ("I'm sorry to hear that; it makes sense that you can't sleep.", ()),
        (str([{"id": i, "status": "open"} for i in range(40)]), ()),
    ],
)
def test_a_check_that_fails_is_named(text: str, checks: tuple[str, ...]) -> None:
    assert failed(text) == checks


def test_a_text_that_ended_at_the_token_limit_is_cut_off() -> None:
    assert failed("Because", finish_reason="length") == ("cut_off",)


@pytest.mark.parametrize(
    ("name", "arguments", "checks"),
    [
        ("rain", '{"at": "Oslo"}', ()),
        ("snow", "{}", ("broken_call",)),
        ("rain", "Oslo", ("broken_call",)),
        ("rain", "[1]", ("broken_call",)),
    ],
)
def test_a_call_names_a_known_tool_with_an_object(
    name: str, arguments: str, checks: tuple[str, ...]
) -> None:
    assert failed("", ToolCall(name=name, arguments=arguments)) == checks


def judge(one: str, other: str) -> str:
    verifier = FormVerifier()
    found = (verifier.examine(PAIR.prompt, respond(PAIR.prompt, text)) for text in (one, other))
    return verifier.compare(*found).verdict


def test_what_fails_nothing_wins_and_what_the_other_fails_is_named() -> None:
    verifier = FormVerifier()
    good, bad = (
        verifier.examine(PAIR.prompt, respond(PAIR.prompt, t)) for t in (PROSE, "\ufffd" * 9)
    )
    reading = verifier.compare(good, bad)
    assert (reading.verdict, reading.rationale) == ("a", "a fails nothing; b fails garbled")
    assert verifier.compare(bad, good).verdict == "b"
    assert verifier.compare(good, good).verdict == "tie"


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("I can't help with that.", "I do not know this at all. " * 9, "tie"),
        ("Não posso ajudar com isso.", "I cannot help with that.", "tie"),
        ("[1, 2, 3]", str([{"id": i, "status": "open"} for i in range(40)]), "tie"),
        ("quick, sly, quick, sly, " * 20, "I do not know this at all. " * 9, "tie"),
        ("I can't help with that.", str([{"id": i, "at": "home"} for i in range(40)]), "b"),
    ],
)
def test_nothing_is_decided_on_what_is_in_doubt(one: str, other: str, verdict: str) -> None:
    assert judge(one, other) == verdict


SORRY, CALL = "I'm sorry, but I can't help with that.", ToolCall(name="rain", arguments="{}")


def said_in_turns(*turns: tuple[str, str]) -> Response:
    """Make a response of several turns, the last one the assistant's."""
    before = [
        {"role": role, "tool_calls": (CALL,)}
        if said == "calls"
        else {"role": role, "content": said}
        for role, said in turns[:-1]
    ]
    return respond(PAIR.prompt, turns[-1][1], turns=before)


@pytest.mark.parametrize(
    ("turns", "checks"),
    [
        ((("assistant", PROSE), ("user", "And at night?"), ("assistant", PROSE)), ()),
        ((("assistant", "na\ufffdve"), ("user", "What?"), ("assistant", PROSE)), ("garbled",)),
        ((("tool", "na\ufffdve"), ("assistant", "It says na\ufffdve.")), ()),
        ((("assistant", "I am out. " * 90), ("user", "What?"), ("assistant", PROSE)), ("repetitive",)),
        ((("assistant", "calls"), ("tool", "dry"), ("assistant", " ")), ("too_short",)),
        ((("assistant", PROSE), ("user", "Who?"), ("assistant", "Me.")), ()),
        ((("assistant", SORRY), ("user", "Do try."), ("assistant", SORRY)), ("refusal",)),
        ((("assistant", SORRY), ("user", "Do try."), ("assistant", PROSE)), ()),
        ((("assistant", PROSE), ("user", "More?"), ("assistant", SORRY)), ()),
        ((("assistant", "calls"), ("tool", "no"), ("assistant", SORRY)), ()),
    ],
)  # fmt: skip
def test_of_several_turns_all_that_the_assistant_said_is_looked_at(
    turns: tuple[tuple[str, str], ...], checks: tuple[str, ...]
) -> None:
    assert FormVerifier().examine(PAIR.prompt, said_in_turns(*turns)).failed == checks


def test_a_length_is_that_of_all_turns_and_a_broken_call_may_stand_in_any() -> None:
    short = said_in_turns(("assistant", PROSE), ("user", "And?"), ("assistant", "Yes."))
    assert FormVerifier(min_chars=100).examine(PAIR.prompt, short).failed == ()
    long = said_in_turns(("assistant", PROSE), ("user", "And?"), ("assistant", PROSE))
    found = FormVerifier(max_chars=len(PROSE) + 9).examine(PAIR.prompt, long)
    assert found.failed == ("too_long",)
    called = said_in_turns(("assistant", "calls"), ("tool", "dry"), ("assistant", "It is dry."))
    without_tools = PAIR.prompt.model_copy(update={"tools": None})
    assert FormVerifier().examine(without_tools, called).failed == ("broken_call",)


def test_what_the_prompt_holds_is_not_garbled() -> None:
    asked = view("", "", messages=({"role": "user", "content": "What is \ufffd called?"},)).prompt
    said = respond(asked, "\ufffd is the replacement character.")
    assert FormVerifier().examine(asked, said).failed == ()


def test_length_and_sameness_fail_where_the_settings_say_so() -> None:
    strict = FormVerifier(max_chars=100, min_distinct=0.5)
    table = "| a | b |\n" * 90
    assert FormVerifier().examine(PAIR.prompt, respond(PAIR.prompt, table)).failed == ()
    said = strict.examine(PAIR.prompt, respond(PAIR.prompt, table))
    assert said.failed == ("too_long", "repetitive")


def test_refusals_may_be_left_alone() -> None:
    verifier = FormVerifier(check_refusal=False)
    response = respond(PAIR.prompt, "I can't help with that.")
    assert verifier.examine(PAIR.prompt, response).failed == ()


def test_prose_and_code_are_distinct_and_a_loop_is_not() -> None:
    code = "\n".join(f"    value_{i} = compute(value_{i - 1}, step={i})" for i in range(12))
    assert distinct_share(PROSE) > 0.9
    assert distinct_share(code) > 0.5
    assert distinct_share("I do not know. " * 10) < 0.2
