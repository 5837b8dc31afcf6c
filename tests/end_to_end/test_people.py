"""What people said in a queue becomes part of the next release, which remembers how far they agree."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.annotation.queues.material import CRITERIA, answered
from tests.simulated_people import PEOPLE, answers_of_people
from winnow.annotation.queues.tasks import Edit, Pairwise, RubricReview, View
from winnow.flows.people.items import release_views
from winnow.flows.people.queues import queue_quality
from winnow.flows.people.store import PeopleStore
from winnow.flows.settings.queue import QueueSettings
from winnow.schemas.agreement import PersonFigures
from winnow.schemas.answers import Answer
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import provenance_of
from winnow.warehouse.settings import WarehouseSettings

RUN = """
name: people
prompts: {path: examples/quickstart/prompts.jsonl}
gold: {path: examples/quickstart/gold.jsonl}
label: [{verifier: reference_overlap}]
release: preferences
"""


EDITED = "A better answer, written by a person."
REVIEW = {"decision_1": "edit", "text_1": "Names one number", "decision_2": "reject"}


def by_name(people: tuple[PersonFigures, ...]) -> dict[str, dict[str, object]]:
    """Give each person's figures but for the number of verdicts: in the release an edit is one as well."""
    return {p.annotator: p.model_dump(exclude={"n_verdicts"}) for p in people}


def keep(folder: Path, task: str, *answers: Answer) -> None:
    """Store answers as a pull does, in a queue called like its task."""
    store = PeopleStore(folder, task)
    store.remember(QueueSettings(name=task, task=task, release="preferences@1"))
    store.keep(list(answers))
    store.read_out()


def put_rubric(settings: WarehouseSettings, prompt_id: str) -> None:
    """Put a rubric with two criteria into the warehouse."""
    rubric = Rubric(rubric_id="rubric", name="numbers", prompt_id=prompt_id, source="tests")
    with Warehouse.open(settings) as opened:
        for table, rows in (
            ("rubrics", Rubric.to_table([rubric])),
            ("criteria", Criterion.to_table(CRITERIA)),
        ):
            opened.con.register("rows", rows)
            opened.con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")
            opened.con.unregister("rows")


