"""Judging that begins while sampling goes on, over two servers: what is asked when, and what comes of it."""

import hashlib
import io
import json
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.flows.house import House
from tests.pipelines.inference.fault_server import Reply, error, said, serving
from winnow.flows.curation.curation import Curation
from winnow.flows.curation.flow import work_on
from winnow.flows.settings.run import load_settings
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.reading import read_inputs, say_nothing
from winnow.schemas.errors import EndpointRefuses

N_PROMPTS, N_SAMPLES = 50, 2
N_HELD = 50
"""Samples that are not given before a judge was asked."""
AT_ONCE = 2
PATIENCE_S = 120.0


def of_text(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0]


@dataclass
class TwoServers:
    """Two servers, what they were asked in the order in which it came, and what is told to go wrong."""

    models: dict[str, Any] = field(default_factory=dict)
    came: list[tuple[str, str]] = field(default_factory=list)
    is_judged: threading.Event = field(default_factory=threading.Event)
    waits: bool = False
    """Whether samples are given slowly, and the last of them once a judge was asked."""
    some_fail: bool = False
    refuses: str = ""
    """What is refused once a judge was asked: "sample" or "judge"."""
    at_judging: Callable[[], object] = bool
    """Called as a judge asks."""

    def sample(self, number: int, body: dict[str, Any]) -> Reply:
        self.came.append(("sample", json.dumps(body, sort_keys=True)))
        if self.waits:
            time.sleep(0.1)
            n = sum(kind == "sample" for kind, _ in self.came)
            if n > N_PROMPTS * N_SAMPLES - N_HELD and not self.is_judged.wait(PATIENCE_S):
                return error(400, "no judge was asked")
        asked = body["messages"][-1]["content"]
        if self.refuses == "sample" and self.is_judged.is_set():
            return error(401, "no such key")
        if self.some_fail and of_text(f"{asked} {body['seed']}") < 4:
            return error(400, "no such bird")
        return said(f"{asked} {'Yes' if body['seed'] % 2 else 'No'}, says {body['seed'] % 5}.")

    def judge(self, number: int, body: dict[str, Any]) -> Reply:
        self.came.append(("judge", json.dumps(body, sort_keys=True)))
        self.is_judged.set()
        self.at_judging()
        if self.refuses == "judge":
            return error(401, "no such key")
        asked = body["messages"][-1]["content"]
        first, second = (
            re.findall(rf"<{place}-\w+>(.*?)</{place}-", asked, re.DOTALL)[-1]
            for place in ("first", "second")
        )
        luck = of_text(first + second)
        if self.some_fail and luck < 16:
            return error(400, "too dull to be judged")
        if self.some_fail and luck < 48:
            return said("Well, it depends.")
        is_first = of_text(first) > of_text(second)
        return said(json.dumps({"critique": "so", "verdict": "first" if is_first else "second"}))

    def asked(self, kind: str) -> Counter[str]:
        return Counter(body for one, body in self.came if one == kind)

    def n_between(self) -> int:
        """Count questions of judges that came ahead of the last request for a sample."""
        kinds = [kind for kind, _ in self.came]
        return kinds[: len(kinds) - kinds[::-1].index("sample")].count("judge")


@contextmanager
def two_servers() -> Iterator[TwoServers]:
    servers = TwoServers(waits=True)
    with serving(servers.sample) as mill, serving(servers.judge) as sieve:
        for name, server in (("mill", mill), ("sieve", sieve)):
            server.models = Reply(body={"data": [{"id": name, "owned_by": "someone"}]})
            model = {"engine": "openai", "model": name, "urls": [server.url], "deadline_s": 60}
            servers.models[name] = {**model, "max_concurrency": AT_ONCE}
        yield servers


@pytest.fixture
def birds(tmp_path: Path) -> House:
    house = House(tmp_path, prefect_api="")
    rows = [{"id": f"p{i}", "prompt": f"Does bird {i} sing?"} for i in range(N_PROMPTS)]
    house.write("prompts.jsonl", rows)
    house.settings |= {
        "sample": [{"model": "mill", "n": N_SAMPLES, "max_tokens": 64}],
        "label": [{"judge": "pairwise", "model": "sieve"}, {"verifier": "form"}],
        "allow": ["unread", "owed"],
    }
    return house


