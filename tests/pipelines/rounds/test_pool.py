from pathlib import Path

from tests.pipelines.labels.test_verified import PAIRS, PROMPTS, RESPONSES, person, verified
from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, reasons, stage
from winnow.annotation.rounds import DECISIONS
from winnow.pipelines.rounds import Pool, RoundSettings, hold_back, read_pool
from winnow.pipelines.rounds.pool import differing
from winnow.pipelines.steps.keep import keep
from winnow.schemas.comparisons import Comparison
from winnow.schemas.rounds import Asked
from winnow.warehouse.staging import Staging

SETTINGS = RoundSettings(budget=10, per_round=5)
NOBODY = Asked.to_table([])


def decision(pool: Pool, pair: Comparison) -> str:
    row = pool.state.items.to_pylist().index(pair.comparison_id)
    return DECISIONS[pool.decided.decision[row]]


def test_a_label_that_came_with_the_data_is_flipped_where_people_contradict_it(
    tmp_path: Path,
) -> None:
    given = [judge_one(p, "a", "pairs.jsonl", kind="human") for p in PAIRS]
    judges = [judge_one(p, "a", f"judge {k}") for p in PAIRS for k in range(3)]
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, *given, *judges, person(PAIRS[0], "b"))
    verified(staging, {0: "b"})
    settings = SETTINGS.model_copy(update={"given": "pairs.jsonl"})
    pool = read_pool(staging, NOBODY, settings, is_judged=True)
    assert decision(pool, PAIRS[0]) == "flip"
    assert decision(pool, PAIRS[1]) == "keep"


def test_a_discarded_comparison_is_a_reject_with_what_was_found(tmp_path: Path) -> None:
    given = [judge_one(p, "a" if i else "b", "pairs.jsonl") for i, p in enumerate(PAIRS)]
    judges = [judge_one(p, "a", f"judge {k}") for p in PAIRS for k in range(2)]
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, *given, *judges)
    settings = SETTINGS.model_copy(update={"given": "pairs.jsonl", "strong_from": 0.999999})
    pool = read_pool(staging, NOBODY, settings, is_judged=True)
    assert decision(pool, PAIRS[0]) == "discard"
    compute_labels(staging)
    count = keep(staging, [], RUN, also=[hold_back(pool, settings)])
    assert reasons(staging, "keep") == {PAIRS[0].comparison_id: "weak_evidence"}
    assert (count.n_in, count.n_out) == (len(PAIRS), len(PAIRS) - 1)


def compute_labels(staging: Staging) -> None:
    from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments

    aggregate_judgments(staging, AggregateSettings(), RUN)


def test_nobody_is_asked_about_responses_that_are_empty_or_alike(tmp_path: Path) -> None:
    sky, sea = ask("Why is the sky blue?"), ask("Why is the sea salt?")
    texts = [answer(sky, "Air."), answer(sky, ""), answer(sea, "Rivers."), answer(sea, "Rivers. ")]
    pairs = [compare_two(*texts[:2]), compare_two(*texts[2:])]
    assert differing(stage(tmp_path, sky, sea, *texts, *pairs)) == []


def test_without_judges_only_what_came_judged_counts(tmp_path: Path) -> None:
    staging = stage(tmp_path, *PROMPTS, *RESPONSES, *PAIRS, judge_one(PAIRS[0], "a"))
    assert len(read_pool(staging, NOBODY, SETTINGS, is_judged=False).state.items) == 1
    assert len(read_pool(staging, NOBODY, SETTINGS, is_judged=True).state.items) == len(PAIRS)
