import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.inference.asking import GREEDY, answer, texts
from tests.pipelines.inference.fault_server import FaultServer, Reply, Script, error, said, serving
from tests.pipelines.inference.test_openai_engine import engine
from winnow.pipelines.inference import vllm_engine
from winnow.pipelines.inference.models import STAND_INS, identify
from winnow.pipelines.inference.requests import Completion, Failure, Result
from winnow.pipelines.inference.turns_taken import find_takes, is_about_turns
from winnow.pipelines.inference.vllm_engine import VllmEngine
from winnow.schemas.model_input import Takes
from winnow.schemas.prompts import Message

NO_SYSTEM = """{%- if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif -%}
{%- for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif -%}
<turn>{{ m.role }}\n{{ m.content }}<end>\n{% endfor %}{% if add_generation_prompt %}<turn>assistant\n{% endif %}"""
SILENT = NO_SYSTEM.replace(
    "{{ raise_exception('System role not supported') }}", "{% set messages = messages[1:] %}"
)


def talk(*turns: str) -> tuple[Message, ...]:
    split = (turn.partition(":") for turn in turns)
    return tuple(Message.model_validate({"role": r, "content": text}) for r, _, text in split)


JUDGED = talk("system:Judge.", "user:Which?")
FOLDED = talk("user:Judge.\n\nWhich?")


def refusing(words: str, status: int = 400) -> Script:
    """Script a server whose template takes neither a turn of the system nor two of one role in a row."""

    def script(n: int, body: dict[str, Any]) -> Reply:
        roles = [message["role"] for message in body["messages"]]
        odd = "system" in roles or roles != ["user", "assistant"] * (len(roles) // 2) + ["user"]
        return error(status, words) if odd else said(json.dumps(body["messages"]))

    return script


def ask_all(server: FaultServer, *conversations: tuple[Message, ...]) -> list[Result]:
    asker, model = engine(server.url, max_concurrency=1)
    return answer(asker, [model.ask(messages=turns, sampling=GREEDY) for turns in conversations])


@pytest.mark.parametrize(
    "words",
    [
        "System role not supported",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "Developer instruction is not enabled for models/gemma-3-27b-it",
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "Only user and assistant roles are supported!",
        "system messages are not allowed",
        'Invalid role in messages: system. Must be one of ["user", "assistant"]',
    ],
)
def test_a_turn_of_the_system_that_a_server_refuses_stands_before_the_users_words(
    words: str,
) -> None:
    with serving(refusing(words)) as server:
        (told,) = texts(ask_all(server, JUDGED))
    assert json.loads(told) == [{"role": "user", "content": "Judge.\n\nWhich?"}]


def test_what_a_server_refuses_is_not_asked_in_vain_again() -> None:
    with serving(refusing("System role not supported")) as server:
        many = [talk("system:Judge.", f"user:Which of {i}?") for i in range(10)]
        assert len(texts(ask_all(server, *many))) == 10
        assert len(server.calls) == 11


def test_two_turns_of_one_role_are_one_where_a_server_wants_them_in_turn() -> None:
    with serving(refusing("roles must alternate")) as server:
        (told,) = texts(ask_all(server, talk("user:Who?", "user:And when?")))
    assert json.loads(told) == [{"role": "user", "content": "Who?\n\nAnd when?"}]


def test_a_request_whose_turns_were_written_otherwise_stays_the_same() -> None:
    _, model = engine("http://h/v1")
    request = model.ask(messages=JUDGED, sampling=GREEDY)
    told = request.told_to(Takes(system=False))
    assert (told.messages, told.request_id, told.seed) == (FOLDED, request.request_id, request.seed)
    with serving(refusing("System role not supported")) as server:
        (result,) = ask_all(server, JUDGED)
    assert result.request_id == request.request_id


@pytest.mark.parametrize(
    "words",
    ["This model does not support the parameter 'seed'", "The system is overloaded", "Invalid schema"],
)  # fmt: skip
def test_other_refusals_stay_what_they_are(words: str) -> None:
    with serving(lambda n, body: error(400, words)) as server:
        (result,) = ask_all(server, JUDGED)
        assert len(server.calls) == 1
    assert isinstance(result, Failure)
    assert not is_about_turns(result)


def test_a_template_that_nothing_pleases_keeps_its_words() -> None:
    with serving(lambda n, body: error(400, "System role not supported")) as server:
        first, second = ask_all(server, JUDGED, JUDGED[1:])
    assert isinstance(first, Failure) and isinstance(second, Failure)
    assert "System role not supported" in first.detail


def test_a_template_is_tried_before_anything_is_asked() -> None:
    def render(turns: tuple[Message, ...]) -> object:
        if any(turn.role == "system" for turn in turns[1:]):
            raise ValueError("a system turn comes first")
        return [turn.content for turn in turns]

    def drop(turns: tuple[Message, ...]) -> object:
        return [turn.content for turn in turns if turn.role != "system"]

    def fail(turns: tuple[Message, ...]) -> object:
        raise ValueError("no template")

    assert find_takes(render) == Takes()
    assert find_takes(drop) == Takes(system=False)
    assert find_takes(fail) == Takes()


@pytest.mark.engine
@pytest.mark.parametrize("template", [NO_SYSTEM, SILENT], ids=["refuses", "leaves out"])
def test_the_engine_finds_out_what_its_own_template_takes(
    tiny_engine: VllmEngine,
    models_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    template: str,
) -> None:
    path = tmp_path / "template.jinja"
    path.write_text(template)
    settings = STAND_INS["tiny"].model_copy(update={"chat_template": path})
    model = identify(settings, models_dir, name="gemma")
    monkeypatch.setattr(vllm_engine, "start", lambda model, settings: tiny_engine.llm)
    turns = (JUDGED, FOLDED, talk("user:Judge.", "user:Which?"))
    requests = [model.ask(messages=one, sampling=GREEDY) for one in turns]
    results = answer(VllmEngine(model, settings), requests)
    assert [type(result) for result in results] == [Completion] * 3
    assert len(set(texts(results))) == 1
    assert [r.request_id for r in results] == [r.request_id for r in requests]
