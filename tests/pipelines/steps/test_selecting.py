"""What `of` chooses."""

import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipelines.toy import RUN, answer, ask, compare_two, stage
from winnow.pipelines.steps.select import SelectStep
from winnow.pipelines.steps.selecting import check_of, check_sql, choose, in_order
from winnow.pipelines.steps.step import StepContext
from winnow.schemas.labels import Label
from winnow.schemas.responses import Response
from winnow.schemas.selections import Selection
from winnow.warehouse.staging import Staging

ROOKS, OWLS = ask("Where do rooks nest?", domain="birds"), ask("What do owls eat?", domain="food")
R1, R2, R3 = (answer(ROOKS, text) for text in ("In trees.", "In barns.", "On the moon."))
O1, O2 = answer(OWLS, "Mice."), answer(OWLS, "Stars.")
SURE, OPEN, OTHER = compare_two(R1, R2), compare_two(R2, R3), compare_two(O1, O2)


def label_for(comparison: object, better: str, p: float) -> Label:
    is_a = comparison.response_ids[0] == better  # type: ignore[attr-defined]
    rest = 1 - p
    return Label(
        run_id=RUN,
        comparison_id=comparison.comparison_id,  # type: ignore[attr-defined]
        p_a=p if is_a else rest,
        p_b=rest if is_a else p,
        p_tie=0,
        n_judgments=1,
        method="winnow",
    )


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    staging = stage(tmp_path, ROOKS, OWLS, R1, R2, R3, O1, O2, SURE, OPEN, OTHER)
    labels = [label_for(SURE, R1.response_id, 0.9), label_for(OPEN, R2.response_id, 0.7)]
    staging.write(Label, labels)
    return staging


def test_doubtful_are_comparisons_without_a_sure_label(staging: Staging) -> None:
    doubtful = sorted([OPEN.comparison_id, OTHER.comparison_id])
    assert choose("doubtful", "comparisons", staging).to_pylist() == doubtful


def test_for_other_subjects_it_means_what_stands_in_them(staging: Staging) -> None:
    assert choose("doubtful", "prompts", staging).to_pylist() == sorted(
        [ROOKS.prompt_id, OWLS.prompt_id]
    )
    ids = sorted(r.response_id for r in (R2, R3, O1, O2))
    assert choose("doubtful", "responses", staging).to_pylist() == ids


def test_worst_and_best_go_by_the_share_that_labels_expect_to_be_won(staging: Staging) -> None:
    # R1 .9; R2 (.1 + .7) / 2 = .4; R3 .3; nobody labelled the answers on owls.
    assert choose("worst", "responses", staging).to_pylist() == [R3.response_id]
    assert choose("best", "responses", staging).to_pylist() == [R1.response_id]
    assert choose("worst", "comparisons", staging).to_pylist() == [OPEN.comparison_id]


def test_a_condition_in_sql_sees_a_row_of_the_subject(staging: Staging) -> None:
    assert choose("domain = 'food'", "prompts", staging).to_pylist() == [OWLS.prompt_id]
    low = choose("win_rate between 0.35 and 0.45", "responses", staging)
    assert low.to_pylist() == [R2.response_id]
    assert choose("confidence is null", "comparisons", staging).to_pylist() == [OTHER.comparison_id]
    three = choose("n_responses = 3 and confidence < 0.8", "prompts", staging)
    assert three.to_pylist() == [ROOKS.prompt_id]


def test_a_selection_is_chosen_by_its_name(staging: Staging) -> None:
    chosen = Selection(
        run_id=RUN, name="some", subjects="responses", subject_id=R2.response_id, place=1
    )
    staging.write(Selection, [chosen])
    assert choose("some", "responses", staging).to_pylist() == [R2.response_id]
    assert choose("some", "prompts", staging).to_pylist() == [ROOKS.prompt_id]
    both = sorted([SURE.comparison_id, OPEN.comparison_id])
    assert choose("some", "comparisons", staging).to_pylist() == both


def test_order_is_by_an_expression_and_then_by_ids(staging: Staging) -> None:
    ordered = in_order("responses", "-win_rate", None, staging)["id"].to_pylist()
    unlabelled = sorted([O1.response_id, O2.response_id])
    assert ordered == [R1.response_id, R2.response_id, R3.response_id, *unlabelled]
    some = choose("domain = 'birds'", "prompts", staging)
    assert in_order("prompts", None, some, staging)["id"].to_pylist() == [ROOKS.prompt_id]


