import json
from html import unescape

from winnow.annotation.queues.display import (
    MAX_TURN,
    Block,
    as_pieces,
    as_plain,
    as_text,
    as_turns,
    marked_words,
    response_markdown,
    response_text,
)
from winnow.schemas.prompts import Message, Part, Prompt, ToolCall
from winnow.schemas.responses import Response


def test_a_long_text_goes_on_in_further_pieces_and_none_of_it_is_lost() -> None:
    lines = [f"{n}: " + "<x>" * 30 for n in range(900)]
    pieces = as_pieces(Block("\n".join(lines)))
    assert len(pieces) > 1 and max(map(len, pieces)) <= MAX_TURN
    shown = unescape("".join(piece[3:-4].replace("<br>", "") for piece in pieces))
    assert shown.replace(" ", "") == "".join(lines).replace(" ", "")


def test_a_long_line_is_cut_too() -> None:
    pieces = as_pieces(Block("x" * 100_000))
    assert "".join(piece[3:-4] for piece in pieces) == "x" * 100_000


def test_a_conversation_shows_tools_documents_calls_results_and_images() -> None:
    prompt = Prompt(
        messages=(
            Message(role="system", content="Be brief."),
            Message(
                role="user",
                parts=(
                    Part(type="text", text="What is this?"),
                    Part(type="image", image="cat.png"),
                ),
            ),
            Message(role="assistant", tool_calls=(ToolCall(name="look", arguments='{"at":1}'),)),
            Message(role="tool", name="look", content="a cat"),
        ),
        tools='[{"name":"look"}]',
        contexts=("Cats purr.",),
        source="tests",
    )
    turns = [(turn["role"], turn["content"]) for turn in as_turns(prompt)]
    assert turns == [
        ("tools", '```json\n[\n  {\n    "name": "look"\n  }\n]\n```'),
        ("document", "<p>Cats purr.</p>"),
        ("system", "<p>Be brief.</p>"),
        ("user", "<p>What is this?</p><p>(image: cat.png)</p>"),
        ("assistant", '<p>calls <code>look</code></p>\n\n```json\n{\n  "at": 1\n}\n```'),
        ("tool", "<p>(result of look)</p>\n\n<p>a cat</p>"),
    ]


def test_an_image_in_the_text_is_measured_not_loaded() -> None:
    message = Message(role="user", parts=(Part(type="image", image="data:image/png;base64,AAAA"),))
    prompt = Prompt(messages=(message,), source="tests")
    assert as_turns(prompt)[0]["content"] == "<p>(image, 26 characters of data)</p>"


def test_a_call_whose_arguments_hold_a_fence_stays_in_its_block() -> None:
    call = ToolCall(name="write", arguments="not json ```` <script>")
    response = Response(prompt_id="p", text="", tool_calls=(call,), model="m")
    assert response_text(response) == "calls `write`\n\n`````json\nnot json ```` <script>\n`````"


def test_what_one_turn_leaves_open_does_not_reach_into_the_next() -> None:
    look = ToolCall(name="look", arguments='{"at":1}')
    turns = (
        Message(role="assistant", content="```python\nx", tool_calls=(look,)),
        Message(role="tool", name="look", content="> a *cat"),
    )
    response = Response(prompt_id="p", turns=turns, text="dog* it is", model="m")
    assert response_markdown(response) == (
        "<p>(assistant)</p>\n\n<p><em>python</em></p>\n\n```python\nx\n```\n\n"
        '<p>calls <code>look</code></p>\n\n```json\n{\n  "at": 1\n}\n```\n\n'
        "<p>(tool)</p>\n\n<p>(result of look)</p>\n\n<blockquote><p>a *cat</p></blockquote>\n\n"
        "<p>(assistant)</p>\n\n<p>dog* it is</p>"
    )


def test_tools_and_calls_longer_than_a_turn_go_on_in_the_next_as_code() -> None:
    tools = json.dumps([{"name": f"tool_{n}", "description": "*what* it does"} for n in range(900)])
    call = ToolCall(name="look", arguments=tools)
    prompt = Prompt(
        messages=(
            Message(role="user", content="Hi"),
            Message(role="assistant", tool_calls=(call,)),
        ),
        tools=tools,
        source="tests",
    )
    turns = as_turns(prompt)
    assert {turn["role"] for turn in turns} == {"tools", "user", "assistant"}
    for turn in turns:
        assert len(turn["content"]) <= MAX_TURN and "*what*" not in turn["content"].split("```")[0]
    shown = "".join(turn["content"] for turn in turns)
    assert all(shown.count(f'"tool_{n}"') == 2 for n in range(900))


def test_a_plain_field_holds_no_tag_and_marks_in_it_give_the_words_people_saw() -> None:
    plain = as_plain("\U0001f600 <i> & zebra\r\n")
    assert plain == "\U0001f600 &lt;i&gt; &amp; zebra\n "
    assert marked_words(plain, 9, 14) == "zebra"


def test_a_mark_at_the_end_of_a_text_of_emoji_lies_within_what_the_server_counts() -> None:
    assert len(as_plain("\U0001f600" * 5)) == 10


def test_a_response_of_several_turns_is_shown_whole() -> None:
    turns = (
        Message(role="assistant", tool_calls=(ToolCall(name="look", arguments="{}"),)),
        Message(role="tool", name="look", content="a cat"),
    )
    response = Response(prompt_id="p", turns=turns, text="It is a cat.", model="m")
    assert response_text(response) == (
        "(assistant)\n\ncalls `look`\n\n```json\n{}\n```\n\n"
        "(tool)\n\n(result of look)\n\na cat\n\n(assistant)\n\nIt is a cat."
    )


def test_people_see_what_every_response_goes_on_from_and_who_speaks() -> None:
    asked = Message(role="user", content="What?", name="Ada")
    prompt = Prompt(
        messages=(asked, Message(role="assistant", content="It is")),
        contexts=("Cats purr.",),
        tools='[{"name":"look"}]',
        source="tests",
    )
    goes_on = "assistant, whom every response goes on from here"
    assert [turn["role"] for turn in as_turns(prompt)] == ["tools", "document", "user", goes_on]
    assert as_text(prompt) == (
        'tools: [{"name":"look"}]\n\ndocument: Cats purr.\n\nuser: (name: Ada)\n\nWhat?\n\n'
        f"{goes_on}: It is"
    )
