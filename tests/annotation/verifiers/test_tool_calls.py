import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.annotation.toy import view
from winnow.annotation.verifier import Finding
from winnow.annotation.verifiers import ToolCallsVerifier
from winnow.annotation.verifiers.tool_calls import best_pairs, in_order_pairs
from winnow.schemas.prompts import Message, ToolCall
from winnow.schemas.responses import Response

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "rain",
            "parameters": {
                "properties": {
                    "city": {"type": "string"},
                    "days": {"type": "integer"},
                    "unit": {"type": "string"},
                    "at": {"type": "object"},
                    "share": {"type": "number"},
                }
            },
        },
    },
    {"name": "send", "parameters": {"properties": {"to": {"type": "array"}}}},
]
BOTH = [
    {"rain": {"city": ["New York", "NYC"], "days": [3], "unit": ["", "mm"]}},
    {"send": {"to": [["ann", "ben"]]}},
]
Calls = list[tuple[str, Any]]
RIGHT: Calls = [("rain", {"city": "new york", "days": 3}), ("send", {"to": ["ann", "ben"]})]


def found(calls: Calls, expected: Any = BOTH, text: str = "", **settings: Any) -> Finding:
    asked = view("", "", tools=json.dumps(TOOLS), metadata=json.dumps({"expected_calls": expected}))
    return ToolCallsVerifier(**settings).examine(asked.prompt, made(calls, text))


def made(calls: Calls, text: str = "", **more: Any) -> Response:
    return Response.model_validate(
        {"prompt_id": "p", "text": text, "model": "m", "tool_calls": written(calls), **more}
    )


def written(calls: Calls) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(name=name, arguments=said if isinstance(said, str) else json.dumps(said))
        for name, said in calls
    )


def parts(finding: Finding) -> dict[str, float]:
    return {part.name: part.score for part in finding.parts}


@pytest.mark.parametrize(
    "calls",
    [
        RIGHT,
        RIGHT[::-1],
        [("rain", {"city": "NYC", "days": 3, "unit": "mm"}), RIGHT[1]],
        [("rain", {"city": "new-york.", "days": 3, "unit": "MM"}), RIGHT[1]],
    ],
)
def test_what_is_expected_scores_one_in_any_order_and_with_any_value_that_will_do(
    calls: Calls,
) -> None:
    finding = found(calls)
    assert (finding.score, finding.failed, finding.reason) == (1.0, (), "")
    assert parts(finding) == {"names": 1, "keys": 1, "values": 1, "types": 1}


@pytest.mark.parametrize(
    ("calls", "failed", "points"),
    [
        # Of 7 points: 1 for the names, and for each call 1 for its keys and 1 for each value.
        ([RIGHT[0]], ("missing_call",), 0.5 + 1 + 3),
        ([*RIGHT, RIGHT[1]], ("extra_call",), 2 / 3 + 6),
        ([*RIGHT, ("snow", {})], ("extra_call", "unknown_tool"), 2 / 3 + 6),
        ([("rain", {"city": "Oslo", "days": 3}), RIGHT[1]], ("value_error",), 6),
        ([("rain", {"city": "NYC", "days": "3"}), RIGHT[1]], ("type_error",), 6),
        ([("rain", {"city": "NYC", "days": 3.0}), RIGHT[1]], ("type_error",), 6),
        ([("rain", {"city": "NYC", "days": True}), RIGHT[1]], ("type_error",), 6),
        ([("rain", {"city": "NYC"}), RIGHT[1]], ("missing_parameter",), 1 + 0.5 + 2 + 2),
        ([("rain", {"city": "NYC", "days": 3, "wind": 1}), RIGHT[1]], ("unexpected_parameter",), 1 + 2 / 3 + 3 + 2),
        ([("rain", "{city"), RIGHT[1]], ("malformed_arguments",), 1 + 2),
        ([("rain", "[1]"), RIGHT[1]], ("malformed_arguments",), 1 + 2),
        ([("send", {"to": ["ben", "ann"]}), RIGHT[0]], ("value_error",), 6),
        ([("snow", {})], ("extra_call", "missing_call", "unknown_tool"), 0),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_lowers_the_score(
    calls: Calls, failed: tuple[str, ...], points: float
) -> None:
    finding = found(calls)
    assert finding.failed == failed
    assert finding.score == pytest.approx(points / 7, abs=1e-6)


def test_errors_of_types_are_kept_apart_from_errors_of_values() -> None:
    typed, valued = (
        found([("rain", {"city": 1, "days": 3})]),
        found([("rain", {"city": "x", "days": 3})]),
    )
    assert parts(typed)["values"] == parts(valued)["values"] == 0.5
    assert (parts(typed)["types"], parts(valued)["types"]) == (0.5, 0.75)
    assert "type_error: rain.city" in typed.reason


@pytest.mark.parametrize(
    ("expected", "calls"),
    [
        ([{"name": "rain", "arguments": {"city": "Oslo"}}], [("rain", {"city": "Oslo"})]),
        ([{"name": "rain", "arguments": '{"city": "Oslo"}'}], [("rain", {"city": "Oslo"})]),
        ([{"type": "function", "function": {"name": "send", "arguments": {"to": [""]}}}], [("send", {"to": [""]})]),
        (json.dumps([{"rain": {"share": [0.5, 1]}}]), [("rain", {"share": 1.0})]),
        ([[{"rain": {"days": [1]}}], [{"rain": {"days": [2]}}]], [("rain", {"days": 2}), ("rain", {"days": 1})]),
        ([{"rain": {"at": [{"lat": [1, 2], "lon": ["", 3]}]}}], [("rain", {"at": {"lat": 2}})]),
        ([{"name": "rain", "arguments": {"at": {"lat": [1, 2]}}}], [("rain", {"at": {"lat": [1, 2]}})]),
        ([], []),
    ],
)  # fmt: skip
def test_expected_calls_are_read_in_the_forms_that_sets_have(expected: Any, calls: Calls) -> None:
    assert found(calls, expected).score == 1.0


def test_where_no_call_is_expected_every_call_is_wrong() -> None:
    assert found(RIGHT[:1], []).score == 0
    assert found([], [], "It does not rain.").score == 1


def test_a_response_without_calls_is_no_answer() -> None:
    finding = found([], text='{"name": "rain"}')
    assert (finding.status, finding.score) == ("no_answer", 0.0)
    assert finding.reason == "calls nothing where 2 calls are expected"


def test_calls_of_all_turns_count() -> None:
    turns = (
        Message(role="assistant", tool_calls=written(RIGHT[:1])),
        Message(role="tool", content="wet"),
    )
    asked = view("", "", metadata=json.dumps({"expected_calls": BOTH})).prompt
    response = made(RIGHT[1:], turns=turns)
    assert ToolCallsVerifier().examine(asked, response).score == 1.0


def test_the_order_counts_where_that_is_asked_for() -> None:
    assert found(RIGHT, in_order=True).score == 1
    swapped = found(RIGHT[::-1], in_order=True)
    assert swapped.failed == ("extra_call", "missing_call")
    assert swapped.score == pytest.approx((1 / 3 + 4) / 7)


def test_texts_have_to_be_the_same_to_the_letter_where_that_is_asked_for() -> None:
    assert found(RIGHT, exact_text=True).failed == ("value_error",)


@pytest.mark.parametrize(
    "expected", [3, "rain", [1], [{"name": "rain"}], [{"rain": {"city": "Oslo"}}], [{"name": "a", "arguments": "x"}]]
)  # fmt: skip
def test_expected_calls_of_no_known_form_are_an_error_that_says_what_was_wanted(
    expected: Any,
) -> None:
    finding = found(RIGHT, expected)
    assert (finding.status, finding.score) == ("error", None)
    assert (
        finding.reason.startswith("metadata.expected_calls: ") and "wanted a list" in finding.reason
    )


def test_a_prompt_that_says_nothing_of_calls_gives_nothing_to_measure_by() -> None:
    assert ToolCallsVerifier().examine(view("", "").prompt, made(RIGHT)).score is None
    assert ToolCallsVerifier(expected_key="gold").needs == "no_expected_calls"


def test_the_response_with_better_calls_is_preferred() -> None:
    right, wrong = found(RIGHT), found(RIGHT[:1])
    verdicts = [ToolCallsVerifier().compare(*p).verdict for p in ((right, wrong), (wrong, right), (right, right))]  # fmt: skip
    assert verdicts == ["a", "b", "tie"]


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["rain", "send"]),
        st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), max_size=3),
    ),
    min_size=1,
    max_size=4,
)


