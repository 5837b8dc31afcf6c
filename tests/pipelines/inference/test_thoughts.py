import pytest

from winnow.pipelines.inference.thoughts import Parted, opening_of, part_thought


@pytest.mark.parametrize(
    "text",
    [
        "<think>\n2 and 2\n</think>\n\nFour.",
        "2 and 2\n</think>\n\nFour.",
        "\n<think>2 and 2</think>Four.",
        "[THINK]2 and 2[/THINK]Four.",
        "<thinking>2 and 2</thinking>\nFour.",
        "<|channel|>analysis<|message|>2 and 2<|end|><|start|>assistant<|channel|>final<|message|>Four.",
    ],
)
def test_a_thought_is_parted_from_the_answer(text: str) -> None:
    assert part_thought(text) == Parted("2 and 2", "Four.", True)


def test_markers_that_an_engine_left_out_still_part_a_thought() -> None:
    assert part_thought("analysisWe add.assistantfinalFour.") == Parted("We add.", "Four.", True)
    assert part_thought("analysisWe add and") == Parted("We add and", "", False)


@pytest.mark.parametrize("text", ["<think>\n2 and", "<think>", "[THINK] 2 and 2 is"])
def test_a_thought_that_never_ends_is_no_answer(text: str) -> None:
    assert part_thought(text)[1:] == ("", False)


def test_an_empty_thought_is_none() -> None:
    assert part_thought("<think>\n\n</think>\n\nFour.") == Parted(None, "Four.", True)


@pytest.mark.parametrize(
    "text",
    [
        "  Four.\n",
        "Write `<think>` first and `</think>` last.",
        'Close it with "</think>" and answer.',
        "```\na</think>b\n```",
        "analysis of the data shows four",
    ],
)
def test_a_text_without_a_thought_stays_as_it_is(text: str) -> None:
    assert part_thought(text) == Parted(None, text, True)


def test_marks_that_the_prompt_asks_for_belong_to_the_answer() -> None:
    text = "<reasoning>2 and 2</reasoning><answer>4</answer>"
    assert part_thought(text, "Answer as <reasoning>...</reasoning>.") == Parted(None, text, True)
    assert part_thought(text).answer == "<answer>4</answer>"


def test_thoughts_one_after_the_other_are_all_parted() -> None:
    assert part_thought("<think>a</think>\n<think>b</think>c") == Parted("a\n\nb", "c", True)


@pytest.mark.parametrize(
    ("rendered", "mark"),
    [
        ("<|user|>Hi<|assistant|><think>\n", "<think>"),
        ("<|assistant|><think>\n\n</think>\n\n", ""),
        ("<|assistant|>\n", ""),
    ],
)
def test_a_template_that_opens_a_thought_is_told(rendered: str, mark: str) -> None:
    assert opening_of(rendered) == mark
