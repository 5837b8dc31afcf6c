"""The pages that take somebody from nothing to what they came for: every command does what the page says."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.docs.pages import ROOT, blocks, walk_through
from tests.pipelines.inference.fault_server import Reply, said, serving

DOCS = ROOT / "docs"


def answer(_number: int, body: dict[str, Any]) -> Reply:
    """Answer a prompt with some text, and a judge's question with the response that sorts last."""
    asked = json.dumps(body["messages"])
    if "response_format" not in body:
        mark = hashlib.sha256(f"{asked}{body['seed']}".encode()).hexdigest()[:8]
        return said(f"A short answer, number {mark}.")
    first, second = (
        re.findall(rf"<{place}-\w+>(.*?)</{place}-\w+>", asked)[-1] for place in ("first", "second")
    )
    verdict = "first" if first > second else "second"
    return said(json.dumps({"critique": "clearer", "verdict": verdict}))


def test_recorded_judgments_become_a_release(commands: dict[str, str], tmp_path: Path) -> None:
    walk_through(DOCS / "recorded-judgments.md", tmp_path, commands)
    assert (tmp_path / ".winnow" / "reports" / "recorded@1.html").exists()


def test_whoever_exports_learns_where_each_row_came_from(
    commands: dict[str, str], tmp_path: Path
) -> None:
    walk_through(DOCS / "exporting.md", tmp_path, commands)


def test_whoever_schedules_runs_sees_what_they_cost_and_yielded(
    commands: dict[str, str], tmp_path: Path
) -> None:
    page = DOCS / "scheduling.md"
    with serving(answer) as server:
        walk_through(page, tmp_path, commands, {"http://localhost:8000/v1": server.url})
        asked = [call for call in server.calls if "When do swifts" in json.dumps(call.body)]
    assert 0 < len(asked) < len(server.calls)
    assert len({json.dumps(call.body) for call in server.calls}) == len(server.calls)
    (schedule,) = (block.text for block in blocks(page) if block.language == "crontab")
    assert "winnow run nightly.yaml" in schedule


def count_words(number: int, body: dict[str, Any]) -> Reply:
    """Answer, and count the words read and written as tokens."""
    reply = answer(number, body)
    words = sum(len(message["content"].split()) for message in body["messages"])
    said_words = len(reply.body["choices"][0]["message"]["content"].split())
    reply.body["usage"] = {"prompt_tokens": words, "completion_tokens": said_words}
    return reply


def test_whoever_lists_steps_sees_what_each_will_ask_before_it_does(
    commands: dict[str, str], tmp_path: Path
) -> None:
    with serving(count_words) as server:
        address = {"localhost:8000": urlsplit(server.url).netloc}
        walk_through(DOCS / "steps.md", tmp_path, commands, address)
        assert len(server.calls) == 27
