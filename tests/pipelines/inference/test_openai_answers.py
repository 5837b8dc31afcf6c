"""Replies as servers of many makes write them."""

from typing import Any

import pytest

from tests.pipelines.inference.good_replies import ask
from winnow.pipelines.inference.openai_answers import read_chat, read_score
from winnow.pipelines.inference.openai_errors import error_within
from winnow.pipelines.inference.openai_replies import Unreadable
from winnow.pipelines.inference.requests import Completion, Failure, Sampling
from winnow.pipelines.inference.server_words import words_of

CALL = {"name": "weigh", "arguments": '{"n":2}'}


def answered(message: Any, finish_reason: Any = "stop", **choice: Any) -> Completion:
    """Read a message as an answer."""
    choice = {"message": message, "finish_reason": finish_reason, **choice}
    result = read_chat({"choices": [choice]}, ask(sampling=Sampling(logprobs=0)))
    assert isinstance(result, Completion), result
    return result


@pytest.mark.parametrize(
    ("content", "text", "thought"),
    [
        ("grain", "grain", None),
        (["gra", "in"], "grain", None),
        ([{"type": "text", "text": "gra"}, {"type": "output_text", "text": "in"}], "grain", None),
        ({"type": "text", "text": "grain"}, "grain", None),
        ([{"type": "text", "text": {"value": "grain", "annotations": []}}], "grain", None),
        ([{"type": "thinking", "thinking": "hm"}, {"text": "grain"}], "grain", "hm"),
        ([{"thinking": [{"type": "text", "text": "hm"}]}, "grain"], "grain", "hm"),
        ([{"type": "reasoning", "summary": [{"text": "hm"}]}, "grain"], "grain", "hm"),
        ([{"type": "reference", "reference_ids": [1]}, None, 7, "grain"], "grain", None),
        ([], "", None),
        (None, "", None),
        ("a \0 b", "a � b", None),
    ],
)
def test_parts_of_a_content_are_joined_and_thoughts_told_apart(
    content: Any, text: str, thought: str | None
) -> None:
    found = answered({"content": content})
    assert (found.text, found.reasoning) == (text, thought)


@pytest.mark.parametrize(
    "beside",
    [
        {"reasoning_content": "hm"},
        {"reasoning": "hm"},
        {"thinking": "hm"},
        {"reasoning": None, "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
        {"reasoning_content": "", "reasoning": {"content": "hm"}},
    ],
)
def test_a_thought_beside_the_answer_is_found_by_every_name(beside: dict[str, Any]) -> None:
    assert answered({"content": "grain", **beside}).parted() == ("hm", "grain", True)


@pytest.mark.parametrize("content", [None, "", []])
def test_a_thought_alone_is_an_unfinished_answer(content: Any) -> None:
    found = answered({"content": content, "reasoning_content": "hm"}, None)
    assert found.parted() == ("hm", "", False)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        *[
            (word, "stop")
            for word in ("stop", "STOP", "eos", "eos_token", "end_turn", "stop_sequence")
        ],
        *[(word, "length") for word in ("length", "max_tokens", "MAX_TOKENS", "model_length")],
        *[(word, "tool_calls") for word in ("tool_calls", "function_call", "tool_use")],
        ({"type": "length", "length": 64}, "length"),
        *[(odd, None) for odd in (None, "", "because", 7, True, [], {}, "pause_turn")],
    ],
)
def test_the_reason_why_a_text_ends_is_read_in_every_wording_or_unknown(
    said: Any, reason: str | None
) -> None:
    assert answered({"content": "grain"}, said).finish_reason == reason


