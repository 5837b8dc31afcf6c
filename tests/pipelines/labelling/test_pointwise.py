"""A judge that looks at one response: asked once of it, heard in every comparison that it stands in."""

import json
import math
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from pydantic import ValidationError

from tests import toy
from tests.pipelines.judged import compute, recompute_from
from tests.pipelines.toy import (
    BEAM,
    PRICED,
    RUN,
    TOY,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    failing,
    reasons,
    stage,
)
from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.guard import annotators_asked
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.label import label
from winnow.pipelines.stored import stored_tables
from winnow.reports.terminal.summary import n_unread_replies
from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.comparisons import Comparison
from winnow.schemas.heard import Heard
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment, Rating
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.preferences import Preference
from winnow.schemas.runs import StageCount
from winnow.schemas.token_logprobs import TokenChoice, TokenLogprob
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

SKY, SEA = ask("Why is the sky blue?"), ask("Why is the sea salt?")
BEST, MIDDLE, WORST = (answer(SKY, text) for text in ("Scattering.", "The air.", "Paint."))
SALT, SAND = answer(SEA, "Rivers."), answer(SEA, "Sand.")
RESPONSES = (BEST, MIDDLE, WORST, SALT, SAND)
WORTH = {"Scattering.": 5, "The air.": 4, "Paint.": 1, "Rivers.": 3, "Sand.": 3}
GROUP = Comparison(
    prompt_id=SKY.prompt_id,
    response_ids=(BEST.response_id, MIDDLE.response_id, WORST.response_id),
    strategy="group",
)
PAIRS = [
    compare_two(*two) for two in ((BEST, MIDDLE), (BEST, WORST), (MIDDLE, WORST), (SALT, SAND))
]
JUDGE = JudgeSettings.model_validate({"judge": "rating", "model": "toy", "pointwise": True})


def by_worth(text: str) -> str:
    return json.dumps({"critique": "so", "rating": WORTH[text]}, separators=(",", ":"))


class Model(StoredModel):
    """Answers by a function of the response that it is shown."""

    def __init__(self, root: Path, reply: Any = by_worth, likely: Any = None) -> None:
        def answer_to(request: ChatRequest) -> Completion:
            (text,) = (text for text in WORTH if text in str(request.messages[-1].content))
            said = completion(request, reply(text))
            more = {"token_logprobs": likely(text)} if request.sampling.logprobs else {}
            return said.model_copy(update=more)

        super().__init__(root, answer_to)

    @property
    def pages(self) -> list[str]:
        """What it was shown."""
        return [str(request.messages[-1].content) for request in self.asked]


def labelled(
    root: Path,
    answers: StoredModel | AnswerRequests,
    entry: JudgeSettings = JUDGE,
    model: ModelRef = TOY,
) -> tuple[StageCount, Staging, list[Judgment]]:
    staging = stage(root / "run", SKY, SEA, *RESPONSES, GROUP, *PAIRS)
    count = label(
        staging,
        [entry],
        RUN,
        models={"toy": model},
        answer=getattr(answers, "answer", answers),
        beam=BEAM,
    )
    return count, staging, Judgment.from_table(staging.read(Judgment))


def test_each_response_is_asked_about_once_however_many_comparisons_it_stands_in(
    tmp_path: Path,
) -> None:
    model = Model(tmp_path / "store")
    count, _, judgments = labelled(tmp_path, model)
    assert len(model.pages) == len(RESPONSES)
    assert (count.n_in, count.n_out) == (5, 5)
    assert {(j.subject_kind, j.subject_id) for j in judgments} == {
        ("response", r.response_id) for r in RESPONSES
    }
    assert {(j.kind, j.order, j.verdict, j.comparison_id) for j in judgments} == {
        ("llm", None, None, None)
    }
    scores = {j.subject_id: [r.score for r in j.ratings] for j in judgments}
    assert scores == {r.response_id: [WORTH[r.text]] for r in RESPONSES}
    assert all(j.rationale == "so" and j.request_id for j in judgments)
    # The whole is asked again, and nothing is paid for twice.
    again, _, same = labelled(tmp_path, model)
    assert (len(model.pages), again.n_reused, same) == (5, 5, judgments)


def test_what_is_said_of_a_response_names_no_other(tmp_path: Path) -> None:
    model = Model(tmp_path / "store")
    labelled(tmp_path, model)
    for page in model.pages:
        assert sum(text in page for text in WORTH) == 1
        assert "<response-" in page and "first" not in page


def aggregated(staging: Staging, **settings: Any) -> dict[str, Judgment]:
    """Give what follows by comparison."""
    aggregate_judgments(staging, AggregateSettings.model_validate(settings), RUN)
    said = Judgment.from_table(staging.read(Judgment))
    return {j.comparison_id: j for j in said if j.comparison_id}


def better(pair: Comparison) -> str:
    texts = {r.response_id: r.text for r in RESPONSES}
    a, b = (WORTH[texts[i]] for i in pair.response_ids)
    return "tie" if a == b else "a" if a > b else "b"


