"""What `winnow validate` and `winnow doctor` say of servers: real ones, that answer as a test says."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.pipelines.inference.fault_server import Reply, error, said, serving
from winnow.flows.commands.cli import app
from winnow.schemas.errors import CurationError, InvalidSettings, Unpublishable

VERDICT = '{"verdict":"second"}'


def good(n: int, body: dict[str, Any]) -> Reply:
    """Answer as a good server does, and count what it reads."""
    reply = said(
        VERDICT if "response_format" in body else "yes",
    )
    words = sum(len(message["content"].split()) for message in body["messages"])
    reply.body["usage"]["prompt_tokens"] = words
    if body.get("logprobs"):
        token = {"token": "yes", "logprob": -0.1, "top_logprobs": []}
        reply.body["choices"][0]["logprobs"] = {"content": [token]}
    return reply


def write(folder: Path, url: str, **more: Any) -> Path:
    (folder / "prompts.jsonl").write_text(json.dumps({"prompt": "Why?", "reference": "So."}))
    settings = {
        "name": "toy",
        "warehouse": {"path": str(folder / "house")},
        "prompts": {"path": str(folder / "prompts.jsonl")},
        "models": {"far": {"engine": "openai", "model": "m", "urls": [url], **more.pop("far", {})}},
        "sample": [{"model": "far", "n": 2, "logprobs": 0}],
        "label": [{"judge": "pairwise", "model": "far"}],
    }
    (folder / "run.yaml").write_text(json.dumps(settings | more))
    return folder / "run.yaml"


def validate(config: Path, *options: str) -> str:
    done = CliRunner().invoke(app, ["validate", str(config), *options])
    if isinstance(done.exception, CurationError):
        raise done.exception
    assert done.exit_code == 0, done.exception
    return done.output


def fails(config: Path) -> str:
    with pytest.raises(InvalidSettings) as caught:
        validate(config)
    return str(caught.value)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_validate_asks_a_server_what_the_run_will_ask_and_says_what_it_does(tmp_path: Path) -> None:
    with serving(good) as server:
        output = validate(write(tmp_path, server.url))
        plain, *others = [call.body for call in server.calls]
    assert "each is asked 5 questions at most, 32 tokens an answer; --offline asks none" in output
    assert (
        f"server     models.far: {server.url}: answers a plain question, a sample with seed and log-probabilities, "
        "a system turn and a JSON schema\n"
    ) in output
    assert "is fine: winnow run" in output
    assert plain["max_tokens"] == 32 and "seed" not in plain
    assert any("seed" in body and body["logprobs"] for body in others)
    assert any("response_format" in b and b["messages"][0]["role"] == "system" for b in others)


def test_each_way_of_sampling_is_tried_once(tmp_path: Path) -> None:
    ways = [
        {"temperature": t, "max_tokens": n} for t, n in ((0.5, 9), (0.5, 8), (0.9, 9), (0.0, 9))
    ]
    with serving(good) as server:
        sample = [{"model": "far", **way} for way in ways]
        output = validate(write(tmp_path, server.url, sample=sample))
        assert len(server.calls) == 5
    assert (
        "a sample with seed, another sample with seed, a third sample with temperature 0," in output
    )


def test_validate_asks_nothing_where_it_is_told_so(tmp_path: Path) -> None:
    with serving(good) as server:
        assert "is fine" in validate(write(tmp_path, server.url), "--offline")
        assert server.paths == []


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (lambda n, body: error(401, "no such key"), "no such key"),
        (lambda n, body: error(404, "no model m"), "it serves grain"),
        (
            lambda n, body: error(400, "seed is not allowed") if "seed" in body else good(n, body),
            "refuses a sample with seed and log-probabilities: status 400: seed is not allowed; extra_body takes a field out",
        ),
        (
            lambda n, body: error(400, "no response_format") if "response_format" in body else good(n, body),
            "refuses a system turn and a JSON schema: status 400: no response_format",
        ),
    ],
    ids=["key", "model", "seed", "schema"],
)  # fmt: skip
def test_what_a_server_refuses_of_a_run_is_said_with_its_words(
    tmp_path: Path, script: Any, words: str
) -> None:
    with serving(script) as server:
        server.models = Reply(body={"data": [{"id": "grain"}]})
        output = fails(write(tmp_path, server.url))
        assert output.startswith(f"models.far: {server.url}")
        assert words in output


def odd(change: Any) -> Any:
    def script(n: int, body: dict[str, Any]) -> Reply:
        reply = good(n, body)
        change(body, reply)
        return reply

    return script


def drop_system(body: dict[str, Any], reply: Reply) -> None:
    reply.body["usage"]["prompt_tokens"] = len(body["messages"][-1]["content"].split())


def chat_on(body: dict[str, Any], reply: Reply) -> None:
    reply.body["choices"][0]["message"]["content"] = "The second, I think."


def keep_logprobs(body: dict[str, Any], reply: Reply) -> None:
    reply.body["choices"][0].pop("logprobs", None)


def refuse_system(n: int, body: dict[str, Any]) -> Reply:
    roles = [message["role"] for message in body["messages"]]
    return error(400, "System role not supported") if "system" in roles else good(n, body)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (odd(drop_system), "seems to leave the system turn out"),
        (odd(chat_on), "does not keep to a JSON schema, so that verdicts may be unreadable: it said 'The second, I think.'"),
        (odd(keep_logprobs), "gives no log-probabilities, which sample asks for"),
        (refuse_system, "takes no system turn: a run puts its words before the user's"),
    ],
    ids=["system left out", "schema", "log-probabilities", "system refused"],
)  # fmt: skip
def test_what_a_run_can_live_with_is_a_warning(tmp_path: Path, script: Any, words: str) -> None:
    with serving(script) as server:
        output = validate(write(tmp_path, server.url))
    assert f"warning    models.far: {server.url} {words}" in output
    assert "is fine" in output


@pytest.mark.parametrize("gives", [True, False])
def test_a_judge_that_wants_log_probabilities_is_told_of_a_server_that_gives_none(
    tmp_path: Path, gives: bool
) -> None:
    def answer(n: int, body: dict[str, Any]) -> Reply:
        reply = good(n, body)
        if gives and "response_format" in body and body.get("logprobs"):
            token = {"token": "second", "logprob": -0.1}
            tokens = [{**token, "top_logprobs": [token]}]
            reply.body["choices"][0]["logprobs"] = {"content": tokens}
        return reply

    label = [{"judge": "pairwise", "model": "far"}]
    label.append({**label[0], "probability": True})  # type: ignore[dict-item]
    with serving(answer) as server:
        output = validate(write(tmp_path, server.url, label=label))
    warned = "gives no log-probabilities with alternatives, which a judge asks for"
    assert (warned in output) == (not gives)


def test_log_probabilities_that_responses_are_chosen_by_must_be_there(tmp_path: Path) -> None:
    with serving(odd(keep_logprobs)) as server:
        compare = {"strategy": "best_worst", "score": "logprob"}
        assert (
            "gives no log-probabilities, which sample asks for, and compare.score is logprob"
            in (fails(write(tmp_path, server.url, compare=compare)))
        )


def test_an_answer_longer_than_the_context_is_said_before_anything_is_paid(tmp_path: Path) -> None:
    with serving(good) as server:
        server.models = Reply(body={"data": [{"id": "m", "max_model_len": 1024}]})
        with pytest.raises(
            Unpublishable,
            match=r"label\[0\]: no question has room: models.far has a context of 1,024 tokens, and the shortest question "
            r"is about \d+, its answer up to 1,664; lower label\[0\].max_critique_chars, or give models.far a longer",
        ):
            validate(write(tmp_path, server.url))
        server.models = Reply(body={"data": [{"id": "m", "max_model_len": 3000}]})
        output = validate(write(tmp_path, server.url))
        assert "context 3,000" in output
        assert "warning    label[0]: the longest question is about" in output
        assert (
            "the context of models.far is 3,000: its answer may be cut off, or it is refused"
            in output
        )


def test_a_server_that_is_silent_is_given_up_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from winnow.pipelines.inference import server_trial

    monkeypatch.setattr(server_trial, "LIMIT_S", 1.0)
    with serving(lambda n, body: Reply(delay_s=3, body={})) as server:
        output = fails(write(tmp_path, server.url))
    assert server.url in output and "no answer" in output


def doctor(config: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["doctor", str(config)], env={"COLUMNS": "1000"})
    return done.exit_code, done.output


def test_the_doctor_names_a_dead_server_with_its_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from winnow.pipelines.inference import server_trial

    monkeypatch.setattr(server_trial, "LIMIT_S", 2.0)
    url = f"http://127.0.0.1:{free_port()}/v1"
    code, output = doctor(write(tmp_path, url))
    (line,) = (line for line in output.splitlines() if line.startswith("models.far"))
    assert code == 1
    assert "broken" in line and url in line and "start" in line


@pytest.mark.parametrize("fault", ["page", "not here", "no key"])
def test_the_doctor_takes_nothing_for_a_server_that_does_not_answer_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    from winnow.pipelines.inference import server_trial

    monkeypatch.setattr(server_trial, "LIMIT_S", 2.0)
    monkeypatch.delenv("FAR_KEY", raising=False)
    page = Reply(200, b"<html><body>Welcome</body></html>", {"Content-Type": "text/html"})
    reply = page if fault == "page" else error(404, "nothing here")
    far = {"api_key_env": "FAR_KEY"} if fault == "no key" else {}
    with serving(lambda n, body: reply) as server:
        server.models = reply
        code, output = doctor(write(tmp_path, server.url, far=far))
    (line,) = (line for line in output.splitlines() if line.startswith("models.far"))
    assert code == 1
    assert "broken" in line
    assert {"page": server.url, "not here": "nothing here", "no key": "FAR_KEY"}[fault] in line


def test_the_doctor_says_what_a_good_server_does(tmp_path: Path) -> None:
    with serving(good) as server:
        _, output = doctor(write(tmp_path, server.url))
    (line,) = (line for line in output.splitlines() if line.startswith("models.far"))
    assert line.split()[1] == "ok"
    assert f"{server.url}: answers a plain question" in line


@pytest.mark.server
def test_a_real_vllm_server_does_all_that_a_run_asks(tmp_path: Path, tiny_server: str) -> None:
    config = write(tmp_path, tiny_server, far={"model": "tiny"})
    _, output = doctor(config)
    (line,) = (line for line in output.splitlines() if line.startswith("models.far"))
    assert (
        f"ok       {tiny_server}: answers a plain question, a sample with seed and log-probabilities, a system turn and a "
        "JSON schema, context 4,096"
    ) in line
    assert f"server     models.far: {tiny_server}: answers a plain question" in validate(config)
