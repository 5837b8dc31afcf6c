from pathlib import Path

import pyarrow as pa

from tests.pipelines.filters.columns import columns
from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, reasons, stage
from winnow.pipelines.filters import Case
from winnow.pipelines.preferences.furthest_apart import Sides, furthest_apart
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.assemble import AssembleSettings, assemble
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.preferences import Preference

STRENGTHS = {"x": 1.0, "y": 0.2, "z": -1.2}


def case(comparison_id: str, p_a: float, p_tie: float = 0.0) -> Case:
    return Case(comparison_id, "p", p_a, 1 - p_a - p_tie, p_tie, 1.0, ())


def chosen(cases: list[Case], strengths: dict[str, float] = STRENGTHS) -> set[str]:
    """Choose among comparisons whose id names their two responses."""
    table = columns(*cases)
    ids = table.comparison_id.to_pylist()
    sides = Sides(*(pa.array([i[side] for i in ids], pa.string()) for side in (0, 1)))
    known = {
        "response_id": pa.array(strengths.keys(), pa.string()),
        "strength": pa.array(strengths.values(), pa.float64()),
    }
    is_chosen = furthest_apart(table, sides, pa.table(known)).tolist()
    return {i for i, is_in in zip(ids, is_chosen, strict=True) if is_in}


def test_the_strongest_meets_the_weakest_whatever_the_margins() -> None:
    cases = [case("xy", 0.99), case("yz", 0.99), case("xz", 0.7)]
    assert chosen(cases) == {"xz"}


def test_where_that_label_was_not_kept_the_next_widest_is_taken() -> None:
    assert chosen([case("xy", 0.9), case("yz", 0.6)]) == {"yz"}


def test_a_label_against_the_strengths_comes_last() -> None:
    assert chosen([case("xz", 0.2), case("xy", 0.6)]) == {"xy"}


def test_a_tie_is_taken_only_where_nothing_is_decided() -> None:
    tie = case("xz", 0.2, p_tie=0.7)
    assert chosen([tie, case("xy", 0.6)]) == {"xy"}
    assert chosen([tie]) == {"xz"}


def test_without_strengths_the_margin_decides() -> None:
    assert chosen([case("xy", 0.6), case("yz", 0.1)], {}) == {"yz"}


def test_one_preference_a_prompt_is_published_best_against_worst(tmp_path: Path) -> None:
    prompt = ask("Which apple keeps longest?")
    best, middle, worst = (answer(prompt, name) for name in ("Fuji", "Gala", "Discovery"))
    records: list[Comparison | Judgment] = []
    for winner, loser in ((best, middle), (middle, worst), (best, worst)):
        pair = compare_two(winner, loser)
        verdict = "a" if pair.response_ids[0] == winner.response_id else "b"
        records += [pair, *(judge_one(pair, verdict, f"judge {i}") for i in range(3))]
    staging = stage(tmp_path, prompt, best, middle, worst, *records)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    settings = AssembleSettings(pairs="best_worst")
    count = assemble(staging, settings, RUN, release="preferences@1")
    assert (count.n_in, count.n_out) == (3, 1)
    (row,) = Preference.from_table(staging.read(Preference))
    assert (row.chosen_id, row.rejected_id) == (best.response_id, worst.response_id)
    assert set(reasons(staging, "assemble").values()) == {"not_best_worst"}
