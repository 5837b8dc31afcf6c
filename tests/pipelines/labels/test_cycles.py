from itertools import combinations
from math import log
from pathlib import Path
from random import Random

import pytest

from tests.pipelines.filters.columns import why
from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, reasons, stage
from winnow.annotation.aggregation.cycles import untangle
from winnow.pipelines.filters import Case, Transitive
from winnow.pipelines.filters.read import read_cases
from winnow.pipelines.labels import cycles
from winnow.pipelines.labels.cycles import CycleLink, cycle_links, stage_cycles
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.keep import FilterSettings, keep
from winnow.schemas.comparisons import Comparison
from winnow.schemas.cycles import Cycle
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Label
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

PROMPT = ask("Which apple keeps longest?")
COX, GALA, FUJI = (answer(PROMPT, f"The {name}.") for name in ("Cox", "Gala", "Fuji"))


def beats(winner: Response, loser: Response, p: float = 0.9, p_tie: float = 0.0) -> Label:
    pair = compare_two(winner, loser)
    sides = {"p_a": p, "p_b": 1 - p - p_tie}
    if pair.response_ids[0] == loser.response_id:
        sides = {"p_a": sides["p_b"], "p_b": sides["p_a"]}
    return Label(
        run_id=RUN,
        comparison_id=pair.comparison_id,
        p_tie=p_tie,
        n_judgments=1,
        method="votes",
        **sides,
    )


def cycles_of(root: Path, *labels: Label) -> list[Cycle]:
    pairs = [compare_two(*two) for two in ((COX, GALA), (GALA, FUJI), (FUJI, COX))]
    staging = stage(root, PROMPT, COX, GALA, FUJI, *pairs)
    staging.write(Label, labels)
    stage_cycles(staging, RUN)
    return Cycle.from_table(staging.read(Cycle))


def test_a_circle_of_three_is_broken_where_the_evidence_is_least(tmp_path: Path) -> None:
    labels = (beats(COX, GALA, 0.9), beats(GALA, FUJI, 0.8), beats(FUJI, COX, 0.6))
    (cycle,) = cycles_of(tmp_path, *labels)
    assert cycle.comparison_id == compare_two(FUJI, COX).comparison_id
    assert cycle.response_ids == tuple(r.response_id for r in (FUJI, COX, GALA))
    assert cycle.evidence == pytest.approx([log(0.6 / 0.4), log(9), log(4)])


def test_labels_in_order_have_no_cycle(tmp_path: Path) -> None:
    assert cycles_of(tmp_path, beats(COX, GALA), beats(GALA, FUJI), beats(COX, FUJI)) == []


def test_of_many_prompts_only_those_with_circles_are_untangled_and_all_of_those(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(3)
    asked = [ask(f"Question {i}?") for i in range(60)]
    answers = {p.prompt_id: [answer(p, f"Answer {k}.") for k in range(5)] for p in asked}
    pairs = [two for given in answers.values() for two in combinations(given, 2)]
    staging = stage(tmp_path, *asked, *(r for given in answers.values() for r in given))
    staging.write(Comparison, [compare_two(*two) for two in pairs])
    # The earlier answer mostly wins, so that about half of the prompts have no circle.
    labels = [beats(*(two if random.random() < 0.85 else two[::-1]), random.uniform(0.4, 0.6), random.choice((0.1, 0.1, 0.39))) for two in pairs]  # fmt: skip
    staging.write(Label, labels)
    looked_at = []
    monkeypatch.setattr(cycles, "untangle", lambda links: looked_at.append(1) or untangle(links))
    stage_cycles(staging, RUN)
    found, n_of_some = Cycle.from_table(staging.read(Cycle)), len(looked_at)
    monkeypatch.setattr(cycles, "_in_circles", lambda decided: decided)
    stage_cycles(staging, RUN)
    assert Cycle.from_table(staging.read(Cycle)) == found
    assert n_of_some == len({cycle.prompt_id for cycle in found}) < len(looked_at) - n_of_some


def test_a_tie_closes_no_circle(tmp_path: Path) -> None:
    tie = beats(FUJI, COX, 0.3, p_tie=0.6)
    assert cycles_of(tmp_path, beats(COX, GALA), beats(GALA, FUJI), tie) == []


def judged_in_a_circle(root: Path) -> Staging:
    """Two judges say Cox > Gala > Fuji, and the second of them alone that Fuji > Cox."""
    said = [(COX, GALA, 2), (GALA, FUJI, 2), (FUJI, COX, 1)]
    records: list[Comparison | Judgment] = []
    for winner, loser, n in said:
        pair = compare_two(winner, loser)
        verdict = "a" if pair.response_ids[0] == winner.response_id else "b"
        records += [pair, *(judge_one(pair, verdict, f"judge {i}") for i in range(n))]
    staging = stage(root, PROMPT, COX, GALA, FUJI, *records)
    aggregate_judgments(staging, AggregateSettings(), RUN)
    return staging


def test_the_weakest_comparison_of_a_cycle_is_rejected_as_intransitive(tmp_path: Path) -> None:
    staging = judged_in_a_circle(tmp_path)
    count = keep(staging, [FilterSettings(filter="transitive")], RUN)
    assert (count.n_in, count.n_out) == (3, 2)
    weakest = compare_two(FUJI, COX).comparison_id
    assert reasons(staging, "keep") == {weakest: "intransitive"}


def test_a_cycle_is_found_though_no_filter_asks_for_it(tmp_path: Path) -> None:
    staging = judged_in_a_circle(tmp_path)
    assert staging.n_rows(Cycle) == 1
    marked = [len(case.cycle_links) for case in read_cases(staging)]
    assert marked == [1, 1, 1]


CYCLE = Cycle(
    run_id=RUN,
    comparison_id="c1",
    prompt_id="p",
    response_ids=("x", "y", "z"),
    comparison_ids=("c1", "c2", "c3"),
    evidence=(0.5, 0.75, 3.0),
)


def case(comparison_id: str) -> Case:
    links = cycle_links([CYCLE])[comparison_id]
    return Case(comparison_id, "p", 0.9, 0.1, 0.0, 1.0, (), cycle_links=links)


def test_the_reason_names_the_cycle_and_the_evidence() -> None:
    said = why(Transitive(), case("c1"))
    assert said == "evidence 0.50 nats, the least in the cycle x > y > z > x"


def test_a_threshold_rejects_links_nearly_as_weak_as_the_weakest() -> None:
    assert why(Transitive(), case("c2")) is None
    said = why(Transitive(threshold=0.3), case("c2"))
    assert said == "evidence 0.75 nats, the least being 0.50, in the cycle x > y > z > x"
    assert why(Transitive(threshold=0.3), case("c3")) is None


def test_a_comparison_in_two_cycles_has_two_places() -> None:
    other = CYCLE.model_copy(update={"comparison_id": "c4", "comparison_ids": ("c4", "c2", "c5")})
    assert cycle_links([CYCLE, other])["c2"] == (CycleLink(0.25, CYCLE), CycleLink(0.25, other))