def plainly(calls: Calls) -> list[dict[str, Any]]:
    return [{"name": name, "arguments": arguments} for name, arguments in calls]


def repr_of(call: tuple[str, Any]) -> str:
    return json.dumps(call, sort_keys=True)


@given(CALLS, CALLS, st.randoms())
def test_order_never_counts_exact_is_the_most_and_an_extra_call_lowers(
    calls: Calls, expected: Calls, random: Any
) -> None:
    other = list(calls)
    random.shuffle(other)
    assert found(other, plainly(expected)).score == found(calls, plainly(expected)).score
    assert found(other, plainly(calls)).score == 1
    is_same = sorted(calls, key=repr_of) == sorted(expected, key=repr_of)
    assert (found(calls, plainly(expected)).score == 1) == is_same
    assert (found([*other, ("rain", {"z": 1})], plainly(calls)).score or 0) < 1


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_pairs_are_worth_the_most_that_any_can_be_and_no_call_is_used_twice(
    n_expected: int, n_calls: int, data: Any
) -> None:
    size = n_expected * n_calls
    worths = data.draw(st.lists(st.integers(0, 9), min_size=size, max_size=size))

    def worth(i: int, j: int) -> float:
        return float(worths[i * n_calls + j])

    padded = [*range(n_calls), *[-1] * n_expected]
    every = [
        [(i, j) for i, j in enumerate(chosen) if j >= 0]
        for chosen in set(permutations(padded, n_expected))
    ]
    straight = [pairs for pairs in every if [j for _, j in pairs] == sorted(j for _, j in pairs)]
    for pair_up, possible in ((best_pairs, every), (in_order_pairs, straight)):
        pairs = pair_up(n_expected, n_calls, worth)
        assert len({j for _, j in pairs}) == len({i for i, _ in pairs}) == len(pairs)
        most = max(sum(worth(*pair) for pair in one) for one in possible)
        assert sum(worth(*pair) for pair in pairs) == most


@pytest.mark.parametrize(
    "schema", [{"days": {"type": "string"}}, {"days": {"type": 5}}, {"days": 5}, ["days"], 5, None]
)
def test_an_expected_value_is_right_whatever_the_schema_says(schema: Any) -> None:
    tools = json.dumps([{"name": "rain", "parameters": {"properties": schema}}])
    metadata = json.dumps({"expected_calls": [{"rain": {"days": [3]}}]})
    asked = view("", "", tools=tools, metadata=metadata).prompt
    assert ToolCallsVerifier().examine(asked, made([("rain", {"days": 3})])).score == 1.0
    wrong = ToolCallsVerifier().examine(asked, made([("rain", {"days": [4]})]))
    assert wrong.failed == ("type_error",)


def test_metadata_that_is_no_object_expects_nothing() -> None:
    asked = view("", "", metadata="[1]").prompt
    assert ToolCallsVerifier().examine(asked, made([])).score is None
