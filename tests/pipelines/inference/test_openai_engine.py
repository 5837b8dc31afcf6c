import socket
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from tests.pipelines.inference.asking import answer, ask, texts
from tests.pipelines.inference.fault_server import FaultServer, Reply, error, said, serving
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.openai_engine import OpenAIEngine
from winnow.pipelines.inference.requests import ChatRequest, Completion, Failure, Result, Sampling
from winnow.schemas.errors import EndpointRefuses, EndpointUnavailable, InvalidSettings

ODD_LISTS = {
    "missing": error(404),
    "forbidden": error(403),
    "without a key": error(401),
    "a page": Reply(body=b"<html>Welcome</html>"),
    "null": Reply(body=None),
    "a list": Reply(body=["m"]),
    "names": Reply(body={"data": ["m"]}),
    "no data": Reply(body={"object": "list"}),
}


def engine(*urls: str, **fields: object) -> tuple[OpenAIEngine, ModelRef]:
    quick = {"timeout_s": 20.0, "deadline_s": 60.0, "max_backoff_s": 0.05}
    settings = OpenAIModel.model_validate({"model": "m", "urls": urls, **quick, **fields})
    model = ModelRef(name="far", model="m", revision=None, path="m", settings=settings)
    return OpenAIEngine(model, settings), model


def ask_all(n: int, *urls: str, **fields: object) -> list[Result]:
    asker, model = engine(*urls, **fields)
    return answer(asker, [ask(model, str(i)) for i in range(n)])


def ask_one(server: FaultServer, request: ChatRequest | None = None, **fields: object) -> Result:
    asker, model = engine(server.url, **fields)
    return answer(asker, [request or ask(model, "hello")])[0]


def within(code: object, message: str = "out of order", **more: object) -> Reply:
    """Answer with an error in a reply that calls itself good."""
    return Reply(body={"id": "gen-1", "error": {"message": message, "code": code, **more}})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    "fault",
    [
        error(500),
        error(502),
        error(503),
        error(429),
        error(429, Retry_After="0.1"),
        Reply(hangs_up=True),
        within(429),
        within("overloaded_error"),
    ],
    ids=["500", "502", "503", "429", "429 wait", "hangs up", "200: 429", "200: busy"],
)
def test_a_passing_fault_is_tried_again(fault: Reply) -> None:
    with serving(lambda n, body: fault if n < 2 else said("grain")) as server:
        assert texts([ask_one(server, timeout_s=1.0, deadline_s=9.0)]) == ["grain"]
        assert len(server.calls) == 3


@pytest.mark.parametrize("wording", ["1", "date"])
def test_retry_after_is_kept_to(wording: str) -> None:
    def script(n: int, body: object) -> Reply:
        asked = wording if wording == "1" else formatdate(time.time() + 2, usegmt=True)
        return error(429, Retry_After=asked) if n == 0 else said("grain")

    with serving(script) as server:
        assert texts([ask_one(server)]) == ["grain"]
        first, second = server.calls
        assert second.at - first.at >= 0.95


@pytest.mark.parametrize(
    ("reply", "reason", "detail"),
    [
        (
            error(400, "This model's maximum context length is 4096 tokens."),
            "prompt_too_long",
            "4096",
        ),
        (
            Reply(400, {"error": {"message": "no", "param": "input_tokens"}}),
            "prompt_too_long",
            "no",
        ),
        (
            Reply(400, {"error": {"message": "no", "code": "context_length_exceeded"}}),
            "prompt_too_long",
            "no",
        ),
        (error(400, "Invalid schema"), "refused", "status 400: Invalid schema"),
        (error(422, "messages: field required"), "refused", "status 422: messages"),
        (Reply(413, ["too large"]), "refused", "too large"),
        (said("", refusal="I will not say"), "refused", "I will not say"),
    ],
)
def test_a_declined_request_becomes_a_failure_and_is_not_tried_again(
    reply: Reply, reason: str, detail: str
) -> None:
    with serving(lambda n, body: reply) as server:
        failure = ask_one(server)
        assert isinstance(failure, Failure)
        assert failure.reason == reason
        assert detail in failure.detail
        assert len(server.calls) == 1


def test_a_request_that_always_breaks_the_server_fails_without_its_neighbours() -> None:
    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        is_poison = body["messages"][0]["content"] == "3"
        return error(500, "assertion failed") if is_poison else said("grain")

    with serving(script) as server:
        results = ask_all(8, server.url)
    assert [isinstance(r, Failure) for r in results] == [i == 3 for i in range(8)]
    poisoned = results[3]
    assert isinstance(poisoned, Failure)
    assert poisoned.reason == "engine_error"
    assert "tries failed, the last with" in poisoned.detail
    assert "assertion failed" in poisoned.detail


def test_the_work_of_a_dead_server_is_done_by_the_others() -> None:
    dead = f"http://127.0.0.1:{free_port()}/v1"
    with serving(lambda n, body: said("grain")) as server:
        assert texts(ask_all(40, dead, server.url)) == ["grain"] * 40


