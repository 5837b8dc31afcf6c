"""An engine that gives replies which were written down before."""

import json
from pathlib import Path

import pytest

from winnow.pipelines.inference.models import ModelRef, identify
from winnow.pipelines.inference.open_engines import open_engine
from winnow.pipelines.inference.recorded import RecordedModel
from winnow.pipelines.inference.requests import Completion, Failure, Result, Task
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.prompts import Message

LINES = (
    {"contains": ["sacks", "grain"], "reply": "the second sack"},
    {"contains": ["sacks"], "reply": {"verdict": "tie", "why": "Körner"}},
)


def recorded(folder: Path, *lines: object) -> ModelRef:
    path = folder / "replies.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return identify(RecordedModel(path=path), folder, name="judge")


def asked(model: ModelRef, *texts: str, task: Task = "chat") -> list[Result]:
    turns = (Message(role="system", content="Judge fairly."),)
    requests = [
        model.ask(messages=(*turns, Message(role="user", content=text)), task=task)
        for text in texts
    ]
    results: list[Result] = []
    engine = open_engine(model)
    engine.complete(requests, results.append)
    engine.close()
    return results


def reply(result: Result) -> str:
    assert isinstance(result, Completion)
    return result.text


def test_the_first_line_answers_whose_texts_all_stand_in_the_request(tmp_path: Path) -> None:
    first, second = asked(recorded(tmp_path, *LINES), "Two sacks of grain.", "Two sacks.")
    assert reply(first) == "the second sack"
    assert reply(second) == '{"verdict":"tie","why":"Körner"}'


def test_texts_have_to_stand_one_after_the_other(tmp_path: Path) -> None:
    model = recorded(
        tmp_path,
        {"contains": ["rye", "oats"], "reply": "first"},
        {"contains": ["oats", "rye"], "reply": "second"},
        {"contains": ["oats", "oats"], "reply": "twice"},
    )
    results = asked(model, "rye, then oats", "oats, then rye", "oats and oats", "only oats")
    assert [reply(r) for r in results[:3]] == ["first", "second", "twice"]
    assert isinstance(results[3], Failure)
    assert "line 2, the nearest, wants 'rye' behind 'oats'" in results[3].detail


def test_texts_of_every_turn_count_and_an_empty_list_fits_whatever_is_asked(tmp_path: Path) -> None:
    model = recorded(
        tmp_path, {"contains": ["Judge fairly."], "reply": "a"}, {"contains": [], "reply": "b"}
    )
    assert [reply(r) for r in asked(model, "anything")] == ["a"]
    assert reply(asked(recorded(tmp_path, {"contains": [], "reply": "b"}), "anything")[0]) == "b"


def test_what_no_line_fits_fails_alone_and_says_which_line_comes_nearest(tmp_path: Path) -> None:
    failed, answered = asked(recorded(tmp_path, *LINES), "A heap of grain.", "Two sacks.")
    assert isinstance(failed, Failure)
    assert failed.reason == "refused"
    assert failed.is_certain
    assert failed.detail == (
        "no line of replies.jsonl fits: line 1, the nearest, wants 'sacks'; the request ends 'A heap of grain.'; "
        "add a line whose \"contains\" lists texts of it in their order, or ask a model"
    )
    assert reply(answered)


def test_texts_are_all_that_is_recorded(tmp_path: Path) -> None:
    (failed,) = asked(recorded(tmp_path, *LINES), "Two sacks.", task="reward")
    assert isinstance(failed, Failure)
    assert failed.detail == (
        "replies.jsonl holds recorded texts, and neither scores nor log-probabilities of given answers; "
        "name a model for task reward"
    )


def test_records_say_that_it_is_recorded_and_know_it_by_its_content(tmp_path: Path) -> None:
    first = recorded(tmp_path, *LINES)
    second = recorded(tmp_path, *LINES[:1])
    assert first.model == second.model == "recorded replies of replies.jsonl"
    assert first.server == f"recorded replies of {tmp_path / 'replies.jsonl'}"
    assert first.revision != second.revision
    assert first.cost_of(10, 10) is None
    (completion,) = asked(second, "Two sacks of grain.")
    assert isinstance(completion, Completion)
    assert (completion.n_tokens, completion.n_prompt_tokens, completion.finish_reason) == (
        None,
        None,
        "stop",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no replies; write a line of JSON for each, such as {"),
        ("{", "line 1 is no JSON"),
        ('\n{"contains": []}\n', "line 2: reply is missing"),
        ('{"contains": "x", "reply": "y"}', "line 1: contains is 'x', wanted a list"),
        (
            '{"contain": ["x"], "contains": [], "reply": "y"}',
            "line 1: unknown key 'contain'; did you mean 'contains'?",
        ),
        ('["x"]', "line 1 is ['x'], wanted an object"),
        ('{"contains": [], "reply": 3}', "line 1: reply is 3, wanted text"),
    ],
    ids=["empty", "no JSON", "no reply", "no list", "unknown key", "no object", "number"],
)
def test_a_file_that_cannot_be_used_is_told_before_anything_runs(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text(text)
    with pytest.raises(InvalidSettings) as raised:
        identify(RecordedModel(path=path), tmp_path, name="judge")
    assert str(raised.value).startswith(f"models.judge.path is {path}")
    assert said in str(raised.value)


def test_a_path_without_a_file_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"but no file is there; correct the path"):
        identify(RecordedModel(path=tmp_path / "none.jsonl"), tmp_path, name="judge")


def test_a_file_that_changed_since_the_run_began_answers_nothing(tmp_path: Path) -> None:
    model = recorded(tmp_path, *LINES)
    recorded(tmp_path, *LINES[:1])
    with pytest.raises(
        InvalidSettings, match=r"whose content changed after the run began; let it be"
    ):
        open_engine(model)