def test_every_comparison_follows_from_what_was_said_of_its_responses(tmp_path: Path) -> None:
    _, staging, judgments = labelled(tmp_path, Model(tmp_path / "store"))
    followed = aggregated(staging)
    assert {i: j.verdict for i, j in followed.items()} == {
        pair.comparison_id: better(pair) for pair in PAIRS
    }
    assert {(j.annotator_id, j.order) for j in followed.values()} == {(JUDGE.annotator_id, None)}
    assert len(Label.from_table(staging.read(Label))) == len(PAIRS)
    (judge,) = Annotator.from_table(staging.read(Annotator))
    assert (judge.kind, judge.n_judgments, judge.order_consistency) == ("llm", 4, None)
    # What labels rest on is what was said of the responses, too.
    heard = set(staging.read(Heard)["judgment_id"].to_pylist())
    assert heard == {j.judgment_id for j in [*judgments, *followed.values()]}


def test_a_rule_makes_other_verdicts_of_the_same_ratings(tmp_path: Path) -> None:
    model = Model(tmp_path / "store")
    _, staging, _ = labelled(tmp_path, model)
    rule = {"of": "rating@*", "weights": {"quality": 1}, "tolerance": 1}
    aggregated(staging, combine=[rule])
    tied = {r.comparison_id for r in Label.from_table(staging.read(Label)) if r.p_tie > 0.5}
    assert tied >= {compare_two(BEST, MIDDLE).comparison_id}
    assert len(model.pages) == len(RESPONSES)


def test_a_rule_joins_a_verifiers_gate_to_what_the_judge_said_of_each_response(
    tmp_path: Path,
) -> None:
    _, staging, _ = labelled(tmp_path, Model(tmp_path / "store"))
    # The best response fails a check, whatever the judge thinks of it.
    checked = [
        Judgment(
            subject_kind="response",
            subject_id=r.response_id,
            annotator_id="form@2",
            kind="verifier",
            ratings=(Rating(response_id=r.response_id, attribute="form", score=-float(r is BEST)),),
        )
        for r in RESPONSES
    ]
    staging.write(Judgment, checked, part="checked")
    rule = {"of": "rating@*", "also": ["form@*"], "gates": {"form": 0}, "weights": {"quality": 1}}
    aggregate_judgments(staging, AggregateSettings.model_validate({"combine": [rule]}), RUN)
    said = Judgment.from_table(staging.read(Judgment))
    of_judge = {j.judgment_id: j.comparison_id for j in said if j.annotator_id != "form@2"}
    found = {
        of_judge[v.judgment_id]: v.verdict
        for v in CombinedVerdict.from_table(staging.read(CombinedVerdict))
    }
    for pair in PAIRS[:2]:
        assert found[pair.comparison_id] == "ba"[pair.response_ids.index(BEST.response_id)]
    assert found[PAIRS[2].comparison_id] == better(PAIRS[2])


def likely(text: str) -> tuple[TokenLogprob, ...]:
    """Say the rating with 0.75, and one less with 0.25."""
    score, lead = WORTH[text], '{"critique":"so","rating":'
    p = {str(score): 0.75, str(score - 1): 0.25}
    top = tuple(TokenChoice(token=t, logprob=math.log(q)) for t, q in p.items())
    return (
        TokenLogprob(token=lead, logprob=0.0),
        TokenLogprob(token=str(score), logprob=math.log(0.75), top=top),
        TokenLogprob(token="}", logprob=0.0),
    )


def test_ratings_carry_their_distribution_and_comparisons_the_probability_that_follows(
    tmp_path: Path,
) -> None:
    entry = JudgeSettings.model_validate(
        {"judge": "rating", "model": "toy", "pointwise": True, "probability": True}
    )
    model = Model(tmp_path / "store", likely=likely)
    _, staging, judgments = labelled(tmp_path, model, entry)
    assert len(model.pages) == len(RESPONSES)
    (rating,) = next(j for j in judgments if j.subject_id == BEST.response_id).ratings
    assert rating.expected == pytest.approx(4.75)
    assert [s.share for s in rating.distribution or ()] == pytest.approx([0, 0, 0, 0.25, 0.75])
    followed = aggregated(staging)
    # 5 or 4 against 4 or 3: equal with 0.25 x 0.75, and the better one is higher otherwise.
    pair = compare_two(BEST, MIDDLE)
    p_best = 1 - 0.25 * 0.75 / 2
    p_b = p_best if pair.response_ids[1] == BEST.response_id else 1 - p_best
    found = followed[pair.comparison_id]
    assert found.probability == pytest.approx(p_b)
    assert {r.response_id: r.expected for r in found.ratings} == {
        BEST.response_id: pytest.approx(4.75),
        MIDDLE.response_id: pytest.approx(3.75),
    }
    assert followed[PAIRS[3].comparison_id].probability == pytest.approx(0.5)


