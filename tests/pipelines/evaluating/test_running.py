import json
from functools import partial
from pathlib import Path

import pytest

from tests.pipelines.toy import (
    BEAM,
    PRICED,
    TOY,
    answered_files,
    asked_of_pairs,
    requests_about,
    shown_in,
)
from winnow.annotation.evaluation import evaluate
from winnow.annotation.judge import ComparisonView
from winnow.pipelines.asking.answer import answer
from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.read_files import read_files
from winnow.pipelines.evaluating.running import run_judges
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.labelling.subjects import each_response
from winnow.schemas.judgments import Gold, Order
from winnow.schemas.prices import Price
from winnow.warehouse.staging import Staging

PAIRWISE = JudgeSettings(judge="pairwise", model="toy")
RATING = JudgeSettings(judge="rating", model="toy")


def bench(folder: Path) -> Labelled:
    rows = [
        {"prompt": f"What is {k} + {k}?", "chosen": f"{2 * k}", "rejected": f"{2 * k + 1}", "id": k}
        for k in range(4)
    ]
    path = folder / "bench.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return read_files(path, None, None, keep_views=True)


def place_of_even(view: ComparisonView, order: Order) -> str:
    first, _ = view.shown(order)
    return "first" if int(first.text) % 2 == 0 else "second"


def test_a_judge_that_can_count_is_right_in_both_orders_and_its_price_is_known(
    tmp_path: Path,
) -> None:
    labelled, root = bench(tmp_path), tmp_path / "store"
    replies = [
        (posed.request, json.dumps({"critique": "c", "verdict": place_of_even(posed.view, posed.order)}))
        for posed in asked_of_pairs(labelled.views, PAIRWISE, PRICED)
    ]  # fmt: skip
    ran = run_judges(
        labelled,
        [PAIRWISE],
        models={"toy": PRICED},
        answer=answered_files(root, replies),
        store=CompletionStore(root),
        beam=BEAM,
    )
    assert (ran.n_asked, ran.n_reused, ran.judgments.num_rows) == (8, 8, 8)
    (one,) = evaluate(ran.judgments, labelled.gold, labelled.items, layout="rewardbench").judges
    assert one.both_orders and one.both_orders.value == 1.0
    # One token read and one generated, in each of two orders, at 2 and 3 a million.
    assert one.cost.money == pytest.approx(1000 * 2 * 5 / 1e6)
    assert one.cost.tokens_read == 2000
    assert one.cost.seconds is None


def test_what_tokens_cost_that_nobody_counted_is_unknown() -> None:
    price = Price(read=2, generated=3)
    assert price.of(1, 1) == pytest.approx(5e-6)
    assert (price.of(None, 1), price.of(1, None)) == (None, None)


def test_ratings_become_scores_of_both_sides(tmp_path: Path) -> None:
    labelled, root = bench(tmp_path), tmp_path / "store"
    replies = [
        (posed.request, json.dumps({"critique": "c", "first": 5, "second": 2}))
        for posed in asked_of_pairs(labelled.views, RATING)
    ]
    ran = run_judges(
        labelled,
        [RATING],
        models={"toy": TOY},
        answer=answered_files(root, replies),
        store=CompletionStore(root),
        beam=BEAM,
    )
    for row in ran.judgments.to_pylist():
        assert (row["score_a"], row["score_b"]) == ((5, 2) if row["order"] == "ab" else (2, 5))


