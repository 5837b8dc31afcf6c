"""Good replies, broken at every place in every way: an answer, one request's failure, or a stop; nothing else."""

import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.inference.fault_server import Reply, said, serving
from tests.pipelines.inference.good_replies import GOOD, WAYS, Good, Place, broken, places, written
from winnow.pipelines.asking.complete import complete
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.openai_errors import error_within
from winnow.pipelines.inference.openai_replies import Unreadable
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure
from winnow.pipelines.inference.store import CompletionStore
from winnow.schemas.errors import CurationError

_OUTSIDE = ("id", "object", "created", "model", "system_fingerprint", "service_tier", "usage")
_UNREAD = (
    "index",
    "role",
    "type",
    "bytes",
    "rank",
    "label",
    "num_classes",
    "count",
    "max_model_len",
)
_CHATS = ("text", "parts", "thought", "judged", "tools", "logprobs")
_N_SERVED = 80


def outcome(good: Good, reply: Any) -> tuple[str, Any]:
    """Say what becomes of a reply: "answer", "failure" or "stop", and the result."""
    try:
        if found := error_within(reply):
            assert found.words
            return "failure", found
        result = good.read(reply, good.request)
    except Unreadable as error:
        assert str(error)
        return "failure", error
    except CurationError as error:
        return "stop", error
    if isinstance(result, Failure):
        assert result.detail
        return "failure", result
    return "answer", result


def is_beside_the_answer(place: Place) -> bool:
    """Whether nothing of what was answered stands there."""
    return bool(place) and (place[0] in _OUTSIDE or place[-1] in _UNREAD)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_reply_is_an_answer(name: str) -> None:
    kind, result = outcome(GOOD[name], GOOD[name].reply)
    assert kind == "answer"
    if isinstance(result, Completion) and name in _CHATS:
        assert (result.n_prompt_tokens, result.n_tokens) == (9, 2)
        assert (result.logprob == -1.0) == (name == "logprobs")


@pytest.mark.parametrize("name", GOOD)
def test_a_reply_broken_anywhere_in_any_way_is_an_answer_a_failure_or_a_stop(
    name: str, tmp_path: Path
) -> None:
    good = GOOD[name]
    table: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    answers: list[Completion] = []
    _, whole = outcome(good, good.reply)
    for place in places(good.reply):
        for way in WAYS:
            kind, result = outcome(good, broken(good.reply, place, way))
            table[written(place)][way][kind] += 1
            if is_beside_the_answer(place):
                assert kind == "answer", (place, way, result)
                assert unlike(result, whole) <= {"n_prompt_tokens", "n_tokens"}, (place, way)
            if isinstance(result, Completion):
                answers.append(result)
    show(name, table)
    assert sum(kinds["answer"] for ways in table.values() for kinds in ways.values())
    numbered = [a.model_copy(update={"request_id": str(i)}) for i, a in enumerate(answers)]
    store = CompletionStore(tmp_path)
    store.append(numbered)
    assert store.get(a.request_id for a in numbered) == {a.request_id: a for a in numbered}


@pytest.mark.parametrize("way", WAYS)
def test_a_count_that_is_missing_or_odd_is_unknown_and_never_0(way: str) -> None:
    good = GOOD["text"]
    for place in [("usage",), ("usage", "completion_tokens")]:
        _, result = outcome(good, broken(good.reply, place, way))
        assert result.n_tokens == (7 if (way, len(place)) == ("number", 2) else None)


@pytest.mark.parametrize("way", WAYS)
def test_a_log_probability_that_is_missing_or_odd_is_unknown_and_never_0(way: str) -> None:
    good = GOOD["logprobs"]
    at: Place = ("choices", 0, "logprobs")
    for place in [at, (*at, "content"), (*at, "content", 1), (*at, "content", 1, "logprob")]:
        kind, result = outcome(good, broken(good.reply, place, way))
        if way == "missing" and place == (*at, "content", 1):
            continue  # a list of one place is a whole one
        is_number = way == "negative" and place[-1] == "logprob"
        assert (kind, result.logprob) == ("answer", -2.0 if is_number else None)


def test_what_was_answered_beside_broken_replies_is_stored(tmp_path: Path) -> None:
    draw = random.Random(9)
    breaks = [
        (name, place, way)
        for name in _CHATS
        for place in places(GOOD[name].reply)
        for way in WAYS
        if "error" not in place  # each of those is asked twice, which takes a while
    ]
    served = draw.sample(breaks, _N_SERVED)
    replies = [broken(GOOD[name].reply, place, way) for name, place, way in served]

    def script(n: int, body: dict[str, Any]) -> Reply:
        kind, number = body["messages"][0]["content"].split()
        return Reply(body=replies[int(number)]) if kind == "broken" else said(f"grain {number}")

    with serving(script) as server:
        settings = OpenAIModel(model="m", urls=(server.url,), max_concurrency=16, deadline_s=30)
        model = ModelRef(name="far", model="m", revision=None, path="m", settings=settings)
        asked = [
            _asked(model, f"{kind} {i}", GOOD[name].request)
            for i, (name, _, _) in enumerate(served)
            for kind in ("broken", "good")
        ]
        store = CompletionStore(tmp_path)
        answers = complete(asked, model=model, store=store, beam=BeamSettings())
        assert len(server.calls) == len(asked)
    results = list(answers.results.values())
    stored = store.get(r.request_id for r in asked)
    assert [stored[r.request_id].text for r in asked[1::2]] == [
        f"grain {i}" for i in range(_N_SERVED)
    ]
    for found, (name, _, _), reply in zip(results[::2], served, replies, strict=True):
        kind, result = outcome(GOOD[name], reply)
        assert isinstance(found, Completion) == (kind == "answer")
        assert found == stored[found.request_id] if isinstance(found, Completion) else found.detail
        if isinstance(result, Completion):
            assert unlike(result, found) <= {"request_id", "server"}


def _asked(model: ModelRef, text: str, like: ChatRequest) -> ChatRequest:
    turn = like.messages[0].model_copy(update={"content": text})
    return model.ask(
        messages=(turn,), **like.model_dump(include={"sampling", "json_schema", "tools"})
    )


def unlike(one: Any, other: Any) -> set[str]:
    """Name the fields in which two results differ."""
    if not isinstance(one, Completion):
        return set() if one == other else {"all"}
    return {name for name in Completion.model_fields if getattr(one, name) != getattr(other, name)}


def show(name: str, table: dict[str, dict[str, Counter[str]]]) -> None:
    """Print what became of a good reply, a row a place: a for an answer, f for a failure, s for a stop."""
    width = max(map(len, table))
    print(f"\n{name:<{width}}", *(f"{way:>8}" for way in WAYS))
    for place, ways in table.items():
        cells = [" ".join(f"{n}{kind[0]}" for kind, n in sorted(ways[w].items())) for w in WAYS]
        print(f"{place:<{width}}", *(f"{cell:>8}" for cell in cells))
    sums = Counter[str]()
    for kinds in (kinds for ways in table.values() for kinds in ways.values()):
        sums += kinds
    print(f"in all: {', '.join(f'{n} {kind}' for kind, n in sorted(sums.items()))}")