def test_an_unreadable_reply_is_one_invalid_judgment_and_makes_its_comparisons_invalid(
    tmp_path: Path,
) -> None:
    model = Model(tmp_path / "store", lambda text: "well" if text == BEST.text else by_worth(text))
    count, staging, judgments = labelled(tmp_path, model)
    assert count.n_out == 5
    (unread,) = (j for j in judgments if j.verdict)
    assert (unread.subject_id, unread.verdict, unread.rationale) == (
        BEST.response_id,
        "invalid",
        "well",
    )
    followed = aggregated(staging)
    assert {i: j.verdict for i, j in followed.items()} == {
        pair.comparison_id: "invalid" if BEST.response_id in pair.response_ids else better(pair)
        for pair in PAIRS
    }
    assert set(reasons(staging, "aggregate").values()) == {"no_readable_judgment"}
    (judge,) = Annotator.from_table(staging.read(Annotator))
    assert (judge.n_judgments, judge.n_invalid) == (4, 2)


def test_a_response_without_an_answer_is_one_reject_and_counted_for_its_judge(
    tmp_path: Path,
) -> None:
    model = Model(tmp_path / "store")

    broken = failing(model, lambda request: BEST.text in str(request.messages[-1].content))
    count, staging, _ = labelled(tmp_path, broken)
    assert (count.n_in, count.n_out) == (5, 4)
    record_id = f"{JUDGE.annotator_id} {BEST.response_id}"
    assert reasons(staging, "label") == {record_id: "engine_error"}
    (tally,) = annotators_asked(staging)
    assert (tally.who, tally.n, tally.failed) == (JUDGE.annotator_id, 5, (("out of memory", 1),))


def test_what_a_response_cost_stands_once(tmp_path: Path) -> None:
    _, staging, judgments = labelled(tmp_path, Model(tmp_path / "store"), model=PRICED)
    # One token read and one generated, at 2 and 3 a million.
    assert [j.cost for j in judgments] == [pytest.approx(5e-6)] * 5
    assert {j.cost for j in aggregated(staging).values()} == {None}


def test_what_was_said_of_responses_is_published_and_the_release_follows_from_it_again(
    tmp_path: Path,
) -> None:
    entry = JudgeSettings.model_validate(
        {"judge": "rating", "model": "toy", "pointwise": True, "probability": True}
    )
    model = Model(tmp_path / "store", likely=likely)
    _, staging, judgments = labelled(tmp_path, model, entry)
    run_id = content_id("run")
    compute(staging, run_id)
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        audited = audit(staging, warehouse)
        audited.raise_for_failures()
        name = publish(warehouse, staging, toy.run(run_id), "preferences", audited).release
        rows = warehouse.query("from judgments where subject_kind = 'response'")
        kept = {j.judgment_id: j for j in Judgment.from_table(rows)}
        assert kept == {j.judgment_id: j for j in judgments}
        votes = warehouse.query("from annotator_votes")
        assert set(votes["item_id"].to_pylist()) == {pair.comparison_id for pair in PAIRS}
        again = Staging(tmp_path / "again")
        recompute_from(stored_tables(warehouse, name), again, run_id, name)
        published = warehouse.query("from preferences").sort_by("preference_id")
        assert again.read(Preference).to_pylist() == published.to_pylist()
        assert published.num_rows > 1
        # Of what was said of the responses alone, with no comparison judged yet, it follows as well.
        tables = stored_tables(warehouse, name)
        alone = tables[Judgment].filter(pc.equal(tables[Judgment]["subject_kind"], "response"))
        afresh = Staging(tmp_path / "afresh")
        recompute_from({**tables, Judgment: alone}, afresh, run_id, name)
        assert afresh.read(Preference).to_pylist() == published.to_pylist()


def test_one_unreadable_reply_counts_once_whatever_comparisons_it_is_about(tmp_path: Path) -> None:
    model = Model(tmp_path / "store", lambda text: "well" if text == BEST.text else by_worth(text))
    _, staging, _ = labelled(tmp_path, model)
    run_id = content_id("run")
    compute(staging, run_id)
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        audited = audit(staging, warehouse)
        name = publish(warehouse, staging, toy.run(run_id), "preferences", audited).release
        assert n_unread_replies(warehouse, name) == 1


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (
            {"orders": "ab"},
            "orders is 'ab', but rating with these settings is asked about one response, which has no order; leave "
            "orders out",
        ),
        (
            {"min_difference": 2},
            "rating: min_difference is 2, but with pointwise no two responses are rated together; leave it out, and "
            "give a rule of aggregate.combine a tolerance instead",
        ),
    ],
    ids=["orders", "min_difference"],
)
def test_settings_that_are_about_two_responses_are_refused(more: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as error:
        JudgeSettings.model_validate({"judge": "rating", "model": "toy", "pointwise": True, **more})
    assert text in str(error.value)
