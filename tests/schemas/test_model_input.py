import pytest

from winnow.schemas.model_input import Takes, as_taken, model_input, plain_text, plain_texts
from winnow.schemas.prompts import Message, Part, Prompt, ToolCall

SYSTEM = Message(role="system", content="Be brief.")
USER = Message(role="user", content="Who?")
BEGUN = Message(role="assistant", content="It was ")
ADA = ("Ada wrote it.",)


def prompt(*messages: Message, contexts: tuple[str, ...] = ()) -> Prompt:
    return Prompt(messages=messages, contexts=contexts, source="x")


def test_documents_stand_in_the_system_message_which_is_made_if_need_be() -> None:
    bare = model_input(prompt(USER, contexts=ADA)).messages()
    told = model_input(prompt(SYSTEM, USER, contexts=ADA)).messages()
    assert bare[0].content == "Document 1:\nAda wrote it."
    assert told[0].content == "Be brief.\n\nDocument 1:\nAda wrote it."
    assert bare[1:] == told[1:] == (USER,)


def test_a_last_turn_of_the_assistant_is_what_every_response_goes_on_from() -> None:
    told = model_input(prompt(USER, BEGUN))
    assert (told.finished(), told.beginning) == ((USER,), BEGUN)
    assert told.messages() == (USER, BEGUN)


def test_a_response_has_the_beginning_before_its_first_turn() -> None:
    told = model_input(prompt(USER, BEGUN))
    call = ToolCall(name="look", arguments="{}")
    said = Message(role="assistant", content="Ada.", tool_calls=(call,))
    whole = Message(role="assistant", content="It was Ada.", tool_calls=(call,))
    assert told.answered((said, USER)) == (whole, USER)
    assert told.answered((USER, said)) is None


def test_a_turn_that_calls_a_tool_is_finished() -> None:
    call = Message(role="assistant", content="Let me look. ", tool_calls=(ToolCall(name="look", arguments="{}"),))  # fmt: skip
    assert model_input(prompt(USER, call)).beginning is None


def test_text_in_pieces_is_one_text_and_an_image_stays_a_piece() -> None:
    text, image = Part(type="text", text="Who"), Part(type="image", image="ada.png")
    pieces = Message(role="user", parts=(text, Part(type="text", text="?")))
    picture = Message(role="user", parts=(text, image))
    assert model_input(prompt(pieces, picture)).turns == (USER, picture)


def test_documents_follow_a_system_message_in_pieces() -> None:
    image = Part(type="image", image="ada.png")
    system = Message(role="system", parts=(image,))
    (told, _) = model_input(prompt(system, USER, contexts=ADA)).messages()
    assert told.parts == (image, Part(type="text", text="\n\nDocument 1:\nAda wrote it."))


def test_plain_text_is_what_was_said_without_instructions_and_documents() -> None:
    call = Message(role="assistant", tool_calls=(ToolCall(name="look", arguments='{"at":1}'),))
    assert plain_text(prompt(SYSTEM, USER, call, USER, BEGUN, contexts=ADA)) == (
        'Who?\nlook {"at":1}\nWho?\nIt was \nAda wrote it.'
    )


def test_plain_texts_of_rows_are_those_of_each_prompt() -> None:
    call = Message(role="assistant", content="Hm", tool_calls=(ToolCall(name="look", arguments="{}"),))  # fmt: skip
    pieces = Message(role="user", parts=(Part(type="text", text="Who"), Part(type="image", image="ada.png")))  # fmt: skip
    empty, developer = Message(role="user", content=""), Message(role="developer", content="x")
    prompts = [
        prompt(USER), prompt(SYSTEM, USER, contexts=ADA), prompt(USER, call, USER), prompt(pieces),
        prompt(empty), prompt(developer, empty, USER, BEGUN), prompt(USER, BEGUN, contexts=("", "x")),
    ]  # fmt: skip
    rows = Prompt.to_table(prompts)
    assert plain_texts(rows).to_pylist() == [plain_text(one) for one in prompts]
    assert plain_texts(rows[:0]).to_pylist() == []


NO_SYSTEM, IN_TURN, NEITHER = Takes(system=False), Takes(repeats=False), Takes(False, False)
CALL = Message(role="assistant", tool_calls=(ToolCall(name="look", arguments="{}"),))


def turn(role: str, text: str) -> Message:
    return Message.model_validate({"role": role, "content": text})


@pytest.mark.parametrize(
    ("takes", "turns", "told"),
    [
        (Takes(), ["system:S", "user:a", "user:b"], ["system:S", "user:a", "user:b"]),
        (NO_SYSTEM, ["system:S", "user:a"], ["user:S\n\na"]),
        (NO_SYSTEM, ["system:S", "developer:D", "user:a"], ["user:S\n\nD\n\na"]),
        (NO_SYSTEM, ["system:S", "assistant:hi", "user:a"], ["user:S", "assistant:hi", "user:a"]),
        (NO_SYSTEM, ["user:a", "assistant:hi", "system:S"], ["user:a", "assistant:hi", "user:S"]),
        (NO_SYSTEM, ["system:S"], ["user:S"]),
        (NO_SYSTEM, ["system:S", "user:a", "user:b"], ["user:S\n\na", "user:b"]),
        (IN_TURN, ["system:S", "user:a", "user:b"], ["system:S", "user:a\n\nb"]),
        (IN_TURN, ["user:a", "assistant:x", "assistant:y", "user:b"], ["user:a", "assistant:x\n\ny", "user:b"]),
        (IN_TURN, ["user:a", "assistant:x", "assistant:y"], ["user:a", "assistant:x", "assistant:y"]),
        (NEITHER, ["user:a", "system:S", "user:b"], ["user:a\n\nS\n\nb"]),
    ],
)  # fmt: skip
def test_a_conversation_is_written_for_a_template_that_does_not_take_every_turn(
    takes: Takes, turns: list[str], told: list[str]
) -> None:
    said = as_taken([turn(*one.split(":")) for one in turns], takes)
    assert [f"{one.role}:{one.content}" for one in said] == told


def test_a_picture_keeps_its_place_among_joined_words() -> None:
    picture = Message(role="user", parts=(Part(type="image", image="ada.png"),))
    (told,) = as_taken([SYSTEM, picture], NO_SYSTEM)
    assert told.parts == (Part(type="text", text="Be brief.\n\n"), *picture.parts)
    (told,) = as_taken([picture, USER], IN_TURN)
    assert told.parts == (*picture.parts, Part(type="text", text="\n\nWho?"))


def test_calls_of_tools_are_not_joined() -> None:
    result = Message(role="tool", content="1")
    assert as_taken([USER, CALL, result, result, CALL], IN_TURN) == (USER, CALL, result, result, CALL)  # fmt: skip
