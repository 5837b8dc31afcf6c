# ruff: noqa: F811  (fixtures are imported from another folder)
"""From a release to people and into the next run, through a real Argilla."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner

from tests.annotation.conftest import (  # noqa: F401
    argilla,
    argilla_environment,
    argilla_server,
    person,
)
from tests.annotation.queues.material import pair
from tests.annotation.queues.people import queue_of, submit
from tests.orchard import publish_orchard
from tests.orchard import run as orchard_run
from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.push import items_in
from winnow.flows.commands import queues as annotate_people_cli
from winnow.flows.curation.people_stage import stage_people
from winnow.flows.people.further_opinions import Further, ask_further
from winnow.flows.people.queues import (
    pull_queue,
    push_queue,
    queue_hashes,
    queue_quality,
)
from winnow.flows.people.store import PeopleStore
from winnow.flows.settings.queue import QueueSettings, load_queue_settings
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import InvalidSettings, UnknownName
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Label
from winnow.schemas.preferences import Preference
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.staging import Staging

SignIn = Callable[[str], httpx.Client]
PEOPLE = ("ann", "bob", "cem")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with publish_orchard(tmp_path / "warehouse") as opened:
        yield opened


@pytest.fixture
def client(argilla: Address) -> Iterator[Client]:
    with Client(argilla) as client:
        yield client


def settings(name: str, **more: object) -> QueueSettings:
    some = {"gold_share": 0, "repeat_share": 0, "strategy": "audit", "audit_share": 0.05}
    fields = {"name": name, "people": PEOPLE, "selection": some, **more}
    return QueueSettings.model_validate(fields)


def answer_all(someone: httpx.Client, client: Client, name: str, *preferences: str) -> None:
    """Answer the items of a queue by their ids, the n-th as given, all further as the last."""
    (data_set,) = (d for d in client.data_sets() if d.name == name)
    records = sorted(queue_of(someone, data_set), key=lambda record: record["external_id"])
    for n, record in enumerate(records):
        submit(someone, record, {"preference": preferences[min(n, len(preferences) - 1)]})


@pytest.mark.server
def test_where_two_differ_a_third_is_asked_who_alone_sees_it(
    warehouse: Warehouse,
    client: Client,
    person: SignIn,
) -> None:
    assert push_queue(warehouse, client, settings("flow")).n_new >= 2
    answer_all(person("ann"), client, "flow", "tie")
    answer_all(person("bob"), client, "flow", "first_much", "tie")
    pull_queue(warehouse.settings.path, client, "flow")
    assert ask_further(warehouse, client, "flow") == Further(n_thirds=1, n_adjudications=0)
    assert ask_further(warehouse, client, "flow") == Further(n_thirds=0, n_adjudications=0)
    names = [d["name"] for d in person("bob").get("me/datasets").json()["items"]]
    assert "flow" in names and "flow third cem" not in names
    answer_all(person("cem"), client, "flow third cem", "tie")
    assert pull_queue(warehouse.settings.path, client, "flow").n_submitted == 1
    assert ask_further(warehouse, client, "flow") == Further(n_thirds=0, n_adjudications=0)


@pytest.mark.server
def test_where_no_people_are_named_the_third_is_whoever_annotates_in_the_workspace(
    warehouse: Warehouse, client: Client, person: SignIn
) -> None:
    folder = warehouse.settings.path
    client.ensure_workspace("trio", ["ann", "bob"])
    push_queue(warehouse, client, settings("trio", people=(), workspace="trio"))
    answer_all(person("ann"), client, "trio", "tie")
    answer_all(person("bob"), client, "trio", "first_much", "tie")
    pull_queue(folder, client, "trio")
    two = ask_further(warehouse, client, "trio")
    assert (two.n_thirds, two.waiting) == (
        0,
        (
            "1 item on which people differ: nobody is left to ask who has not answered; add an annotator to workspace "
            "'trio', then pull again",
        ),
    )
    PeopleStore(folder, "trio").remember(settings("trio", people=("ann", "bob", "zoe")))
    gone, nobody = ask_further(warehouse, client, "trio").waiting
    assert "nothing is asked of them: zoe" in gone and "name another in 'people'" in nobody
    PeopleStore(folder, "trio").remember(settings("trio", people=(), workspace="trio"))
    client.ensure_workspace("trio", ["cem"])
    assert ask_further(warehouse, client, "trio") == Further(n_thirds=1, n_adjudications=0)
    answer_all(person("cem"), client, "trio third cem", "tie")
    assert pull_queue(folder, client, "trio").n_submitted == 1
    assert ask_further(warehouse, client, "trio") == Further(n_thirds=0, n_adjudications=0)


def publish_newer(warehouse: Warehouse, tmp_path: Path) -> None:
    """Publish a second release, of one comparison that the first does not have."""
    view, run_id = pair(), content_id("newer run")
    a, b = view.responses
    comparison = Comparison(
        prompt_id=view.prompt.prompt_id,
        response_ids=(a.response_id, b.response_id),
        strategy="all_pairs",
    )
    subject = {"comparison_id": comparison.comparison_id}
    label = Label(
        run_id=run_id,
        method="votes",
        n_judgments=1,
        agreement=1,
        p_a=0.9,
        p_b=0.1,
        p_tie=0,
        **subject,
    )
    said = Judgment(annotator_id="form@1", kind="verifier", verdict="a", **subject)
    preference = Preference(
        release="preferences@2",
        prompt_id=view.prompt.prompt_id,
        preference_id=content_id([comparison.comparison_id, *comparison.response_ids, False]),
        chosen_id=a.response_id,
        rejected_id=b.response_id,
        is_tied=False,
        confidence=0.9,
        margin=0.8,
        evidence=(said.judgment_id,),
        split="train",
        **subject,
    )
    staging = Staging(tmp_path / "newer")
    staging.write(Prompt, [view.prompt])
    staging.write(Response, view.responses)
    staging.write(Comparison, [comparison])
    staging.write(Judgment, [said])
    staging.write(Label, [label])
    staging.write(Preference, [preference])
    newer = orchard_run().model_copy(update={"run_id": run_id, "counts": ()})
    publish(warehouse, staging, newer, "preferences", audit(staging, warehouse))


@pytest.mark.server
def test_after_a_push_from_a_newer_release_older_items_get_their_third_too(
    warehouse: Warehouse, client: Client, person: SignIn, tmp_path: Path
) -> None:
    everything = {"gold_share": 0, "repeat_share": 0}
    push_queue(warehouse, client, settings("grown", selection=everything))
    publish_newer(warehouse, tmp_path)
    assert push_queue(warehouse, client, settings("grown", selection=everything)).n_new == 1
    (data_set,) = (d for d in client.data_sets() if d.name == "grown")
    for record in queue_of(person("ann"), data_set, limit=5):
        submit(person("ann"), record, {"preference": "tie"})
        submit(person("bob"), record, {"preference": "first_much"})
    pull_queue(warehouse.settings.path, client, "grown")
    assert ask_further(warehouse, client, "grown").n_thirds == 5


@pytest.mark.server
def test_a_newer_release_adds_no_more_to_a_queue_than_its_budget_has_left(
    warehouse: Warehouse, client: Client, tmp_path: Path
) -> None:
    tight = {"gold_share": 0, "repeat_share": 0, "max_answers": 8, "reserve_share": 0}
    assert push_queue(warehouse, client, settings("tight", selection=tight)).n_new == 4
    publish_newer(warehouse, tmp_path)
    again = push_queue(warehouse, client, settings("tight", selection=tight))
    assert (again.n_new, again.n_there) == (0, 0)
    wider = {**tight, "max_answers": 10}
    assert push_queue(warehouse, client, settings("tight", selection=wider)).n_new == 1


@pytest.mark.server
def test_a_pull_shows_items_again_whose_first_showing_lies_far_enough_back(
    warehouse: Warehouse, client: Client, person: SignIn
) -> None:
    some = {"gold_share": 0, "repeat_share": 0.25, "repeat_gap": 5, "n_people": 1}
    queue = settings("again", selection={**some, "max_answers": 16, "reserve_share": 0})
    folder = warehouse.settings.path
    assert push_queue(warehouse, client, queue).n_new == 12
    (data_set,) = (d for d in client.data_sets() if d.name == "again")
    in_order = queue_of(person("ann"), data_set)
    for n, record in enumerate(in_order, 1):
        submit(person("ann"), record, {"preference": "tie"})
        if n in (5, 12):
            pull_queue(folder, client, "again")
            asked = ask_further(warehouse, client, "again").n_repeats
            assert asked == (0 if n == 5 else 4)
    assert ask_further(warehouse, client, "again").n_repeats == 0
    shown_again = queue_of(person("ann"), data_set)
    assert len(shown_again) == 4
    assert {record["external_id"] for record in shown_again}.isdisjoint(
        record["external_id"] for record in in_order
    )
    prompts = [record["fields"]["prompt"] for record in in_order[:7]]
    assert all(record["fields"]["prompt"] in prompts for record in shown_again)
    answer_all(person("ann"), client, "again", "tie")
    pull_queue(folder, client, "again")
    (own,) = queue_quality(warehouse, "again").people
    assert own.repeats is not None
    assert (own.annotator, own.repeats.n) == ("human:ann", 4)


@pytest.mark.server
def test_what_people_said_is_staged_for_a_run_and_changes_its_inputs(
    warehouse: Warehouse,
    client: Client,
    person: SignIn,
    tmp_path: Path,
) -> None:
    folder = warehouse.settings.path
    push_queue(warehouse, client, settings("staged"))
    pull_queue(folder, client, "staged")
    before = queue_hashes(folder, ("staged",))
    answer_all(person("ann"), client, "staged", "first_much")
    pull_queue(folder, client, "staged")
    assert queue_hashes(folder, ("staged",)) != before
    staging = Staging(tmp_path / "run")
    for record in (Prompt, Response, Comparison):
        table = warehouse.query(f"SELECT * FROM {record.table}")
        staging.write(record, record.from_table(table.select(list(record.model_fields))))
    (count,) = stage_people(warehouse.settings, ("staged",), staging, "run")
    judgments = Judgment.from_table(staging.read(Judgment))
    assert count.n_out == len(judgments) == len(PeopleStore(folder, "staged").answers()) > 0
    assert {(j.annotator_id, j.kind, j.strength) for j in judgments} <= {
        ("human:ann", "human", 3),
        ("human:ann", "human", -3),
    }


@pytest.fixture
def commands(argilla: Address, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """Give `winnow annotate` as it works on the tests' Argilla."""
    monkeypatch.setenv("ARGILLA_API_URL", argilla.url)
    monkeypatch.setenv("ARGILLA_API_KEY", argilla.api_key)
    app = typer.Typer()
    annotate_people_cli.mount(app)
    return app