@pytest.fixture(scope="module")
def warehouse(
    winnow: Callable[..., object], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A release by a verifier, four people's answers on it, and the release that rests on them."""
    root = tmp_path_factory.mktemp("people")
    folder, first, second = root / "warehouse", root / "first.yaml", root / "second.yaml"
    first.write_text(RUN)
    second.write_text(RUN + "queues: [pairwise, edit, rubric_review]\n")
    assert winnow("run", first, "--warehouse", folder).returncode == 0
    settings = WarehouseSettings(path=folder)
    with Warehouse.open(settings, read_only=True) as opened:
        views = release_views(opened, "preferences@1", Pairwise())
        better = opened.query("SELECT comparison_id, chosen_id FROM preferences WHERE NOT is_tied")
    view = min(views.values(), key=lambda v: v.subject_id)
    put_rubric(settings, view.prompt.prompt_id)
    one = View(view.responses[0].response_id, view.prompt, view.responses[:1])
    keep(folder, "edit", answered(Edit(), one, {"edited": EDITED}))
    reviewed = View("rubric", view.prompt, (), CRITERIA)
    keep(folder, "rubric_review", answered(RubricReview(), reviewed, REVIEW))
    ids = zip(*(better[name].to_pylist() for name in ("comparison_id", "chosen_id")), strict=True)
    keep(folder, "pairwise", *answers_of_people(views.values(), dict(ids)))
    done = winnow("run", second, "--warehouse", folder)
    assert done.returncode == 0, done.stderr
    with Warehouse.open(settings, read_only=True) as opened:
        yield opened


def test_the_release_after_a_pull_rests_on_what_people_said(warehouse: Warehouse) -> None:
    queues = [PeopleStore(warehouse.settings.path, name) for name in ("pairwise", "edit")]
    n_stored = sum(store.judgments().num_rows for store in queues)
    people = warehouse.query("SELECT * FROM judgments WHERE kind = 'human'")
    resting = warehouse.query(
        "SELECT DISTINCT annotator_id FROM preferences, judgments "
        "WHERE release = 'preferences@2' AND list_contains(evidence, judgment_id) AND kind = 'human'"
    )
    assert people.num_rows == n_stored > 400
    assert set(resting["annotator_id"].to_pylist()) == {person.name for person in PEOPLE}
    run = provenance_of(warehouse, "preferences@2").run
    counts = [(c.unit, c.n_in, c.n_out) for c in run.counts if c.stage == "label"]
    assert counts[:2] == [("people's judgments", n_stored, n_stored), ("criteria reviewed", 2, 1)]


def test_an_edited_response_is_preferred_to_the_original_in_the_next_release(
    warehouse: Warehouse,
) -> None:
    (row,) = warehouse.query(
        "SELECT t.chosen, t.chosen_model, c.strategy FROM preference_texts AS t JOIN comparisons AS c USING (comparison_id) "
        "WHERE release = 'preferences@2' AND c.strategy = 'edit'"
    ).to_pylist()
    assert row == {"chosen": EDITED, "chosen_model": "human:ann", "strategy": "edit"}


def test_a_reviewed_rubric_has_a_next_version_in_the_next_release(warehouse: Warehouse) -> None:
    rows = warehouse.query(
        "SELECT text, c.source FROM rubrics AS r JOIN criteria AS c USING (rubric_id) WHERE replaces = 'rubric'"
    ).to_pylist()
    assert rows == [{"text": "Names one number", "source": "human:ann"}]
    (shown,) = release_views(warehouse, "preferences@2", RubricReview()).values()
    assert [criterion.text for criterion in shown.criteria] == ["Names one number"]
    rejected = warehouse.query("SELECT record_id FROM rejects WHERE reason = 'rejected_in_review'")
    assert rejected["record_id"].to_pylist() == ["criterion-1"]


def test_the_release_remembers_what_annotate_quality_says(warehouse: Warehouse) -> None:
    found = provenance_of(warehouse, "preferences@2").agreement
    asked = queue_quality(warehouse, "pairwise")
    assert found is not None and found.pairs == asked.pairs
    assert by_name(found.people) == by_name(asked.people)
    assert [a for a in found.alphas if a.among == "people"] == list(asked.alphas)
    before = provenance_of(warehouse, "preferences@1").agreement
    assert before is not None and (before.people, before.pairs) == ((), ())


@pytest.mark.parametrize("measure", ["gold", "repeats", "position"])
def test_the_views_say_the_same_of_each_person(warehouse: Warehouse, measure: str) -> None:
    of_release = warehouse.query(
        f"SELECT annotator, {measure}_hits AS hits, {measure}_n AS n FROM release_people "
        "WHERE release = 'preferences@2' ORDER BY annotator"
    )
    of_all = warehouse.query(
        f"SELECT annotator, hits, n FROM annotator_{measure} WHERE kind = 'human' ORDER BY annotator",
        at="preferences@2",
    )
    assert of_release.to_pylist() == of_all.to_pylist() and of_all.num_rows == len(PEOPLE)


def test_the_views_say_the_same_of_pairs_weeks_and_time(warehouse: Warehouse) -> None:
    for of_all, of_release in (
        (
            "SELECT annotator, other, hits, n FROM annotator_pairs WHERE other_kind = kind AND kind = 'human'",
            "SELECT annotator, other, hits, n FROM release_pairs WHERE release = 'preferences@2'",
        ),
        (
            "SELECT annotator, week, hits, n FROM annotator_drift",
            "SELECT annotator, w.week, w.hits, w.n FROM (SELECT annotator, unnest(weeks) AS w FROM release_people "
            "WHERE release = 'preferences@2')",
        ),
        (
            "SELECT annotator, low, median, high FROM annotator_seconds",
            "SELECT annotator, seconds_low AS low, seconds_median AS median, seconds_high AS high FROM release_people "
            "WHERE release = 'preferences@2'",
        ),
    ):
        found = [
            warehouse.query(f"SELECT * FROM ({sql}) ORDER BY ALL") for sql in (of_all, of_release)
        ]
        assert found[0].to_pylist() == found[1].to_pylist() != []


def test_the_page_shows_the_figures_of_the_release(warehouse: Warehouse) -> None:
    page = (warehouse.settings.path / "reports" / "preferences@2.html").read_text("utf-8")
    (row,) = warehouse.query(
        "SELECT * FROM release_alphas WHERE release = 'preferences@2' AND among = 'people' AND level = 'ordinal'"
    ).to_pylist()
    shown = f"People agree at an ordinal alpha of {row['value']:.2f} (95 % interval {row['low']:.2f} to {row['high']:.2f})"
    assert shown in page
    people = warehouse.query("SELECT * FROM release_people WHERE release = 'preferences@2'")
    for person in people.to_pylist():
        section = page[page.index('<section id="people">') :]
        row_of = section[section.index(f'<th scope="row">{person["annotator"]}<br>') :]
        cells = re.findall(r"<small[^>]*>(\d+ of \d+)</small>", row_of)[:3]
        wanted = [
            f"{person[f'{m}_hits']} of {person[f'{m}_n']}" for m in ("gold", "repeats", "position")
        ]
        assert cells == wanted
