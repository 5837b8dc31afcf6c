"""What each format makes of one prompt; the whole way through files is in test_write.py and test_trl.py."""

from typing import Any, cast

import pytest

from winnow.warehouse.export.formats.nemo_rl import NemoRlLayout
from winnow.warehouse.export.formats.openrlhf import OpenRlhfLayout
from winnow.warehouse.export.formats.trl import TrlLayout
from winnow.warehouse.export.formats.verl import VerlLayout
from winnow.warehouse.export.layout import Content, Layout, PreferenceText

PLAIN = Content(has_tools=False, has_tool_turns=False)
SKY = [{"role": "user", "content": "Why is the sky blue?"}]
GOOD = [{"role": "assistant", "content": "Air scatters blue light most."}]
BAD = [{"role": "assistant", "content": "It is not."}]


def preference(number: int = 1, **changes: Any) -> PreferenceText:
    row: dict[str, Any] = {
        "preference_id": f"p{number}", "comparison_id": f"c{number}", "prompt_id": "q",
        "chosen_id": "good", "rejected_id": "bad", "prompt": SKY, "tools": None, "contexts": [],
        "chosen": "Air scatters blue light most.", "rejected": "It is not.",
        "chosen_tool_calls": [], "rejected_tool_calls": [], "chosen_turns": [], "rejected_turns": [],
        "chosen_parts": [], "rejected_parts": [],
        "chosen_model": "m", "rejected_model": "m",
        "is_tied": False, "confidence": 0.9, "margin": 0.85,
        "length_controlled_margin": 0.7, "evidence": ["j"], "split": "train",
        "domain": "facts", "language": "en", "source": "x:1", "reference": "Rayleigh scattering.",
    }  # fmt: skip
    return cast(PreferenceText, row | changes)


def image() -> dict[str, Any]:
    return {
        "role": "user",
        "content": None,
        "parts": [{"type": "image", "text": None, "image": "sky.png"}],
    }


def test_trl_preference_writes_the_prompt_beside_both_responses() -> None:
    assert TrlLayout().rows([preference()], PLAIN).rows == [
        {"prompt": SKY, "chosen": GOOD, "rejected": BAD, "preference_id": "p1", "confidence": 0.9}
    ]


def test_trl_reward_writes_the_prompt_inside_both_and_the_margin() -> None:
    assert TrlLayout(variant="reward").rows([preference()], PLAIN).rows == [
        {"chosen": SKY + GOOD, "rejected": SKY + BAD, "margin": 0.85, "preference_id": "p1", "confidence": 0.9}
    ]  # fmt: skip


@pytest.mark.parametrize(
    "layout",
    [
        TrlLayout(variant="reward", margin="length_controlled"),
        OpenRlhfLayout(margin="length_controlled"),
    ],
)
def test_a_length_controlled_margin_may_be_negative_but_not_missing(layout: Layout) -> None:
    group = [
        preference(length_controlled_margin=-0.2),
        preference(2, length_controlled_margin=None),
    ]
    rows, left_out = layout.rows(group, PLAIN)
    assert [row["margin"] for row in rows] == [-0.2]
    assert left_out == ["no_length_controlled_margin"]


def test_trl_plain_text_is_the_words_with_a_gap_before_the_response() -> None:
    (row,) = TrlLayout(text="plain").rows([preference()], PLAIN).rows
    assert (row["prompt"], row["chosen"]) == (
        "Why is the sky blue?\n\n",
        "Air scatters blue light most.",
    )


def test_trl_unpaired_writes_each_response_once_however_often_it_won() -> None:
    group = [preference(1), preference(2, rejected_id="worse", rejected="Blue?")]
    rows = TrlLayout(variant="unpaired").rows(group, PLAIN).rows
    assert [(r["response_id"], r["label"], r["preference_ids"]) for r in rows] == [
        ("good", True, ["p1", "p2"]),
        ("bad", False, ["p1"]),
        ("worse", False, ["p2"]),
    ]


def test_trl_unpaired_leaves_out_what_both_won_and_lost() -> None:
    group = [preference(1), preference(2, chosen_id="bad", rejected_id="worse")]
    rows, left_out = TrlLayout(variant="unpaired").rows(group, PLAIN)
    assert [r["response_id"] for r in rows] == ["good", "worse"]
    assert left_out == ["chosen_and_rejected"]


def test_trl_unpaired_takes_no_side_in_a_tie() -> None:
    rows, left_out = TrlLayout(variant="unpaired").rows([preference(is_tied=True)], PLAIN)
    assert rows == []
    assert left_out == ["tied", "tied"]


