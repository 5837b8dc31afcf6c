from winnow.pipelines.inference.requests import ChatRequest, Sampling, n_shared
from winnow.schemas.prompts import Message


def ask(text: str = "which is better", **fields: object) -> ChatRequest:
    messages = (Message(role="user", content=text),)
    return ChatRequest.model_validate({"model": "m", "messages": messages, **fields})


def test_the_same_request_has_the_same_id_on_every_machine() -> None:
    assert ask().request_id == ask().request_id
    assert ask().request_id == ("ba6f3ad13f8d1be105ab1a33867357105cb0e9f0b91ffb4ce5d48fecba143341")


def test_everything_that_determines_the_answer_changes_the_id() -> None:
    asked = [
        ask(),
        ask("which is worse"),
        ask(revision="c0ffee"),
        ask(variant='{"dtype":"float32"}'),
        ask(sampling=Sampling(temperature=0.5)),
        ask(sample_index=1),
        ask(json_schema='{"type":"object"}'),
        ask(tools="[]"),
        ask(task="reward"),
        ask(task="prompt_logprobs"),
        ask(task="prompt_logprobs", scored_chars=6),
    ]
    assert len({r.request_id for r in asked}) == 11


def test_a_changed_copy_has_an_id_of_its_own() -> None:
    first = ask()
    assert first.request_id != first.model_copy(update={"sample_index": 1}).request_id


def test_the_seed_fits_into_63_bits_and_differs_by_sample() -> None:
    seeds = {ask(sample_index=i).seed for i in range(100)}
    assert len(seeds) == 100
    assert max(seeds) < 2**60


def test_shared_tokens_are_counted_from_the_beginning() -> None:
    assert n_shared([1, 2, 3], [1, 2, 4, 3]) == 2
    assert n_shared([1, 2], [1, 2, 3]) == 2
    assert n_shared([], [1]) == 0