def test_requests_are_drawn_as_there_is_room_at_the_servers() -> None:
    n_answered, ahead = 0, []

    def draw(model: ModelRef) -> Iterator[ChatRequest]:
        for i in range(60):
            ahead.append(i + 1 - n_answered)
            yield ask(model, str(i))

    def keep(result: Result) -> None:
        nonlocal n_answered
        n_answered += 1

    with serving(lambda n, body: said("grain")) as server:
        asker, model = engine(server.url, max_concurrency=4)
        asker.complete(draw(model), keep)
    assert n_answered == 60
    assert max(ahead) <= 4


def test_a_server_is_asked_for_a_few_at_a_time_until_more_prove_to_come_faster() -> None:
    at_once = []

    def script(n: int, body: object) -> Reply:
        at_once.append(server.n_at_once)
        return Reply(delay_s=0.01, body=said("grain").body)

    with serving(script) as server:
        assert texts(ask_all(200, server.url, max_concurrency=256)) == ["grain"] * 200
    assert max(at_once[:32]) <= 32


def test_a_server_that_says_it_has_too_much_is_asked_for_less() -> None:
    n_refused, at_once = 0, []

    def script(n: int, body: object) -> Reply:
        nonlocal n_refused
        at_once.append(server.n_at_once)
        if server.n_at_once > 16:
            n_refused += 1
            return error(429, "too many at a time", Retry_After="0.05")
        return Reply(delay_s=0.01, body=said("grain").body)

    with serving(script) as server:
        assert texts(ask_all(400, server.url, max_concurrency=256)) == ["grain"] * 400
    assert n_refused < 200
    assert sorted(at_once[-200:])[100] <= 16


def test_a_few_requests_go_out_at_once() -> None:
    all_here = threading.Barrier(20, timeout=20)

    def script(n: int, body: object) -> Reply:
        all_here.wait()
        return said("grain")

    with serving(script) as server:
        assert texts(ask_all(20, server.url)) == ["grain"] * 20
        assert len(server.calls) == 20


def test_servers_share_the_load() -> None:
    def script(n: int, body: object) -> Reply:
        return Reply(delay_s=0.02, body=said("grain").body)

    with serving(script) as first, serving(script) as second:
        ask_all(60, first.url, second.url, max_concurrency=4)
        assert len(first.calls) + len(second.calls) == 60
        assert min(len(first.calls), len(second.calls)) >= 15
        assert max(first.most_at_once, second.most_at_once) <= 4


def test_a_total_outage_says_what_to_do() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(EndpointUnavailable) as caught:
        ask_all(30, url, deadline_s=1.0)
    assert str(caught.value).startswith(f"models.far: no answer from {url} for 1 s, last: ")
    assert str(caught.value).endswith(
        "start the server or correct urls, then give the same command again: what was answered is kept"
    )
    assert caught.value.urls == [url]


def test_an_outage_does_not_bring_a_storm_of_retries() -> None:
    with serving(lambda n, body: error(500)) as server:
        server.models = error(500)
        with pytest.raises(EndpointUnavailable):
            ask_all(64, server.url, deadline_s=3.0)
        # The 64 in flight when it began are one try each at most; then come single probes.
        assert len(server.calls) <= 64 + 10


def test_answers_before_an_outage_are_handed_over() -> None:
    with serving(lambda n, body: said("grain") if n < 5 else error(503)) as server:
        asker, model = engine(server.url, max_concurrency=1, deadline_s=1.0)
        arrived: list[Result] = []
        with pytest.raises(EndpointUnavailable):
            asker.complete([ask(model, str(i)) for i in range(9)], arrived.append)
    assert texts(arrived) == ["grain"] * 5


def test_the_api_key_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAR_KEY", "sk-very-secret")
    with serving(lambda n, body: said("grain")) as server:
        ask_one(server, api_key_env="FAR_KEY")
        assert server.calls[0].headers["Authorization"] == "Bearer sk-very-secret"
        server.script = lambda n, body: error(401, "no such key")
        with pytest.raises(EndpointRefuses) as caught:
            ask_one(server, api_key_env="FAR_KEY")
    assert str(caught.value).startswith(f"models.far: {server.url} status 401")
    assert "set the environment variable that api_key_env names" in str(caught.value)
    assert "secret" not in repr(caught.value)


def test_an_unknown_model_or_path_stops_the_run() -> None:
    with (
        serving(lambda n, body: error(404, "no model m")) as server,
        pytest.raises(EndpointRefuses, match=r"no model m.*correct model and urls"),
    ):
        ask_one(server)


def test_scores_need_a_vllm_server() -> None:
    with serving(lambda n, body: said("grain")) as server:
        asker, model = engine(server.url)
        with pytest.raises(
            InvalidSettings, match=r"is no vLLM server, which requests of the kind reward need"
        ):
            answer(asker, [ask(model, "hello", task="reward")])


