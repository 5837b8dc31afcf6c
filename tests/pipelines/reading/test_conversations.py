from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.reading.conftest import Outcome, Read, ReadLines, write_lines
from winnow.schemas.prompts import Message, ToolCall

CALL = {"id": "c1", "function": {"name": "rain", "arguments": '{"city": "Oslo"}'}}
ASKED = {"role": "user", "content": "Plan two days in Ghent."}
BRIEF = {"role": "system", "content": "Be brief."}


def said(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def pairs(read: Read, tmp_path: Path, *lines: object, **settings: Any) -> Outcome:
    path = write_lines(tmp_path / "pairs.jsonl", lines)
    return read(comparisons={"path": path, "max_malformed": 1, **settings})


def test_turns_between_the_prompt_and_the_last_are_kept_in_the_response(
    read: Read, tmp_path: Path
) -> None:
    more = [ASKED, said("Day 1: STAM."), {"role": "user", "content": "And lunch?"}]
    line = {
        "prompt": "Plan two days in Ghent.",
        "chosen": [*more, said("Greenway.")],
        "rejected": [*more, said("The rib house.")],
    }
    outcome = pairs(read, tmp_path, line)
    assert [m.content for m in outcome.prompts[0].messages] == ["Plan two days in Ghent."]
    assert [r.text for r in outcome.responses] == ["Greenway.", "The rib house."]
    for response in outcome.responses:
        assert [t.content for t in response.turns] == ["Day 1: STAM.", "And lunch?"]


def test_a_trajectory_keeps_its_calls_and_their_results(read: Read, tmp_path: Path) -> None:
    turns = [
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "dry"},
        said("It is dry."),
    ]
    line = {"prompt": "Rain in Oslo?", "chosen": turns, "rejected": "No idea."}
    one, other = pairs(read, tmp_path, line).responses
    assert one.text == "It is dry."
    assert one.turns == (
        Message(
            role="assistant",
            tool_calls=(ToolCall(name="rain", arguments='{"city": "Oslo"}', id="c1"),),
        ),
        Message(role="tool", content="dry", tool_call_id="c1"),
    )
    assert other.turns == ()


@pytest.mark.parametrize(
    ("prompt", "turns", "found"),
    [
        ({"prompt": "Translate cat."}, [{"role": "user", "content": "Translate dog."}],
         "chosen[0] is 'user' saying 'Translate dog.', but the prompt has 'user' saying 'Translate cat.' there"),
        ({"prompt": "Hi.", "system": "Be kind."}, [BRIEF, {"role": "user", "content": "Hi."}],
         "chosen[0] is 'system' saying 'Be brief.', but the prompt has 'system' saying 'Be kind.' there"),
        ({"messages": [ASKED, said("STAM."), {"role": "user", "content": "And lunch?"}]},
         [ASKED, said("Bruges."), {"role": "user", "content": "And lunch?"}],
         "chosen[1] is 'assistant' saying 'Bruges.', but the prompt has 'assistant' saying 'STAM.' there"),
        ({"messages": [ASKED, said("STAM."), {"role": "user", "content": "And lunch?"}]}, [ASKED],
         "chosen[1] is 'assistant' saying 'x', but the prompt has 'assistant' saying 'STAM.' there"),
    ],
)  # fmt: skip
def test_a_conversation_that_contradicts_the_prompt_is_rejected_with_its_place(
    read: Read, tmp_path: Path, prompt: dict[str, Any], turns: list[Any], found: str
) -> None:
    line = {**prompt, "chosen": [*turns, said("x")], "rejected": "y"}
    outcome = pairs(read, tmp_path, {"prompt": "good", "chosen": "x", "rejected": "y"}, line)
    (reject,) = outcome.rejects
    assert (reject.reason, reject.record_id) == ("contradicts_prompt", "pairs.jsonl:2")
    assert reject.detail.startswith(f"pairs.jsonl:2: {found}; a conversation begins with ")
    assert len(outcome.comparisons) == 1


def test_a_conversation_in_responses_that_contradicts_the_prompt_leaves_the_others_alone(
    read_lines: ReadLines,
) -> None:
    other = [{"role": "user", "content": "What?"}, said("x")]
    outcome = read_lines(
        {"prompt": "Hi.", "responses": [other, [ASKED | {"content": "Hi."}, said("y")]]}
    )
    assert [r.text for r in outcome.responses] == ["y"]
    assert outcome.rejects[0].record_id == "prompts.jsonl:2#responses[0]"


def test_a_conversation_that_is_a_part_of_the_prompt_contradicts_it(
    read: Read, tmp_path: Path
) -> None:
    lunch = {"role": "user", "content": "And lunch?"}
    line = {
        "messages": [ASKED, said("STAM."), lunch],
        "chosen": [ASKED, said("STAM.")], "rejected": "y",
    }  # fmt: skip
    outcome = pairs(read, tmp_path, {"prompt": "good", "chosen": "x", "rejected": "y"}, line)
    assert outcome.rejects[0].detail.startswith(
        "pairs.jsonl:2: chosen ends with [1], but the prompt has 'user' saying 'And lunch?' there;"
    )


def test_a_prompt_that_begins_with_a_greeting_is_known_again(read_lines: ReadLines) -> None:
    asked = [said("Hello, how can I help?"), ASKED]
    outcome = read_lines({"messages": asked, "responses": [[*asked, said("STAM.")]]})
    assert [(r.text, r.turns) for r in outcome.responses] == [("STAM.", ())]


