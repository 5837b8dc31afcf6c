import json
import math
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.inference.fault_server import Reply, said, serving
from tests.pipelines.toy import BEAM, RUN, answer, ask, compare_two, stage
from winnow.pipelines.asking.answer import answer as answer_requests
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.open_engines import close_engines
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment

pytestmark = pytest.mark.server

SKY = ask("Why is the sky blue?")
AIR, PAINT = answer(SKY, "Air scatters blue."), answer(SKY, "Paint.")
PAIR = compare_two(AIR, PAINT)
LIKELY = {"first": 0.6, "second": 0.3, "tie": 0.05, "none": 0.05}


def token(text: str, **likely: float) -> dict[str, Any]:
    top = [{"token": t, "logprob": math.log(p)} for t, p in likely.items()]
    return {
        "token": text,
        "logprob": math.log(likely[text]) if likely else -0.1,
        "top_logprobs": top,
    }


def verdict(n: int, body: dict[str, Any]) -> Reply:
    """Say "first", with log-probabilities where the request asks for them."""
    reply = said('{"critique": "so", "verdict": "first"}')
    if body.get("logprobs"):
        tokens = [token('{"critique": "so", "verdict": "'), token("first", **LIKELY), token('"}')]
        reply.body["choices"][0]["logprobs"] = {"content": tokens}
    return reply


def silent(n: int, body: dict[str, Any]) -> Reply:
    return verdict(n, {})


def judged(folder: Path, url: str, **settings: Any) -> dict[str | None, Judgment]:
    far = OpenAIModel(model="m", urls=(url,), deadline_s=10)
    model = ModelRef(name="m", model="m", revision="1", path="m", settings=far)
    entry = JudgeSettings.model_validate({"judge": "pairwise", "model": "m", **settings})
    staging = stage(folder / "run", SKY, AIR, PAINT, PAIR)
    answers = partial(answer_requests, store=CompletionStore(folder / "store"), beam=BEAM)
    label(staging, [entry], RUN, models={"m": model}, answer=answers, beam=BEAM)
    close_engines()
    return {j.order: j for j in Judgment.from_table(staging.read(Judgment))}


def test_a_server_is_asked_for_alternatives_and_they_become_the_judgments_probability(
    tmp_path: Path,
) -> None:
    with serving(verdict) as server:
        found = judged(tmp_path, server.url, probability=True)
        bodies = [call.body for call in server.calls]
    assert {(b["logprobs"], b["top_logprobs"]) for b in bodies} == {(True, 11)}
    assert found["ab"].probability == pytest.approx((0.3 + 0.025) / 0.95)
    assert found["ba"].probability == pytest.approx((0.6 + 0.025) / 0.95)
    assert [found[order].verdict for order in ("ab", "ba")] == ["a", "b"]


def test_without_the_setting_no_log_probability_is_asked_for_nor_kept(tmp_path: Path) -> None:
    with serving(verdict) as server:
        found = judged(tmp_path, server.url)
        assert not any("logprobs" in call.body for call in server.calls)
    assert {j.probability for j in found.values()} == {None}


def test_a_server_that_gives_none_leaves_the_verdict_and_no_probability(tmp_path: Path) -> None:
    with serving(silent) as server:
        found = judged(tmp_path, server.url, probability=True)
    assert {(j.verdict, j.probability) for j in found.values()} == {("a", None), ("b", None)}


def test_the_probability_is_read_again_from_what_is_stored(tmp_path: Path) -> None:
    with serving(verdict) as server:
        first = judged(tmp_path, server.url, probability=True)
        assert judged(tmp_path, server.url, probability=True) == first
        assert len(server.calls) == 2
    assert json.loads(first["ab"].model_dump_json())["probability"] is not None