def test_what_is_no_unicode_in_a_reply_is_replaced() -> None:
    with serving(lambda n, body: said("grain \ud800 chaff")) as server:
        assert texts([ask_one(server)]) == ["grain � chaff"]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_a_thought_that_the_server_parted_is_kept_beside_the_answer(name: str) -> None:
    with serving(lambda n, body: said("grain", **{name: "two sacks"})) as server:
        (result,) = [ask_one(server)]
    assert isinstance(result, Completion)
    assert result.parted() == ("two sacks", "grain", True)


def test_a_thought_without_an_answer_is_unfinished() -> None:
    with serving(lambda n, body: said("", reasoning_content="two sa")) as server:
        (result,) = [ask_one(server)]
    assert isinstance(result, Completion)
    assert result.parted() == ("two sa", "", False)


def test_tool_calls_of_a_reply_are_kept() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    with serving(lambda n, body: said("", tool_calls=[call])) as server:
        result = ask_one(server)
    assert isinstance(result, Completion)
    assert [(c.name, c.arguments, c.id) for c in result.tool_calls] == [("add", "{}", "c1")]


def test_a_request_says_what_it_means_and_no_more() -> None:
    with serving(lambda n, body: said("grain")) as server:
        asker, model = engine(
            server.url, extra_body={"max_tokens": None, "max_completion_tokens": 7}
        )
        sampling = Sampling(temperature=0.0, logprobs=2, stop=("END",))
        answer(asker, [ask(model, "hello", sampling, json_schema='{"type":"object"}')])
        assert server.calls[0].body == {
            "model": "m",
            "messages": [{"role": "user", "content": "hello"}],
            "temperature": 0.0,
            "top_p": 1.0,
            "stop": ["END"],
            "logprobs": True,
            "top_logprobs": 3,
            "max_completion_tokens": 7,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": True},
            },
        }


def test_no_thread_is_left_behind() -> None:
    before = set(threading.enumerate())
    with serving(lambda n, body: said("grain")) as server:
        ask_all(20, server.url)
    left = [t for t in set(threading.enumerate()) - before if "process_request" not in t.name]
    assert left == []


def test_log_probabilities_that_a_server_leaves_out_are_unknown() -> None:
    with serving(lambda n, body: said("grain")) as server:
        asked = ask(engine(server.url)[1], "hello")
        wanted = asked.model_copy(update={"sampling": Sampling(logprobs=0)})
        result = ask_one(server, wanted)
    assert isinstance(result, Completion)
    assert result.logprob is None


@pytest.mark.parametrize("listed", ODD_LISTS, ids=ODD_LISTS)
def test_a_list_of_models_that_is_not_there_or_odd_keeps_nobody_from_an_answer(listed: str) -> None:
    with serving(lambda n, body: said("grain")) as server:
        server.models = ODD_LISTS[listed]
        assert texts(ask_all(3, server.url)) == ["grain"] * 3
        assert len(server.calls) == 3
        assert "min_p" not in server.calls[0].body


def test_an_error_within_a_good_reply_is_asked_once_more_and_then_owed() -> None:
    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        is_bad = body["messages"][0]["content"] == "1"
        return within(502, "upstream: try another provider") if is_bad else said("grain")

    with serving(script) as server:
        good, bad = ask_all(2, server.url)
        assert len(server.calls) == 3
    assert texts([good]) == ["grain"]
    assert isinstance(bad, Failure)
    assert not bad.is_certain
    assert "upstream: try another provider" in bad.detail


@pytest.mark.parametrize(
    ("reply", "reason", "words"),
    [
        (within(400, "bad schema"), "refused", "bad schema"),
        (within(None, "maximum context length is 4096"), "prompt_too_long", "4096"),
        (within("400", "no", metadata={"raw": "too hot"}), "refused", "no: too hot"),
        (said("", tool_calls=[{"function": {}}]), "engine_error", "a tool call names no function"),
        (Reply(body={"choices": []}), "engine_error", 'holds no answer: {"choices": []}'),
        (Reply(body=b"null"), "engine_error", "is no object: null"),
    ],
)
def test_what_a_good_reply_says_for_good_is_one_failure_at_once(
    reply: Reply, reason: str, words: str
) -> None:
    with serving(lambda n, body: reply) as server:
        failure = ask_one(server)
        assert len(server.calls) == 1
    assert isinstance(failure, Failure)
    assert failure.reason == reason
    assert words in failure.detail


@pytest.mark.parametrize("code", [402, "insufficient_quota"])
def test_a_good_reply_that_says_that_credit_ran_out_ends_the_run(code: object) -> None:
    with serving(lambda n, body: within(code, "Buy more!")) as server:
        with pytest.raises(EndpointRefuses, match=r"Buy more!; top up the account"):
            ask_all(3, server.url, max_concurrency=1)
        assert len(server.calls) == 1