def test_a_judge_of_one_response_is_asked_once_of_each_and_scored_in_every_comparison(
    tmp_path: Path,
) -> None:
    labelled, root = bench(tmp_path), tmp_path / "store"
    entry = JudgeSettings.model_validate({"judge": "rating", "model": "toy", "pointwise": True})
    subjects = list(each_response(labelled.views, entry.build()))
    numbers = [int(one.responses[0].text) for one in subjects]
    said = ["no" if n == 7 else f'{{"critique":"c","rating":{5 - n % 2}}}' for n in numbers]
    asked = [request for one in subjects for request in requests_about(one, entry, PRICED)]
    replies = list(zip(asked, said, strict=True))
    ran = run_judges(
        labelled,
        [entry],
        models={"toy": PRICED},
        answer=answered_files(root, replies),
        store=CompletionStore(root),
        beam=BEAM,
    )
    assert (ran.n_asked, ran.judgments.num_rows) == (8, 4)
    right = dict(zip(*(labelled.gold[c].to_pylist() for c in ("item_id", "verdict")), strict=True))
    found = {row["item_id"]: row["verdict"] for row in ran.judgments.to_pylist()}
    unread = {i for i, verdict in found.items() if verdict == "invalid"}
    assert len(unread) == 1 and {i: found[i] for i in found.keys() - unread} == {
        i: right[i] for i in right.keys() - unread
    }
    (one,) = evaluate(ran.judgments, labelled.gold, labelled.items, layout="rewardbench").judges
    # Two responses, each asked about once, one token read and one generated.
    assert one.both_orders is None
    assert one.cost.money == pytest.approx(1000 * 2 * 5 / 1e6)
    assert one.cost.tokens_read == 2000


def test_a_verifier_is_scored_like_a_judge_and_what_it_cannot_judge_is_a_reject(
    tmp_path: Path,
) -> None:
    labelled = bench(tmp_path)
    ran = run_judges(
        labelled,
        [VerifierSettings(verifier="form"), VerifierSettings(verifier="reference_overlap")],
        models={},
        answer=answered_files(tmp_path / "store", []),
        store=CompletionStore(tmp_path / "store"),
        beam=BEAM,
    )
    assert set(ran.judgments["annotator"].to_pylist()) == {"form@3"}
    assert ran.n_asked == ran.judgments.num_rows + len(ran.rejects) == 8
    assert {reject.reason for reject in ran.rejects} == {"no_reference"}


def test_a_judge_with_exemplars_is_shown_the_gold_of_other_prompts(tmp_path: Path) -> None:
    labelled, root = bench(tmp_path), tmp_path / "store"
    entry = JudgeSettings(judge="pairwise", model="toy", options={"exemplars": 1})
    gold = labelled.gold.rename_columns(["comparison_id", "verdict"]).to_pylist()
    staging = Staging(tmp_path / "run")
    staging.write(Gold, [Gold.model_validate({**row, "basis": "known"}) for row in gold])
    shown = shown_in(staging, labelled.views, entry)
    assert all(view.exemplars for view in shown)
    replies = [
        (posed.request, json.dumps({"critique": "c", "verdict": "tie"}))
        for posed in asked_of_pairs(shown, entry)
    ]
    ran = run_judges(
        labelled,
        [entry],
        models={"toy": TOY},
        answer=answered_files(root, replies),
        store=CompletionStore(root),
        beam=BEAM,
    )
    assert (ran.n_asked, ran.n_reused) == (8, 8)


@pytest.mark.engine
def test_the_stand_in_is_asked_once_and_found_worthless(
    tiny: ModelRef, tiny_engine: Engine, tmp_path: Path
) -> None:
    labelled, store = bench(tmp_path), CompletionStore(tmp_path / "store")
    entry = JudgeSettings(judge="pairwise", model="tiny", options={"max_critique_chars": 40})
    asking = partial(answer, store=store, beam=BEAM)

    def run():
        return run_judges(
            labelled, [entry], models={"tiny": tiny}, answer=asking, store=store, beam=BEAM
        )

    first, again = run(), run()
    assert (first.n_asked, first.n_reused, again.n_reused) == (8, 0, 8)
    assert first.judgments.drop_columns(["seconds"]) == again.judgments.drop_columns(["seconds"])
    (one,) = evaluate(first.judgments, labelled.gold, labelled.items, layout="rewardbench").judges
    assert one.cost.tokens_generated and one.cost.seconds
    assert one.accuracy and one.accuracy.low < 0.5