def test_a_system_turn_that_both_sides_put_before_the_prompt_belongs_to_it(
    read: Read, tmp_path: Path
) -> None:
    user = {"role": "user", "content": "Say hello."}
    line = {
        "prompt": "Say hello.",
        "chosen": [BRIEF, user, said("HELLO.")],
        "rejected": [BRIEF, user, said("Hello.")],
    }
    outcome = pairs(read, tmp_path, line)
    assert [m.role for m in outcome.prompts[0].messages] == ["system", "user"]
    assert [(r.text, r.turns) for r in outcome.responses] == [("HELLO.", ()), ("Hello.", ())]


def test_a_conversation_may_leave_out_the_system_turn_of_the_prompt(
    read: Read, tmp_path: Path
) -> None:
    line = {
        "prompt": "Plan two days in Ghent.", "system": "Be brief.",
        "chosen": [ASKED, said("STAM.")], "rejected": [BRIEF, ASKED, said("No.")],
    }  # fmt: skip
    outcome = pairs(read, tmp_path, line)
    assert [m.role for m in outcome.prompts[0].messages] == ["system", "user"]
    assert [(r.text, r.turns) for r in outcome.responses] == [("STAM.", ()), ("No.", ())]


@pytest.mark.parametrize("sides", [("chosen", "rejected"), ("response_a", "response_b")])
def test_without_a_prompt_the_turns_that_both_sides_share_are_the_prompt(
    read: Read, tmp_path: Path, sides: tuple[str, str]
) -> None:
    line = {
        sides[0]: [ASKED, said("Where?"), {"role": "user", "content": "STAM"}, said("x")],
        sides[1]: [ASKED, said("No."), {"role": "user", "content": "Please!"}, said("y")],
    }
    outcome = pairs(read, tmp_path, line)
    assert [m.content for m in outcome.prompts[0].messages] == ["Plan two days in Ghent."]
    assert [[t.content for t in r.turns] for r in outcome.responses] == [
        ["Where?", "STAM"],
        ["No.", "Please!"],
    ]


def test_a_shared_beginning_that_ends_with_an_answer_is_cut_before_it(
    read: Read, tmp_path: Path
) -> None:
    start = [BRIEF, ASKED, said("STAM.")]
    line = {
        "chosen": [*start, {"role": "user", "content": "More."}, said("x")],
        "rejected": [*start, {"role": "user", "content": "Less."}, said("y")],
    }
    outcome = pairs(read, tmp_path, line)
    assert [m.role for m in outcome.prompts[0].messages] == ["system", "user"]
    assert [len(r.turns) for r in outcome.responses] == [2, 2]


def test_turns_that_look_the_same_are_the_same(read: Read, tmp_path: Path) -> None:
    line = {
        "prompt": "Un café ?",
        "chosen": [{"role": "user", "content": "Un cafe\u0301 ?\n"}, said("Oui.")],
        "rejected": "Non.",
    }
    assert [r.turns for r in pairs(read, tmp_path, line).responses] == [(), ()]


def test_an_image_in_an_answer_is_kept_beside_its_words(read_lines: ReadLines) -> None:
    parts = [{"type": "text", "text": "Here:"}, {"type": "image", "image": "https://e.org/a.png"}]
    answer = {"role": "assistant", "content": parts}
    outcome = read_lines({"prompt": "Draw.", "responses": [[answer], {"content": parts}, "x"]})
    one, text = outcome.responses
    assert (one.text, text.text, text.parts) == ("Here:", "x", ())
    assert [(p.text, p.image) for p in one.parts] == [
        ("Here:", None),
        (None, "https://e.org/a.png"),
    ]
    assert one.as_turns()[-1].parts == one.parts
    assert outcome.reasons == ["duplicate_response"]


def test_a_prompt_that_ends_with_a_begun_answer_keeps_it_for_the_responses_to_go_on(
    read: Read, tmp_path: Path
) -> None:
    line = {
        "prompt": [ASKED, said("Day 1: ")],
        "chosen": "STAM.",
        "rejected": [ASKED, said("Day 1: the rib house.")],
    }
    outcome = pairs(read, tmp_path, line)
    assert [m.content for m in outcome.prompts[0].messages] == [
        "Plan two days in Ghent.",
        "Day 1: ",
    ]
    assert [(r.text, r.turns) for r in outcome.responses] == [("STAM.", ()), ("the rib house.", ())]


def test_two_transcripts_share_the_prompt_that_both_answer(read: Read, tmp_path: Path) -> None:
    start = "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: How old is STAM?\n\nAssistant:"
    outcome = pairs(
        read, tmp_path, {"chosen": f"{start} Founded 2010.", "rejected": f"{start} No\n\nidea."}
    )
    assert [(m.role, m.content) for m in outcome.prompts[0].messages] == [
        ("user", "Hi"),
        ("assistant", "Hello."),
        ("user", "How old is STAM?"),
    ]
    assert [r.text for r in outcome.responses] == ["Founded 2010.", "No\n\nidea."]


@pytest.mark.parametrize(
    "text", ["Human: Hi\n\nAssistant: Hello.", "\n\nHuman: Hi", "x\n\nAssistant: y"]
)
def test_a_text_that_is_no_transcript_stays_a_text(read_lines: ReadLines, text: str) -> None:
    assert [r.text for r in read_lines({"prompt": "p", "responses": [text]}).responses] == [text]