@pytest.mark.parametrize(
    ("message", "finish_reason", "words"),
    [
        ({"content": "gr"}, "content_filter", "the server's content filter stopped the answer"),
        ({}, "content_filter: RECITATION", "the server's content filter stopped the answer"),
        (None, "SAFETY", "the server's content filter stopped the answer"),
        ({"content": None, "refusal": "I will not"}, "stop", "I will not"),
        ({"content": [{"type": "refusal", "refusal": "I will not"}]}, "stop", "I will not"),
    ],
)
def test_a_refusal_is_one_in_every_wording(message: Any, finish_reason: str, words: str) -> None:
    choice = {"message": message, "finish_reason": finish_reason}
    result = read_chat({"choices": [choice]}, ask())
    assert isinstance(result, Failure)
    assert (result.reason, result.detail) == ("refused", words)


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ({"tool_calls": [{"id": "c1", "type": "function", "function": CALL}]}, '{"n":2}'),
        ({"tool_calls": [{"function": {"name": "weigh", "arguments": {"n": 2}}}]}, '{"n":2}'),
        ({"tool_calls": {"function": CALL}}, '{"n":2}'),
        ({"tool_calls": [None, CALL]}, '{"n":2}'),
        ({"tool_calls": None, "function_call": CALL}, '{"n":2}'),
        ({"tool_calls": [{"function": {"name": "weigh", "arguments": None}}]}, "{}"),
        ({"tool_calls": [{"function": {"name": "weigh", "arguments": "{n: 2"}}]}, "{n: 2"),
    ],
)
def test_tool_calls_are_read_in_every_form(message: dict[str, Any], arguments: str) -> None:
    (call,) = answered({"content": None, **message}, None).tool_calls
    assert (call.name, call.arguments) == ("weigh", arguments)


def test_a_legacy_text_and_a_later_choice_are_answers() -> None:
    for choices in ([{"text": "grain"}], [None, {"message": {"content": "grain"}}]):
        result = read_chat({"choices": choices}, ask())
        assert isinstance(result, Completion)
        assert result.text == "grain"


def test_an_answer_by_a_schema_that_the_server_has_parsed_is_written_as_json() -> None:
    request = ask(json_schema='{"type":"object"}')
    result = read_chat({"choices": [{"message": {"content": {"text": 7}}}]}, request)
    assert isinstance(result, Completion)
    assert result.text == '{"text":7}'


@pytest.mark.parametrize(
    ("logprobs", "total"),
    [
        ({"content": [{"token": "a", "logprob": -1}, {"token": "b", "logprob": -0.5}]}, -1.5),
        ({"content": [{"token": None, "logprob": -1, "top_logprobs": None}]}, -1.0),
        ({"tokens": ["a", "b"], "token_logprobs": [-1.0, -0.5], "top_logprobs": None}, -1.5),
        ({"tokens": ["a", "b"], "token_logprobs": [-1.0]}, None),
        ({"content": [{"token": "a", "logprob": -1}, {"token": "b", "logprob": None}]}, None),
        ({"content": [{"token": "a", "logprob": -1}, {"token": "b"}]}, None),
        ({"content": [{"token": "a", "logprob": float("-inf")}]}, None),
        ({"content": [{"token": "a", "logprob": -9999.0}]}, None),
        ({"content": [{"token": "a", "logprob": 0.5}]}, None),
        ({"content": [{"token": "a", "logprob": 1e-9}]}, 0.0),
        ({"content": []}, None),
        ({"content": None}, None),
        (None, None),
    ],
)
def test_a_sum_of_log_probabilities_is_known_where_each_is(
    logprobs: Any, total: float | None
) -> None:
    assert answered({"content": "ab"}, logprobs=logprobs).logprob == total


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 2.0}, (9, 2)),
        ({"input_tokens": 9, "output_tokens": 2}, (9, 2)),
        ({"prompt_tokens": 9}, (9, None)),
        ({"prompt_tokens": True, "completion_tokens": 2.5}, (None, None)),
        ({"prompt_tokens": -1, "completion_tokens": 10**30}, (None, None)),
        ({}, (None, None)),
        (None, (None, None)),
    ],
)
def test_tokens_are_counted_where_the_server_does(
    usage: Any, counts: tuple[int | None, int | None]
) -> None:
    result = read_chat({"choices": [{"message": {"content": "a"}}], "usage": usage}, ask())
    assert isinstance(result, Completion)
    assert (result.n_prompt_tokens, result.n_tokens) == counts


