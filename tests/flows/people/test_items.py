from collections.abc import Iterator

import pyarrow as pa
import pytest

from tests.orchard import publish_orchard
from winnow.annotation.queues.tasks import Edit, Pairwise, Ranking
from winnow.flows.people.items import release_views, suggestions_of
from winnow.schemas.errors import InvalidSettings, UnknownName
from winnow.warehouse.catalog import Warehouse


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with publish_orchard(tmp_path_factory.mktemp("views") / "warehouse") as opened:
        yield opened


def count(warehouse: Warehouse, sql: str) -> int:
    return int(warehouse.query(f"SELECT count(*) AS n FROM {sql}")["n"][0].as_py())


def test_a_pair_shows_a_before_b_with_the_prompt_of_both(warehouse: Warehouse) -> None:
    views = release_views(warehouse, "preferences", Pairwise())
    assert len(views) == count(warehouse, "labels")
    for view in views.values():
        assert {r.prompt_id for r in view.responses} == {view.prompt.prompt_id}
        assert [r.response_id for r in view.responses] == sorted(
            r.response_id for r in view.responses
        )


def test_a_ranking_shows_each_prompt_that_has_enough_responses_once(warehouse: Warehouse) -> None:
    views = release_views(warehouse, "preferences", Ranking(n_responses=3))
    prompts = [view.prompt.prompt_id for view in views.values()]
    assert prompts and len(prompts) == len(set(prompts))
    assert {len(view.responses) for view in views.values()} == {3}


def test_an_edit_starts_from_the_likelier_response(warehouse: Warehouse) -> None:
    views = release_views(warehouse, "preferences", Edit())
    likelier = (
        "(SELECT DISTINCT response_ids[CASE WHEN p_b > p_a THEN 2 ELSE 1 END] "
        "FROM labels JOIN comparisons USING (comparison_id))"
    )
    assert len(views) == count(warehouse, likelier)


def test_a_label_suggests_its_likeliest_verdict_where_a_verdict_is_asked_for() -> None:
    rows = {"comparison_id": ["x", "y"], "p_a": [0.2, 0.1], "p_b": [0.7, 0.1], "p_tie": [0.1, 0.8]}
    assert suggestions_of(pa.table(rows), Pairwise()) == {"x": "b", "y": "tie"}
    with pytest.raises(
        InvalidSettings, match="task 'edit' cannot show suggestions, only 'pairwise'"
    ):
        suggestions_of(pa.table(rows), Edit())


def test_an_unknown_release_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(UnknownName, match="no release preferences@9: the newest is preferences@1"):
        release_views(warehouse, "preferences@9", Pairwise())
