"""What vLLM gives back, with parts missing: objects of its form, since a real engine leaves nothing out on purpose."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

from tests.pipelines.inference.good_replies import ask
from winnow.pipelines.inference.requests import Completion, Failure, Sampling
from winnow.pipelines.inference.vllm_outputs import read_answer, read_last_turn


def place(token: int, logprob: float | None = -0.5, **odd: Any) -> dict[int, Any]:
    said = {"logprob": logprob, "rank": 1, "decoded_token": f"t{token}", **odd}
    return {token: SimpleNamespace(**said)}


def output(logprobs: Any, **odd: Any) -> Any:
    answer = {
        "text": "grain",
        "token_ids": [5, 6],
        "finish_reason": "stop",
        "logprobs": logprobs,
        **odd,
    }
    outputs = [SimpleNamespace(**answer)]
    return SimpleNamespace(prompt_token_ids=[1, 2, 3], num_cached_tokens=None, outputs=outputs)


@pytest.mark.parametrize(
    ("logprobs", "total"),
    [
        ([place(5), place(6)], -1.0),
        ([place(5), place(6, decoded_token=None)], -1.0),
        ([place(5), place(6, rank=None)], -1.0),
        ([place(5), place(7)], None),
        ([place(5), None], None),
        ([place(5), place(6, None)], None),
        ([place(5), place(6, -math.inf)], None),
        ([place(5)], None),
        ([], None),
        (None, None),
    ],
)
def test_a_log_probability_that_vllm_leaves_out_is_unknown(
    logprobs: Any, total: float | None
) -> None:
    result = read_answer(output(logprobs), ask(sampling=Sampling(logprobs=1)))
    assert isinstance(result, Completion)
    assert (result.text, result.n_tokens, result.logprob) == ("grain", 2, total)


def test_a_prompt_whose_tokens_vllm_leaves_out_is_not_counted_as_0() -> None:
    found = output(None)
    found.prompt_token_ids = None
    result = read_answer(found, ask())
    assert isinstance(result, Completion)
    assert result.n_prompt_tokens is None
    assert result.n_cached_tokens is None


def test_an_output_without_an_answer_is_one_failure() -> None:
    nothing = SimpleNamespace(prompt_token_ids=[1], outputs=[])
    for found in (nothing, output(None, finish_reason="abort"), output(None, finish_reason=None)):
        result = read_answer(found, ask())
        assert isinstance(result, Failure)
        assert result.detail.startswith("vLLM ")


@pytest.mark.parametrize(
    ("logprobs", "total"),
    [
        ([None, place(2), place(3)], -0.5),
        ([None, place(2), None], None),
        ([None, place(2), {}], None),
    ],
)
def test_the_log_probability_of_a_last_turn_is_known_where_each_is(
    logprobs: Any, total: float | None
) -> None:
    scored = SimpleNamespace(
        prompt_token_ids=[1, 2, 3], prompt_logprobs=logprobs, num_cached_tokens=0
    )
    result = read_last_turn(scored, ask(task="prompt_logprobs"), 2)
    assert isinstance(result, Completion)
    assert (result.logprob, result.n_prompt_tokens) == (total, 3)


@pytest.mark.parametrize("logprobs", [None, [], [None, place(2)]])
def test_a_last_turn_without_log_probabilities_is_one_failure(logprobs: Any) -> None:
    scored = SimpleNamespace(
        prompt_token_ids=[1, 2, 3], prompt_logprobs=logprobs, num_cached_tokens=0
    )
    result = read_last_turn(scored, ask(task="prompt_logprobs"), 2)
    assert isinstance(result, Failure)
    assert result.detail == "vLLM gave no log-probabilities of the prompt's tokens"