def test_trl_prompt_only_writes_each_prompt_once_ties_or_not() -> None:
    group = [preference(1), preference(2, is_tied=True)]
    assert TrlLayout(variant="prompt_only").rows(group, PLAIN).rows == [
        {"prompt": SKY, "reference": "Rayleigh scattering.", "domain": "facts", "prompt_id": "q",
         "preference_ids": ["p1", "p2"]}
    ]  # fmt: skip


def test_tool_calls_reach_the_chat_template_with_their_arguments_decoded() -> None:
    call = {"name": "weather", "arguments": '{"city":"Kent"}', "id": None}
    content = Content(has_tools=True, has_tool_turns=True)
    asked = preference(chosen="", chosen_tool_calls=[call], tools="[]")
    (row,) = TrlLayout().rows([asked], content).rows
    function = {"name": "weather", "arguments": {"city": "Kent"}}
    assert row["tools"] == "[]"
    assert row["chosen"] == [
        {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]}
    ]  # fmt: skip


def test_arguments_that_are_no_json_are_kept_as_said() -> None:
    call = {"name": "weather", "arguments": "Kent, please", "id": "7"}
    (row,) = TrlLayout().rows([preference(chosen_tool_calls=[call])], PLAIN).rows
    (said,) = row["chosen"][0]["tool_calls"]
    assert said == {"id": "7", "type": "function", "function": {"name": "weather", "arguments": "Kent, please"}}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_tied": True}, "tied"),
        ({"prompt": [image()]}, "holds_image"),
        ({"prompt": [{"role": "system", "content": "Be kind."}, *SKY]}, "needs_roles"),
        ({"tools": "[]"}, "needs_roles"),
    ],
)
@pytest.mark.parametrize("layout", [TrlLayout(text="plain"), VerlLayout()], ids=["trl", "verl"])
def test_what_plain_text_cannot_hold_is_left_out_with_its_reason(
    layout: TrlLayout | VerlLayout, changes: dict[str, Any], reason: str
) -> None:
    rows, left_out = layout.rows([preference(**changes)], PLAIN)
    assert (rows, left_out) == ([], [reason])


def test_openrlhf_leaves_out_prompts_with_tools() -> None:
    rows, left_out = OpenRlhfLayout().rows([preference(tools="[]"), preference(2)], PLAIN)
    assert left_out == ["uses_tools"]
    assert rows == [{"prompt": SKY, "chosen": GOOD, "rejected": BAD, "margin": 0.85, "preference_id": "p2"}]  # fmt: skip


def test_nemo_rl_ranks_the_better_completion_0() -> None:
    (row,) = NemoRlLayout().rows([preference()], PLAIN).rows
    assert row["context"] == SKY
    assert row["completions"] == [{"rank": 0, "completion": GOOD}, {"rank": 1, "completion": BAD}]


def test_verl_rl_writes_a_prompt_with_what_scores_it() -> None:
    (row,) = VerlLayout(variant="rl", data_source="team/sky").rows([preference()], PLAIN).rows
    assert row == {
        "data_source": "team/sky", "prompt": SKY, "ability": "facts",
        "reward_model": {"style": "rule", "ground_truth": "Rayleigh scattering."},
        "extra_info": {"split": "train", "prompt_id": "q", "preference_ids": ["p1"]},
    }  # fmt: skip


def test_verl_rl_leaves_out_prompts_without_a_reference() -> None:
    rows, left_out = VerlLayout(variant="rl").rows([preference(reference=None)], PLAIN)
    assert (rows, left_out) == ([], ["no_reference"])


def test_a_response_that_does_not_go_on_from_a_beginning_is_left_out() -> None:
    begun = [*SKY, {"role": "assistant", "content": "Because "}]
    other = preference(2, prompt=begun, chosen_turns=[{"role": "user", "content": "Go on."}])
    (row,), left_out = OpenRlhfLayout().rows([preference(prompt=begun, chosen="of air."), other], PLAIN)  # fmt: skip
    assert row["chosen"] == [{"role": "assistant", "content": "Because of air."}]
    assert left_out == ["prefilled"]


def test_an_older_nemo_rl_can_be_given_the_name_of_the_task() -> None:
    (row,) = NemoRlLayout(task_name="sky").rows([preference()], PLAIN).rows
    assert row["task_name"] == "sky"
    assert "task_name" not in NemoRlLayout().features(PLAIN)
