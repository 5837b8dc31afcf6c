from collections.abc import Iterator

import pytest

from tests import toy
from tests.warehouse.processes import PASSED
from winnow.schemas.errors import UnknownName
from winnow.schemas.ids import content_id
from winnow.schemas.preferences import Preference
from winnow.schemas.rejects import Reject
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import provenance_of
from winnow.warehouse.publish import publish
from winnow.warehouse.releases import compare, lineage, release, release_of, releases, run_of
from winnow.warehouse.settings import WarehouseSettings

SECOND = content_id("second run")


def second_preferences() -> list[Preference]:
    """Drop the first comparison, flip the third, add the second."""
    first, third = toy.preferences()
    flipped = {"chosen_id": third.rejected_id, "rejected_id": third.chosen_id}
    added = {"comparison_id": toy.comparisons()[1].comparison_id}
    return [
        third.model_copy(update={**flipped, "preference_id": "flipped"}),
        first.model_copy(update={**added, "preference_id": "added"}),
    ]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    settings = WarehouseSettings(path=tmp_path_factory.mktemp("two"))
    with Warehouse.open(settings) as warehouse:
        staging = toy.stage(settings.staging(toy.RUN_ID))
        publish(warehouse, staging, toy.run(), "preferences", PASSED)
        staging = toy.stage(settings.staging(SECOND), SECOND)
        staging.write(Preference, second_preferences())
        dropped = {"record_id": toy.comparisons()[0].comparison_id, "reason": "margin"}
        rejects = [toy.rejects(SECOND)[0].model_copy(update=dropped)]
        staging.write(Reject, rejects, part="keep")
        publish(warehouse, staging, toy.run(SECOND), "preferences", PASSED)
        yield warehouse


def test_releases_are_listed_in_the_order_of_publishing(two):
    assert [r.release for r in releases(two)] == ["preferences@1", "preferences@2"]


@pytest.mark.parametrize("reference", ["preferences", "preferences@2", "preferences@latest"])
def test_a_name_without_a_number_is_the_newest_release(two, reference):
    assert release(two, reference).number == 2


def test_an_unknown_number_names_the_newest(two):
    with pytest.raises(
        UnknownName, match=r"^no release preferences@99: the newest is preferences@2"
    ):
        release(two, "preferences@99")


def test_an_unknown_name_suggests_the_nearest(two):
    with pytest.raises(UnknownName, match=r"no release named 'preferenses'.*'preferences@"):
        release(two, "preferenses")


def test_a_release_leads_to_its_run_and_a_run_to_its_release(two):
    assert run_of(two, "preferences@1") == toy.run()
    made = release_of(two, SECOND)
    assert made is not None
    assert made.release == "preferences@2"
    assert release_of(two, "unknown") is None


def test_the_warehouse_can_be_seen_as_it_was_at_a_release(two):
    sql = "SELECT (SELECT count(*) FROM preferences) AS n, (SELECT count(*) FROM runs) AS n_runs"
    assert two.query(sql, at="preferences@1").to_pylist() == [{"n": 2, "n_runs": 1}]
    assert two.query(sql).to_pylist() == [{"n": 4, "n_runs": 2}]


def test_comparing_names_what_was_added_dropped_and_flipped_and_why(two):
    difference = compare(two, "preferences@1", "preferences@2")
    assert difference.n_same == 0
    assert difference.counts() == {
        ("added", "new"): 1,
        ("dropped", "margin"): 1,
        ("flipped", "verdict_changed"): 1,
    }
    dropped = difference.changes.to_pylist()[1]
    assert dropped["comparison_id"] == toy.comparisons()[0].comparison_id
    assert dropped["detail"] == toy.rejects()[0].detail


def test_a_release_does_not_differ_from_itself(two):
    difference = compare(two, "preferences@1", "preferences@1")
    assert (difference.n_same, difference.counts()) == (2, {})


def test_a_comparison_that_the_new_run_never_saw_is_told_apart(two):
    difference = compare(two, "preferences@2", "preferences@1")
    assert difference.counts()[("dropped", "order_inconsistent")] == 1


def test_lineage_leads_from_a_preference_to_each_vote(two):
    preference = toy.preferences()[0]
    rows = lineage(two, "preferences@1", preference.preference_id).to_pylist()
    assert [(r["annotator_id"], r["order"], r["verdict"], r["weight"]) for r in rows] == [
        (toy.JUDGE, "ab", "a", 1.4),
        (toy.JUDGE, "ba", "a", 1.4),
        (toy.VERIFIER, None, "a", 2.2),
    ]
    assert {(r["published"], r["p_a"], r["run_id"]) for r in rows} == {("a", 0.9, toy.RUN_ID)}


def test_a_release_that_is_looked_at_again_is_not_looked_up_again(two, monkeypatch):
    looked_up = []
    monkeypatch.setattr(
        "winnow.warehouse.releases.releases",
        lambda warehouse: looked_up.append(1) or releases(warehouse),
    )
    for _ in range(3):
        assert two.query("FROM preferences", at="preferences@1").num_rows == 2
    assert len(looked_up) <= 1


def test_what_stands_behind_a_release_is_looked_up_once(two, monkeypatch):
    first = provenance_of(two, "preferences@2")
    assert provenance_of(two, "preferences") == first
    monkeypatch.setattr(two, "query", None)
    assert provenance_of(two, "preferences@2") is not None


def test_a_name_without_a_number_is_looked_up_each_time(settings):
    with Warehouse.open(settings) as warehouse:
        for n, run_id in enumerate((toy.RUN_ID, SECOND), 1):
            staging = toy.stage(settings.staging(run_id), run_id)
            if n == 2:
                staging.write(Preference, second_preferences())
            publish(warehouse, staging, toy.run(run_id), "preferences", PASSED)
            assert warehouse.query("FROM releases", at="preferences").num_rows == n
            assert provenance_of(warehouse, "preferences").release.number == n
