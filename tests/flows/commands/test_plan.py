"""What `winnow plan` says a run will ask, counted by hand and by the server that answers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.flows.house import PROMPTS, House, sentence
from tests.pipelines.inference.fault_server import FaultServer, Reply, error, said, serving
from winnow.flows.commands.cli import app
from winnow.schemas.errors import CurationError

JUDGE = {"judge": "pairwise", "model": "srv"}
STEPS: list[Any] = [
    {"sample": {"model": "srv", "n": 2, "max_tokens": 64}},
    "compare",
    {"label": [JUDGE]},
    "aggregate",
    {"refine": {"model": "srv", "max_tokens": 32}, "of": "worst"},
    "compare",
    {"label": [JUDGE]},
    "aggregate",
]


def speak(number: int, body: dict[str, Any]) -> Reply:
    """Answer prompts, always something else; prefer the response that sorts last."""
    if "response_format" not in body:
        return sentence(2 * number + 1, body)
    asked = json.dumps(body["messages"])
    first, second = (
        re.findall(rf"<{place}-\w+>(.*?)</{place}-\w+>", asked)[-1] for place in ("first", "second")
    )
    verdict = "first" if first > second else "second"
    return said(json.dumps({"critique": "clearer", "verdict": verdict}))


@pytest.fixture
def server(house: House) -> Iterator[FaultServer]:
    """Give a server that answers, as the model of the house."""
    with serving(speak) as server:
        model = {"engine": "openai", "model": "m", "urls": [server.url], "deadline_s": 20}
        price = {"read": 1000, "generated": 2000}
        house.settings["models"] = {"srv": {**model, "max_concurrency": 1, "price": price}}
        del house.settings["label"]
        yield server


def plan(house: House, **changes: Any) -> str:
    done = CliRunner().invoke(app, ["plan", str(house.config(**changes))])
    if isinstance(done.exception, CurationError):
        raise done.exception
    assert done.exit_code == 0, done.exception
    return re.sub(" {2,}", "  ", done.output)


def trace(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.name != "run.yaml"}


def test_a_plan_of_steps_counts_what_a_run_asks_at_most(house: House, server: FaultServer) -> None:
    before = trace(house.folder)
    output = plan(house, steps=STEPS)
    assert trace(house.folder) == before
    assert server.paths == []
    for line in (
        "sample: model srv  6  0  6  ",
        "compare: at most 3 comparisons",
        "label: judge pairwise@1 asks srv  ≤ 6  0  ≤ 6  ",
        "refine of worst: model srv  ≤ 3  0  ≤ 3  ",
        "compare-2: at most 6 comparisons",
        "label-2: judge pairwise@1 asks srv  ≤ 12  0  ≤ 12  ",
    ):
        assert line in output
    assert "at most 27 new requests: about " in output
    assert f"at most {6 * 64 + 3 * 32 + 18 * 1664:,} written, price at most " in output
    assert f"winnow run {house.folder / 'run.yaml'} publishes birds@N" in output


def test_what_was_answered_is_counted_and_only_what_grew_or_changed_is_new(
    house: House, server: FaultServer
) -> None:
    house.run(steps=STEPS)
    assert len(server.calls) == 27
    assert "birds@1 was published before by this very run: nothing to ask" in plan(house)
    output = plan(house, release="finches")
    assert "nothing to ask of a model: 27 requests answered before" in output
    assert "compare-2: 6 comparisons\n" in output

    two = [{"prompt": f"What do {bird} sing?"} for bird in ("larks", "wrens")]
    house.write("prompts.jsonl", [*PROMPTS, *two])
    output = plan(house, release="birds")
    for line in (
        "sample: model srv  10  6  4  ",
        "label: judge pairwise@1 asks srv  ≤ 10  6  ≤ 4  ",
        "refine of worst: model srv  ≤ 5  3  ≤ 2  ",
        "label-2: judge pairwise@1 asks srv  ≤ 20  12  ≤ 8  ",
    ):
        assert line in output
    assert "2 prompts are new\n" in output
    assert output.count("2 prompts are new, follows from sample\n") == 3
    assert "at most 18 new requests" in output
    house.run()
    assert len(server.calls) == 27 + 18

    warmer = [*STEPS[:6], {"label": [{**JUDGE, "temperature": 0.7}]}, "aggregate"]
    output = plan(house, steps=warmer)
    assert "label-2: judge pairwise@1 asks srv  30  0  30  " in output
    assert "steps[6].label[0].temperature default -> 0.7\n" in output
    assert len(server.calls) == 45


def test_a_run_that_stopped_half_way_is_planned_from_where_it_is(
    house: House, server: FaultServer
) -> None:
    server.script = lambda n, body: error(402, "no credit") if n >= 8 else speak(n, body)
    with pytest.raises(CurationError, match="no credit"):
        house.run(steps=STEPS)
    output = plan(house)
    for line in (
        "sample: model srv  6  6  0\n",
        "compare: 3 comparisons\n",
        "label: judge pairwise@1 asks srv  6  2  4  ",
        "refine of worst: model srv  ≤ 3  0  ≤ 3  ",
    ):
        assert line in output
    server.script = speak
    n_before = len(server.calls)
    house.run()
    assert len(server.calls) == n_before + 4 + 3 + 12


def test_a_plan_says_which_judges_begin_while_sampling_goes_on_and_why_others_wait(
    house: House, server: FaultServer
) -> None:
    models = house.settings["models"]
    other = {"engine": "openai", "model": "sieve", "urls": ["http://127.0.0.1:9/v1"]}
    output = plan(
        house,
        models={**models, "sieve": other},
        sample=[{"model": "srv", "n": 2, "max_tokens": 64}],
        label=[JUDGE, {"judge": "pairwise", "model": "sieve"}],
    )
    assert "pairwise@1:sieve begins while sample goes on\n" in output
    assert (
        f"pairwise@1:srv waits until sample is over: its model and the sampled one are both at {server.url[7:-3]}; "
        "overlap: true asks them at the same time\n"
    ) in output