def work(settings_file: Path, warehouse: Path, *, asks_again: bool = False) -> Curation:
    """Go through reading and all steps of a run."""
    settings = load_settings(settings_file, warehouse)
    quiet = RunProgress(Console(file=io.StringIO()))
    curation = Curation(settings, quiet, asks_again=asks_again)
    with curation.held():
        inputs, run_id = settings.inputs(), curation.run_id
        curation.count("read", lambda: read_inputs(inputs, curation.staging, run_id, say_nothing))
        for i, _ in enumerate(settings.sequence):
            assert work_on(curation, i, go_on=False) is None
    return curation


def staged(curation: Curation) -> dict[str, bytes]:
    """Read all files that a run has staged."""
    root = curation.staging.root
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.parquet"))}


def told(curation: Curation) -> dict[str, Any]:
    """Give what the run says of itself, but for times."""
    record = curation.record()
    counts = [count.model_copy(update={"seconds": 0.0}) for count in record.counts]
    return {"counts": counts, "models": record.models, "owed": record.n_owed, "id": record.run_id}


@pytest.mark.parametrize("asks_again", [False, True])
def test_judges_begin_while_sampling_goes_on_and_all_comes_out_as_one_step_after_the_other(
    birds: House, tmp_path: Path, asks_again: bool
) -> None:
    with two_servers() as servers:
        servers.some_fail = True
        at_once = work(
            birds.config(models=servers.models), tmp_path / "at-once", asks_again=asks_again
        )
        assert servers.n_between() > 0
        asked, servers.came = {k: servers.asked(k) for k in ("sample", "judge")}, []
        servers.waits = False
        one_by_one = work(
            birds.config(overlap=False), tmp_path / "one-by-one", asks_again=asks_again
        )
        assert servers.n_between() == 0
        assert {k: servers.asked(k) for k in ("sample", "judge")} == asked
    assert told(at_once) == told(one_by_one)
    assert staged(at_once) == staged(one_by_one)
    assert {count.n_reused for count in at_once.counts} == {0}
    assert not list(at_once.staging.root.glob(".scratch/*"))


def test_what_stops_a_judge_stops_sampling_and_what_was_sampled_is_kept(
    birds: House, tmp_path: Path
) -> None:
    with two_servers() as servers:
        servers.refuses = "judge"
        with pytest.raises(EndpointRefuses, match=r"sieve.* no such key"):
            work(birds.config(models=servers.models), tmp_path / "house")
        assert servers.asked("sample").total() < N_PROMPTS * N_SAMPLES
        servers.waits, servers.refuses = False, ""
        work(birds.config(), tmp_path / "house")
    assert set(servers.asked("sample").values()) == {1}


def test_what_stops_sampling_stops_a_judge_and_what_it_said_is_kept(
    birds: House, tmp_path: Path
) -> None:
    with two_servers() as servers:
        servers.refuses = "sample"
        with pytest.raises(EndpointRefuses, match=r"mill.* no such key"):
            work(birds.config(models=servers.models), tmp_path / "house")
        servers.waits, servers.refuses = False, ""
        work(birds.config(), tmp_path / "house")
    assert set(servers.asked("judge").values()) == {1}


def test_a_run_that_is_killed_while_it_samples_and_judges_asks_again_what_was_in_flight(
    birds: House, tmp_path: Path
) -> None:
    with two_servers() as servers:
        settings = birds.config(models=servers.models)
        run = get_context("spawn").Process(target=work, args=(settings, tmp_path / "house"))
        servers.at_judging = lambda: servers.asked("judge").total() == 9 and run.kill()
        run.start()
        run.join()
        assert run.exitcode == -signal.SIGKILL
        servers.waits, servers.at_judging = False, bool
        resumed = work(settings, tmp_path / "house")
        n_again = {k: servers.asked(k).total() - len(servers.asked(k)) for k in ("sample", "judge")}
        unbroken = work(settings, tmp_path / "unbroken")
    assert n_again["sample"] <= AT_ONCE and n_again["judge"] <= AT_ONCE
    assert staged(resumed) == staged(unbroken)
    assert {c.stage: c.n_reused > 0 for c in resumed.counts if c.stage in ("sample", "label")} == {
        "sample": True,
        "label": True,
    }
