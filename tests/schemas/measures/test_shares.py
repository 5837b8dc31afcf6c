import duckdb
import numpy as np
import pytest
from scipy.stats import binomtest

from winnow.schemas.measures import measure_sql
from winnow.schemas.measures.shares import clustered, exact, wilson


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (8, 10), (95, 100), (700, 1000)])
def test_wilsons_interval_is_the_published_one(hits: int, n: int) -> None:
    known = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert wilson(hits / n, n) == pytest.approx((hits / n, known.low, known.high))


def test_a_view_gives_the_interval_that_python_gives() -> None:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE known AS SELECT range AS item_id, 'a' AS verdict FROM range(10)")
        con.execute(
            "CREATE TABLE votes AS SELECT item_id, 'ada' AS annotator, 'human' AS kind, "
            "if(item_id < 8, 'a', 'b') AS verdict, item_id AS answer FROM known"
        )
        asked = f"SELECT share, low, high FROM ({measure_sql('gold')})"
        row = con.execute(asked).fetchone()
        con.execute("UPDATE votes SET answer = item_id // 5")
        ranked = con.execute(asked).fetchone()
    assert row == pytest.approx(wilson(0.8, 10))
    assert ranked == pytest.approx(wilson(0.8, 2))


def test_the_exact_interval_is_that_of_clopper_and_pearson() -> None:
    known = binomtest(8, 10).proportion_ci(0.9, method="exact")
    assert exact(8, 10, 0.9) == pytest.approx((known.low, known.high))
    assert exact(0, 0, 0.9) == (0, 1)


def test_with_one_case_a_cluster_the_interval_is_that_of_wilson() -> None:
    found = clustered(np.repeat([1.0, 0.0], [700, 300]), np.arange(1000), confidence=0.95)
    assert found == pytest.approx(wilson(0.7, 1000), abs=1e-3)


def test_copies_of_a_case_within_a_cluster_count_once() -> None:
    values = np.repeat([1.0, 0.0], [70, 30])
    once = clustered(values, np.arange(100), confidence=0.95)
    copied = clustered(np.repeat(values, 9), np.repeat(np.arange(100), 9), confidence=0.95)
    assert copied == pytest.approx(once)


def test_cases_that_even_out_within_a_cluster_still_leave_something_open() -> None:
    values = np.tile([1.0, 0.0], 20)
    found = clustered(values, np.repeat(np.arange(20), 2), confidence=0.95)
    assert found == pytest.approx(clustered(values, np.arange(40), confidence=0.95), abs=0.01)


def test_no_error_in_few_clusters_leaves_the_interval_open() -> None:
    found = clustered(np.ones(40), np.repeat(np.arange(4), 10), confidence=0.95)
    assert found.high == 1
    assert found.low < 0.4


def test_one_cluster_tells_nothing() -> None:
    assert clustered(np.ones(9), np.zeros(9, int), confidence=0.95) == (1, 0, 1)


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_interval_holds_the_truth_as_often_as_it_says(confidence: float) -> None:
    random = np.random.default_rng(0)
    prompts = np.repeat(np.arange(60), 4)
    n_held = 0
    for _ in range(2000):
        chances = random.beta(2, 1, 60)  # prompts differ; the mean over prompts is 2/3
        values = (random.random(240) < chances[prompts]).astype(float)
        found = clustered(values, prompts, confidence=confidence)
        n_held += found.low <= 2 / 3 <= found.high
    assert n_held / 2000 == pytest.approx(confidence, abs=0.02)