@pytest.mark.parametrize(
    ("usage", "n_cached"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 6}}, 6),
        ({"prompt_tokens_details": {"cached_tokens": 0}}, 0),
        ({"input_tokens_details": {"cached_tokens": 6}}, 6),
        ({"prompt_cache_hit_tokens": 6, "prompt_cache_miss_tokens": 3}, 6),
        ({"prompt_tokens_details": {"cached_tokens": None}}, None),
        ({"prompt_tokens_details": {"cached_tokens": 10}}, None),
        ({"prompt_tokens_details": None}, None),
        ({"prompt_tokens_details": "six"}, None),
        ({}, None),
    ],
)
def test_tokens_from_the_cache_are_counted_where_the_server_tells(
    usage: dict[str, Any], n_cached: int | None
) -> None:
    whole = {"prompt_tokens": 9, "completion_tokens": 2, **usage}
    result = read_chat({"choices": [{"message": {"content": "a"}}], "usage": whole}, ask())
    assert isinstance(result, Completion)
    assert result.n_cached_tokens == n_cached


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        ({"error": "out of order"}, None, "out of order"),
        ({"error": {"message": "busy", "code": 502}}, 502, "busy"),
        ({"error": {"message": "no money", "code": "402"}}, 402, "no money"),
        ({"error": {"message": "no money", "type": "insufficient_quota"}}, 402, "no money"),
        ([{"error": {"message": "slow", "code": 429, "status": "RESOURCE_EXHAUSTED"}}], 429, "slow"),
        ({"object": "error", "message": "no", "code": 40303}, None, "no"),
        ({"error": {"message": "prompt is too long: 9 > 8"}}, 400, "prompt is too long: 9 > 8"),
        ({"error": {"message": "no", "metadata": {"raw": "too hot"}}}, None, "no: too hot"),
        ({"choices": [{"error": {"message": "cut", "code": 502}, "message": {"content": "g"}}]}, 502, "cut"),
        ({"choices": [{"finish_reason": "error", "message": {"content": "g"}}]}, None, "the server ended the answer with error"),
        ({"error": {"odd": 7}}, None, '{"odd": 7}'),
    ],
)  # fmt: skip
def test_an_error_in_a_good_reply_is_found_with_its_words(
    reply: Any, status: int | None, words: str
) -> None:
    found = error_within(reply)
    assert found is not None
    assert (found.status, found.words) == (status, words)


@pytest.mark.parametrize("error", [None, "", {}, [], False, 0])
def test_a_field_for_errors_that_holds_none_is_no_error(error: Any) -> None:
    assert error_within({"error": error, "choices": [{"message": {"content": "g"}}]}) is None


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"content": 7}, "content is no text: {"),
        ({"content": [{"type": "image_url", "image_url": {}}]}, "a part of the type 'image_url'"),
        ({"content": "g", "tool_calls": [{"function": {"arguments": "{}"}}]}, "names no function"),
        ({"tool_calls": [{"function": {"name": "weigh", "arguments": 7}}]}, "of weigh are no object"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_the_servers_words(
    message: dict[str, Any], words: str
) -> None:
    with pytest.raises(Unreadable, match=words):
        read_chat({"choices": [{"message": message, "finish_reason": "stop"}]}, ask())


def test_scores_that_are_no_numbers_are_a_failure() -> None:
    result = read_score({"data": [{"probs": [float("nan")]}]}, ask(task="reward"))
    assert isinstance(result, Failure)
    assert "the score nan, wanted a number" in result.detail


def test_the_words_of_an_error_that_has_none_are_the_error() -> None:
    assert words_of({"code": 7}) == '{"code": 7}'
