import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.annotation.aggregation.simulated import gold, judgments, simulate
from winnow.annotation.aggregation import METHODS, aggregate
from winnow.annotation.aggregation.posterior import Posterior
from winnow.annotation.aggregation.supported import keep_to_verdicts
from winnow.annotation.aggregation.votes import read_votes

CLASSES = ("a", "b", "tie")
VOTES = st.tuples(
    st.sampled_from([str(i) for i in range(6)]),
    st.sampled_from("wxyz"),
    st.sampled_from(["ab", "ba", None]),
    st.sampled_from([*CLASSES, "tie", "invalid"]),
)
GOLD = st.dictionaries(st.sampled_from([str(i) for i in range(6)]), st.sampled_from(CLASSES))


def verdict_of(label: dict[str, float]) -> str:
    return max(CLASSES, key=lambda name: label[f"p_{name}"])


def check_against(table: pa.Table, labels: list[dict[str, float]]) -> None:
    for label in labels:
        rows = table.filter(pa.compute.equal(table["item_id"], label["item_id"]))
        said = set(rows["verdict"].to_pylist()) - {"invalid"}
        assert not said or verdict_of(label) in said
        assert sum(label[f"p_{name}"] for name in CLASSES) == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "mace"])
@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(votes=st.lists(VOTES, min_size=1, max_size=24), known=GOLD)
def test_no_label_says_what_no_readable_verdict_said(
    method: str, votes: list[tuple[str, str, str | None, str]], known: dict[str, str]
) -> None:
    table = judgments(*votes)
    found = aggregate(table, gold(**known) if known else None, method=method)
    check_against(table, found.labels.to_pylist())


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(votes=st.lists(VOTES, min_size=1, max_size=24), data=st.data())
def test_whatever_a_method_gives_the_likeliest_verdict_is_one_that_was_said(
    votes: list[tuple[str, str, str | None, str]], data: st.DataObject
) -> None:
    table = judgments(*votes)
    read = read_votes(table)
    parts = data.draw(
        st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=read.n_items, max_size=read.n_items)
    )
    given_p = np.array(parts, float) + 1e-12
    p = given_p / given_p.sum(axis=1, keepdims=True)
    held = keep_to_verdicts(Posterior(p, np.ones(read.n_annotators)), read).probabilities
    names = [f"p_{name}" for name in CLASSES]
    labels = [dict(zip(names, row, strict=True)) for row in held.tolist()]
    ids = read.items.to_pylist()
    check_against(table, [{"item_id": i, **row} for i, row in zip(ids, labels, strict=True)])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("share", [0.05])
def test_three_people_who_all_say_tie_make_a_tie(method: str, share: float) -> None:
    n, n_tied = 200, int(200 * share)
    said = ["tie"] * n_tied + ["ab"[i % 2] for i in range(n - n_tied)]
    table = judgments(*[(str(i), who, None, said[i]) for i in range(n) for who in "xyz"])
    labels = aggregate(table, method=method).labels.to_pylist()
    assert [verdict_of(label) for label in labels] == said
    assert min(label["p_tie"] for label in labels[:n_tied]) > 0.7


@pytest.mark.parametrize("method", METHODS)
def test_where_everybody_calls_everything_a_tie_everything_is_one(method: str) -> None:
    table = judgments(*[(str(i), who, None, "tie") for i in range(30) for who in "xyz"])
    labels = aggregate(table, method=method).labels.to_pylist()
    assert {verdict_of(label) for label in labels} == {"tie"}


def test_gold_that_shows_all_to_be_wrong_leaves_a_label_that_is_worth_nothing() -> None:
    drawn = simulate([0.05], n_items=200)
    labels = aggregate(drawn.judgments, drawn.gold(100)).labels.to_pylist()
    check_against(drawn.judgments, labels)
    assert max(max(label["p_a"], label["p_b"]) for label in labels) < 0.51


def test_a_moved_label_lies_in_its_interval() -> None:
    votes = read_votes(judgments(("i", "x", None, "a")))
    wide = Posterior(np.array([[0.1, 0.9, 0.0]]), np.ones(1), np.array([0.05]), np.array([0.2]))
    held = keep_to_verdicts(wide, votes)
    assert held.probabilities[0] == pytest.approx([0.5, 0.5, 0], abs=1e-5)
    assert held.high is not None
    assert held.high[0] == pytest.approx(0.5, abs=1e-5)