@pytest.mark.server
def test_the_commands_push_pull_and_say_how_good_people_are(
    warehouse: Warehouse,
    client: Client,
    commands: typer.Typer,
    person: SignIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "queue.yaml"
    file.write_text(settings("commands").model_dump_json())
    place = ["--warehouse", str(warehouse.settings.path)]
    run = CliRunner()
    pushed = run.invoke(commands, ["push", str(file), "--suggestions", *place])
    assert "queue 'commands': " in pushed.output and "0 were there" in pushed.output
    for name in ("ann", "bob"):
        answer_all(person(name), client, "commands", "first_much", "tie")
    pulled = run.invoke(commands, ["pull", "commands", *place])
    assert "0 discarded, 0 drafts left alone" in pulled.output
    answers = PeopleStore(warehouse.settings.path, "commands").answers()
    assert answers and all(answer.shown.suggested for answer in answers)
    monkeypatch.setenv("WINNOW_PSEUDONYM_KEY", "set late")
    late = run.invoke(commands, ["pull", "commands", *place])
    assert isinstance(late.exception, InvalidSettings) and "unset WINNOW_PS" in str(late.exception)
    assert PeopleStore(warehouse.settings.path, "commands").answers() == answers
    said = run.invoke(commands, ["quality", "commands", *place])
    assert re.search(r"people +1.00 \(1.00 to 1.00\) +1.00 \(1.00 to 1.00\) +2 ", said.output)
    assert re.search(r"human:ann +human:bob +100% of \d+ +\d+% to 100%", said.output)


@pytest.mark.server
def test_a_push_with_suggestions_says_which_items_stay_without_one(
    warehouse: Warehouse,
    client: Client,
    commands: typer.Typer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    unswayed = settings("unswayed")
    n_there = push_queue(warehouse, client, unswayed).n_new
    more = unswayed.selection.model_copy(update={"audit_share": 0.1})
    file = tmp_path / "queue.yaml"
    file.write_text(unswayed.model_copy(update={"selection": more}).model_dump_json())
    place = ["--warehouse", str(warehouse.settings.path)]
    said = CliRunner().invoke(commands, ["push", str(file), "--suggestions", *place]).output
    assert re.search(r"[1-9]\d* new items? comes? with a suggestion", said)
    assert f"{n_there:,} that were there stay without one" in said
    (data_set,) = (d for d in client.data_sets() if d.name == "unswayed")
    shown = items_in(client, data_set).values()
    assert sum(item.suggested is None for item in shown) == n_there < len(shown)


def test_measures_are_views_of_the_warehouse(warehouse: Warehouse) -> None:
    rows = warehouse.query("SELECT * FROM annotator_gold WHERE annotator = 'human:ada'").to_pylist()
    assert [row["annotator"] for row in rows] == ["human:ada"]
    assert 0 <= rows[0]["low"] <= rows[0]["share"] <= rows[0]["high"] <= 1


def test_a_queue_that_was_never_pushed_is_unknown(warehouse: Warehouse) -> None:
    with pytest.raises(UnknownName, match="no queue named 'nobody'; known queues: none"):
        queue_quality(warehouse, "nobody")


def test_a_wrong_key_in_the_settings_of_a_queue_is_named(tmp_path: Path) -> None:
    file = tmp_path / "queue.yaml"
    file.write_text("name: first\ntaks: pairwise\n")
    with pytest.raises(
        InvalidSettings, match=r"pairwise has no setting 'taks' \(did you mean 'task'\?\)"
    ):
        load_queue_settings(file)
    file.write_text("task: pairwse\n")
    with pytest.raises(InvalidSettings, match="no task named 'pairwse'"):
        load_queue_settings(file)
