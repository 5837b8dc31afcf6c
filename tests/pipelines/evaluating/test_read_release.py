from pathlib import Path

import pytest

from tests import orchard, toy
from winnow.annotation.evaluation import evaluate
from winnow.pipelines.evaluating.read_release import read_release
from winnow.schemas.errors import MalformedInput, UnknownName
from winnow.schemas.judgments import Gold
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("orchard") / "warehouse"
    with orchard.publish_orchard(folder) as opened:
        yield opened


def test_the_gold_of_a_release_scores_its_annotators(warehouse: Warehouse) -> None:
    labelled = read_release(warehouse, "preferences", keep_views=True)
    assert labelled.layout == "release"
    assert labelled.items.num_rows == len(labelled.views) == labelled.gold.num_rows
    found = evaluate(labelled.judgments, labelled.gold, labelled.items, layout="release")
    rows = warehouse.query("""
        SELECT annotator_id, count(*) AS n FROM judgments JOIN gold USING (comparison_id)
        GROUP BY annotator_id ORDER BY annotator_id
    """).to_pylist()
    assert {one.annotator: one.n_judgments for one in found.judges} == {
        row["annotator_id"]: row["n"] for row in rows
    }


def test_the_domain_of_a_prompt_is_the_subset(warehouse: Warehouse) -> None:
    labelled = read_release(warehouse, "preferences", keep_views=False)
    domains = warehouse.query("SELECT DISTINCT domain FROM prompts")["domain"].to_pylist()
    assert set(labelled.items["subset"].to_pylist()) <= set(domains)
    assert labelled.views == []


def test_an_unknown_release_is_named(warehouse: Warehouse) -> None:
    with pytest.raises(UnknownName, match="preferences@99"):
        read_release(warehouse, "preferences@99", keep_views=False)


def test_a_release_without_gold_says_so(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path)) as opened:
        staging = toy.stage(tmp_path / "staging" / toy.RUN_ID)
        staging.write(Gold, [])
        publish(opened, staging, toy.run(), "preferences", audit(staging, opened))
        with pytest.raises(MalformedInput, match="the run of preferences@1 had no gold"):
            read_release(opened, "preferences", keep_views=False)


def test_a_probe_takes_all_comparisons_and_an_evaluation_those_with_gold(
    warehouse: Warehouse,
) -> None:
    every = read_release(warehouse, "preferences", keep_views=True, wants_gold=False)
    known = read_release(warehouse, "preferences", keep_views=True)
    n_all = warehouse.query("SELECT count(*) AS n FROM comparisons")["n"][0].as_py()
    assert len(every.views) == n_all > len(known.views) > 0
    assert every.gold == known.gold
