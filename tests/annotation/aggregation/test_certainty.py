"""Stated certainty counts for what it proves to be worth: informative, it helps; noise, it costs nothing."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from bench._gold_grid import score
from tests.annotation.aggregation.simulated import simulate
from winnow.annotation.aggregation import aggregate
from winnow.annotation.aggregation.certainty import weigh_certainty
from winnow.annotation.aggregation.opinions import gather_opinions
from winnow.annotation.aggregation.votes import Floats, read_votes
from winnow.schemas.errors import MalformedInput

N_SETS = 6


def drawn(seed: int, n_items: int = 400) -> tuple[pa.Table, Floats]:
    """Draw judges whose log-odds are calibrated: they know how sure they may be. Half of them are shown both orders."""
    rng = np.random.default_rng(seed)
    sign = rng.choice([-1.0, 1.0], n_items)
    tables = []
    for judge in range(int(rng.integers(3, 7))):
        mean = rng.uniform(0.3, 1.5)
        log_odds = mean * sign + np.sqrt(2 * mean) * rng.normal(size=n_items)
        for order in ("ab", "ba") if judge % 2 else ("ab",):
            said = log_odds + 0.3 * rng.normal(size=n_items)
            tables.append(
                pa.table(
                    {
                        "item_id": [str(k) for k in range(n_items)],
                        "annotator": [f"j{judge}"] * n_items,
                        "order": [order] * n_items,
                        "verdict": np.where(said > 0, "a", "b"),
                        "probability": 1 / (1 + np.exp(said)),
                    }
                )
            )
    return pa.concat_tables(tables), sign


def replaced(table: pa.Table, name: str, values: pa.Array | Floats) -> pa.Table:
    return table.drop_columns(["probability"]).append_column(name, pa.array(values))


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    """Deal out anew how certain the verdicts say they are."""
    rng = np.random.default_rng(seed)
    size = rng.permutation(np.abs(np.asarray(table["probability"]) - 0.5))
    side = np.where(np.array(table["verdict"].to_pylist()) == "a", -1, 1)
    return replaced(table, "probability", 0.5 + side * size)


def figures(table: pa.Table, sign: Floats) -> Floats:
    labels = aggregate(table).labels
    return np.array(score(np.asarray(labels["p_a"]) - np.asarray(labels["p_b"]), sign))


def gains(seed: int) -> tuple[Floats, Floats]:
    """(acc2, aurc) more than with the verdicts alone: as stated, and dealt out anew."""
    table, sign = drawn(seed)
    plain = figures(table.drop_columns(["probability"]), sign)
    return figures(table, sign) - plain, figures(shuffled(table, seed), sign) - plain


@pytest.fixture(scope="module")
def mean_gains() -> Floats:
    return np.mean([gains(seed) for seed in range(N_SETS)], axis=0)


def test_informative_probabilities_label_and_rank_better_than_verdicts_alone(
    mean_gains: Floats,
) -> None:
    accuracy, aurc = mean_gains[0]
    assert accuracy > 0.01
    assert aurc < -0.015


def test_probabilities_that_are_noise_cost_nothing(mean_gains: Floats) -> None:
    accuracy, aurc = mean_gains[1]
    assert accuracy > -0.003
    assert aurc < 0.003


def test_gold_teaches_what_the_certainty_of_a_single_judge_is_worth() -> None:
    more = []
    for seed in range(N_SETS):
        table, sign = drawn(seed)
        alone = table.filter(pc.equal(table["annotator"], "j0"))
        given = np.random.default_rng(seed).choice(len(sign), 100, replace=False)
        verdicts = np.where(sign[given] > 0, "a", "b")
        gold = pa.table({"item_id": given.astype(str), "verdict": verdicts})
        rest = np.delete(np.arange(len(sign)), given)
        found = [
            aggregate(judgments, gold).labels
            for judgments in (alone, shuffled(alone, seed), alone.drop_columns(["probability"]))
        ]
        margins = [np.asarray(one["p_a"]) - np.asarray(one["p_b"]) for one in found]
        stated, noise, plain = (score(margin[rest], sign[rest]).aurc for margin in margins)
        more.append((stated - plain, noise - plain))
    informative, idle = np.mean(more, axis=0)
    assert informative < -0.02
    assert idle < 0.01


def test_strengths_count_as_probabilities_do() -> None:
    table, sign = drawn(1)
    log_odds = np.log(1 / np.asarray(table["probability"]) - 1)
    steps = -np.clip(np.rint(log_odds), -3, 3).astype(np.int64)
    strength = replaced(table, "strength", pa.array(steps, pa.int64()))
    plain = figures(table.drop_columns(["probability"]), sign)
    assert figures(strength, sign)[1] < plain[1] - 0.01


def test_among_judges_of_noise_the_one_that_knows_is_found() -> None:
    table, _ = drawn(2)
    noise = shuffled(table, 0)
    is_first = np.array(table["annotator"].to_pylist()) == "j0"
    mixed = np.where(is_first, table["probability"], noise["probability"])
    opinions = gather_opinions(read_votes(replaced(table, "probability", mixed)))
    size = weigh_certainty(opinions).size
    spread = [size[opinions.annotator == k].std() for k in range(opinions.n_annotators)]
    assert spread[0] > 0.2
    assert np.median(spread[1:]) == 0


@pytest.mark.parametrize("name", ["probability", "strength"])
def test_columns_that_state_nothing_change_nothing(name: str) -> None:
    plain = simulate([0.9, 0.7, 0.6], n_items=80, ties=0.1)
    nothing = pa.nulls(plain.judgments.num_rows, pa.float64())
    stated = plain.judgments.append_column(name, nothing)
    for gold in (None, plain.gold(20)):
        one, other = (aggregate(table, gold) for table in (plain.judgments, stated))
        assert one.labels.equals(other.labels)
        assert one.annotators.equals(other.annotators)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("probability", 1.5, "row 0: probability is 1.5, wanted a number from 0 to 1, or nothing"),
        ("strength", -4.0, "row 0: strength is -4.0, wanted a number from -3 to 3, or nothing"),
    ],
)
def test_certainty_out_of_its_range_is_refused(name: str, value: float, said: str) -> None:
    table, _ = drawn(0, n_items=5)
    with pytest.raises(MalformedInput, match=said):
        aggregate(replaced(table, name, np.full(table.num_rows, value)))