@pytest.mark.parametrize(
    ("of", "message"),
    [
        ("doubtfull", "no choice named 'doubtfull' (did you mean 'doubtful'?)"),
        ("worst", "'worst' looks at labels, and there are none yet; put an aggregate step before it"),
        ("konfidence < 1", "konfidence"),
        ("1 = 1; drop table prompts", "more than one expression"),
        ("domain =", "is no expression in SQL on prompts"),
    ],
)  # fmt: skip
def test_what_of_says_is_checked_before_a_run_begins(of: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        check_of(of, "prompts", {}, is_labelled=False)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_label_that_is_for_both_sides_alike_is_a_tie_and_none_is_no_verdict(
    staging: Staging,
) -> None:
    staging.write(
        Label, [label_for(SURE, R1.response_id, 0.9), label_for(OPEN, R2.response_id, 0.5)]
    )
    assert choose("verdict = 'tie'", "comparisons", staging).to_pylist() == [OPEN.comparison_id]
    assert choose("verdict is null", "comparisons", staging).to_pylist() == [OTHER.comparison_id]


def test_columns_that_a_part_from_before_lacks_hold_their_default(staging: Staging) -> None:
    older = answer(OWLS, "Voles.")
    path = staging.path(Response, "older")
    pq.write_table(Response.to_table([older]).drop_columns(["finish_reason", "sample_index"]), path)
    every = sorted(r.response_id for r in (R1, R2, R3, O1, O2, older))
    is_default = "finish_reason = 'imported' and sample_index = 0"
    assert choose(is_default, "responses", staging).to_pylist() == every
    first = in_order("responses", f"case when {is_default} then 0 end", None, staging)
    assert first["id"].to_pylist() == every


def test_a_condition_reads_no_file() -> None:
    with pytest.raises(ValueError, match="is no expression in SQL"):
        check_sql("(select count(*) from read_text('/etc/hostname')) > 0", "prompts")


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        ({}, [R1, R2, R3, *sorted((O1, O2), key=lambda r: r.response_id)]),
        ({"per_prompt": 1}, [R1, min((O1, O2), key=lambda r: r.response_id)]),
        ({"per_prompt": 2, "most": 3}, [R1, R2, min((O1, O2), key=lambda r: r.response_id)]),
        ({"most": 2}, [R1, R2]),
    ],
    ids=["all", "of a prompt", "both", "in all"],
)
def test_a_selection_takes_the_first_of_each_prompt_and_of_them_the_first(
    staging: Staging, limits: dict[str, int], wanted: list[Response]
) -> None:
    step = SelectStep(named="some", what="responses", by="-win_rate", **limits)  # type: ignore[arg-type]
    (count,) = step.work(StepContext(staging=staging, run_id=RUN, stage="select"))
    assert count.n_out == len(wanted)
    found = [(s.place, s.subject_id) for s in Selection.from_table(staging.read(Selection))]
    assert found == [(place, r.response_id) for place, r in enumerate(wanted, 1)]


def test_a_selection_of_nothing_is_empty(staging: Staging) -> None:
    nobody = pa.array([], pa.string())
    at = StepContext(staging=staging, run_id=RUN, stage="select", chosen=nobody)
    (count,) = SelectStep(named="some", what="prompts", per_prompt=1).work(at)
    assert (count.n_out, staging.n_rows(Selection)) == (0, 0)


def test_the_entropy_of_a_label_tells_hard_from_easy(staging: Staging) -> None:
    known = staging.read(Label).to_pylist()
    none = {"p_a": 1 / 3, "p_b": 1 / 3, "p_tie": 1 / 3}
    sure = {"p_a": 1.0, "p_b": 0.0, "p_tie": 0.0}
    label = {**known[0], "comparison_id": OTHER.comparison_id}
    ids = {True: [OTHER.comparison_id], False: []}
    for shares, entropy in ((none, math.log(3)), (sure, 0.0)):
        staging.write(Label, [Label.model_validate({**label, **shares})])
        is_so = f"abs(entropy - {entropy}) < 1e-12"
        assert choose(is_so, "comparisons", staging).to_pylist() == ids[True]
    staging.write(Label, [Label.model_validate(row) for row in known])
    of_nine = -0.9 * math.log(0.9) - 0.1 * math.log(0.1)
    assert choose(f"abs(entropy - {of_nine}) < 1e-12", "comparisons", staging).to_pylist() == [SURE.comparison_id]  # fmt: skip
    assert choose("entropy > 0.5", "prompts", staging).to_pylist() == [ROOKS.prompt_id]
    assert choose("entropy is null", "comparisons", staging).to_pylist() == [OTHER.comparison_id]
    hard = "prompt_id in (select prompt_id from of_prompts where entropy > 0.5)"
    assert len(choose(hard, "responses", staging)) == 3
    check_sql(hard, "responses")
