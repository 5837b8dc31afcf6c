"""Near-duplicates are set aside before a server is asked anything about them, and called in where they might be kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tests.annotation.queues.material import answered, group, prompt
from tests.flows.house import House
from tests.pipelines.inference.fault_server import FaultServer, Reply, said
from tests.pipelines.toy import ask
from winnow.annotation.queues.tasks import Pairwise
from winnow.flows.commands.cli import app
from winnow.flows.curation.curation import Curation
from winnow.flows.curation.flow import work_on
from winnow.flows.curation.plan import plan as plan_of
from winnow.flows.curation.plan_table import plan_lines
from winnow.flows.curation.recompute import recompute_release
from winnow.flows.curation.setting_aside import call_in_undecided, set_aside_near
from winnow.flows.people.store import PeopleStore
from winnow.flows.settings.queue import QueueSettings
from winnow.flows.settings.run import load_settings
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.reading import read_inputs, say_nothing
from winnow.pipelines.set_aside import call_in
from winnow.schemas.errors import TransientError
from winnow.schemas.runs import StageCount
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings

ROOKS = "Please tell me, in one or two short sentences, where in the country rooks like to build their nests"
SETTING_ASIDE = "winnow.flows.curation.setting_aside"
JUDGED = [{"judge": "pairwise", "model": "srv"}]
CHECKED: dict[str, Any] = {
    "label": JUDGED,
    "keep": [{"near_duplicate": 0.9}],
    "assemble": {"ties": "reject"},
}


def prompts(*texts: str) -> list[dict[str, Any]]:
    return [{"id": f"p{i}", "prompt": text} for i, text in enumerate(texts)]


def by_id(texts: list[str]) -> list[str]:
    """Put prompts in the order of their ids, which decides whom the others repeat."""
    return sorted(texts, key=lambda text: ask(text).prompt_id)


NEAR = by_id([f"{ROOKS}{end}" for end in (".", "?", "!")])
FAR = ["What do owls eat?", "When do swifts leave?"]


def talk(ties: str | None = None) -> Any:
    """Sample words of which the one about purple clocks is the worse; of one prompt the judge finds both as good."""

    def script(number: int, body: dict[str, Any]) -> Reply:
        if "response_format" not in body:
            return said(f"Purple clocks, number {number}." if number % 2 else f"High up, {number}.")
        text = json.dumps(body["messages"])
        first = body["messages"][-1]["content"].split("<first-")[1].split("</first-")[0]
        verdict = "second" if "Purple" in first else "first"
        return said(
            json.dumps({"critique": "so", "verdict": "tie" if ties and ties in text else verdict})
        )

    return script


def n_about(server: FaultServer, text: str) -> tuple[int, int]:
    """Count the requests for responses to a prompt, and those of a judge about them."""
    about = [call.body for call in server.calls if text in json.dumps(call.body["messages"])]
    judging = sum("response_format" in body for body in about)
    return len(about) - judging, judging


def planned(house: House, **changes: Any) -> str:
    settings = load_settings(house.config(**changes))
    quiet = RunProgress(Console(quiet=True))
    return "\n".join(plan_lines(plan_of(Curation(settings, quiet), looks_up=True)))


def rows_of(house: House, release: str) -> list[dict[str, Any]]:
    return house.query(
        "select prompt_id, chosen_id, rejected_id, is_tied, split, near_group from preferences "
        f"where release = '{release}' order by all"
    )


def published(house: House) -> set[str]:
    rows = house.query(
        "select messages[1].content as text from preferences join prompts using (prompt_id)"
    )
    return {row["text"] for row in rows}


def test_nothing_is_asked_about_a_near_duplicate_and_the_same_is_published(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.write("prompts.jsonl", prompts(*FAR, *NEAR))
    with house.sampling_from(talk()) as server:
        assert (
            "2 prompts nearly repeat another and are not asked about, nor counted here, unless no label of what they repeat is kept\n"
            "at most 12 new requests: "
        ) in planned(house, **CHECKED)
        shown = house.run()
        assert [n_about(server, text) for text in NEAR] == [(2, 2), (0, 0), (0, 0)]
    assert (
        "set_aside        5 prompts in,       3 out, 2 rejected (near_duplicate_prompt 2)" in shown
    )
    assert published(house) == {*FAR, NEAR[0]}
    rejects = house.query(
        "select p.messages[1].content as text, r.detail from rejects as r join prompts as p on p.prompt_id = r.record_id "
        "where stage = 'set_aside' order by r.record_id"
    )
    kept = house.query(f"select prompt_id from prompts where messages[1].content = '{NEAR[0]}'")
    assert [row["text"] for row in rejects] == NEAR[1:]
    assert all(f"similar to prompt {kept[0]['prompt_id']}" in row["detail"] for row in rejects)
    with Warehouse.open(WarehouseSettings(path=house.folder / "house"), read_only=True) as opened:
        again = recompute_release(opened, "birds@1")
    assert again.is_same
    unknown = "2 prompts that nearly repeat another were never asked about: what rules that keep them would publish shows in a run alone"
    assert again.lines[-1] == unknown
    options = ["birds@1", "--check", "margin=0.1", "--warehouse", str(house.folder / "house")]
    assert unknown in CliRunner().invoke(app, ["filters", *options]).output.replace("\n", " ")


def test_a_prompt_of_which_people_said_something_is_asked_about(house: House) -> None:
    house.write("prompts.jsonl", prompts(*NEAR))
    view = group(prompt(NEAR[1]), "High up.", "Low down.")
    people = PeopleStore(house.folder / "house", "birds")
    people.remember(QueueSettings(name="birds"))
    people.keep([answered(Pairwise(), view, {"preference": "tie"})])
    with house.sampling_from(talk()) as server:
        house.run(queues=["birds"], **CHECKED)
        assert [n_about(server, text) for text in NEAR] == [(2, 2), (2, 2), (0, 0)]


def test_a_near_duplicate_is_asked_after_all_where_nothing_of_the_other_is_kept(
    house: House,
) -> None:
    house.write("prompts.jsonl", prompts(*FAR, *NEAR))
    with house.sampling_from(talk(ties=NEAR[0])) as server:
        shown = house.run(**CHECKED)
        # Of the two that were called in the first is kept; each request was made once.
        assert [n_about(server, text) for text in NEAR] == [(2, 2)] * 3
        assert len(server.calls) == 5 * 4
    assert "2 prompts are asked after all: no label of what they repeat is kept" in shown
    assert published(house) == {*FAR, NEAR[1]}
    last = [line for line in shown.splitlines() if line.startswith("  sample ")][-1]
    assert "10 requests in,      10 out" in last and "already paid for" not in last
    (run,) = house.query("select counts from runs")
    assert [c["stage"] for c in run["counts"]].count("sample") == 1
    assert "set_aside" not in {row["stage"] for row in house.query("select stage from rejects")}


def work(settings_file: Path, warehouse: Path, *, asks_again: bool = False) -> None:
    """Go through reading and all steps of a run, again where prompts are called in; what is busy is tried again."""
    settings = load_settings(settings_file, warehouse)
    curation = Curation(settings, RunProgress(Console(quiet=True)), asks_again=asks_again)
    inputs, run_id = settings.inputs(), curation.run_id
    with curation.held():
        curation.count("read", lambda: read_inputs(inputs, curation.staging, run_id, say_nothing))
        set_aside_near(curation)
        while True:
            for i, _ in enumerate(settings.sequence):
                assert work_on(curation, i, go_on=False) is None
            if not curation.called:
                return
            try:
                call_in_undecided(curation)
            except TransientError:
                call_in_undecided(curation)


@pytest.fixture
def birds(tmp_path: Path) -> House:
    house = House(tmp_path, prefect_api="")
    house.write("prompts.jsonl", prompts(*FAR, *NEAR))
    return house


def test_a_run_that_goes_through_its_steps_twice_takes_both_up_when_it_is_started_again(
    birds: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_tried = 0

    def is_busy_once(*args: Any) -> StageCount:
        nonlocal n_tried
        n_tried += 1
        count = call_in(*args)
        if n_tried == 1:
            raise TransientError("the place is busy")
        return count

    def is_gone_through(*_: object, **__: object) -> None:
        raise AssertionError("it was not taken up")

    monkeypatch.setattr(f"{SETTING_ASIDE}.call_in", is_busy_once)
    with birds.sampling_from(talk(ties=NEAR[0])) as server:
        work(birds.config(**CHECKED), tmp_path / "house")
        assert n_tried == 2
        assert [n_about(server, text) for text in NEAR] == [(2, 2)] * 3
        for step in ("sample.sample", "label.label"):
            monkeypatch.setattr(f"winnow.pipelines.steps.{step}", is_gone_through)
        work(birds.config(), tmp_path / "house")
    assert n_tried == 3


def test_a_reply_that_cannot_be_read_is_asked_again_once_by_a_run_that_goes_through_its_steps_twice(
    birds: House, tmp_path: Path
) -> None:
    usual = talk(ties=NEAR[0])

    def script(number: int, body: dict[str, Any]) -> Reply:
        is_odd = "response_format" in body and FAR[0] in json.dumps(body["messages"])
        return said("Well, it depends.") if is_odd else usual(number, body)

    with birds.sampling_from(script) as server:
        work(birds.config(**CHECKED, allow=["unread"]), tmp_path / "house")
        assert n_about(server, FAR[0]) == (2, 2)
        work(birds.config(), tmp_path / "house", asks_again=True)
        assert n_about(server, FAR[0]) == (2, 4)
