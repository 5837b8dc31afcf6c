import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.pipelines.toy import (
    BEAM,
    PRICED,
    RUN,
    TOY,
    answer,
    answered_files,
    ask,
    asked_of_pairs,
    compare_two,
    reasons,
    shown_in,
    stage,
)
from winnow.pipelines.asking.answer import AnsweredRequests, AnswerRequests
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.labelling.exemplars import known_verdicts
from winnow.pipelines.labelling.settings import JudgeSettings, LabelSettings, VerifierSettings
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.steps.label import label
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

SKY = ask("Why is the sky blue?", reference="Because air scatters blue light most.")
SEA = ask("Why is the sea salt?")
GOOD, BAD = answer(SKY, "Because air scatters blue light."), answer(SKY, "No idea, sorry.")
SALT, SAND = answer(SEA, "Rivers bring salt."), answer(SEA, "Sand.")
PAIRWISE = JudgeSettings(judge="pairwise", model="toy")
OVERLAP = VerifierSettings(verifier="reference_overlap")


def reply(verdict: str) -> str:
    return json.dumps({"critique": f"I say {verdict}", "verdict": verdict})


def canned(root: Path, staging: Staging, verdicts: Sequence[str]) -> AnswerRequests:
    posed = asked_of_pairs(read_views(staging), PAIRWISE)
    pairs = zip(posed, verdicts, strict=False)
    return answered_files(root, [(p.request, reply(v)) for p, v in pairs])


def run_label(
    staging: Staging, settings: Sequence[JudgeSettings | VerifierSettings], answers: AnswerRequests
) -> StageCount:
    return label(staging, settings, RUN, models={"toy": TOY}, answer=answers, beam=BEAM)


def of_comparisons(staging: Staging) -> list[Judgment]:
    said = Judgment.from_table(staging.read(Judgment))
    return [judgment for judgment in said if judgment.subject_kind == "comparison"]


def test_a_judge_that_always_says_first_contradicts_itself(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, compare_two(GOOD, BAD))
    answers = canned(tmp_path / "store", staging, ["first", "first"])
    count = run_label(staging, [PAIRWISE], answers)
    judgments = Judgment.from_table(staging.read(Judgment))
    assert (count.n_in, count.n_out, count.n_reused) == (2, 2, 2)
    assert {(j.order, j.verdict) for j in judgments} == {("ab", "a"), ("ba", "b")}
    assert {j.annotator_id for j in judgments} == {"pairwise@1:toy"}
    assert all(j.request_id and j.rationale == "I say first" for j in judgments)


@pytest.mark.parametrize(("model", "cost"), [(TOY, None), (PRICED, 5 / 1e6)], ids=["no", "yes"])
def test_a_judgment_costs_what_its_reply_did_where_a_price_is_set(
    tmp_path: Path, model: ModelRef, cost: float | None
) -> None:
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, compare_two(GOOD, BAD))
    answers = canned(tmp_path / "store", staging, ["first", "second"])
    label(staging, [PAIRWISE], RUN, models={"toy": model}, answer=answers, beam=BEAM)
    assert [j.cost for j in Judgment.from_table(staging.read(Judgment))] == [cost, cost]


def test_who_looks_on_is_told_which_judge_of_how_many_asks(tmp_path: Path) -> None:
    told: list[str] = []

    def listening(
        requests: RequestFolder,
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> AnsweredRequests:
        told.append(asking)
        return answers(requests, model=model, stored_only=stored_only)

    staging = stage(tmp_path / "run", SKY, GOOD, BAD, compare_two(GOOD, BAD))
    answers = canned(tmp_path / "store", staging, ["first", "second"])
    hot = JudgeSettings(judge="pairwise", model="toy", temperature=0.5)
    posed = asked_of_pairs(read_views(staging), hot)
    answered_files(tmp_path / "store", [(p.request, reply("first")) for p in posed])
    run_label(staging, [PAIRWISE, OVERLAP, hot], listening)
    assert told == ["judge 1 of 2: pairwise@1 asks toy", "judge 2 of 2: pairwise@1 asks toy"]


def test_both_orders_of_a_comparison_are_asked_one_after_the_other(tmp_path: Path) -> None:
    staging = stage(
        tmp_path, SKY, SEA, GOOD, BAD, SALT, SAND, compare_two(GOOD, BAD), compare_two(SALT, SAND)
    )
    posed = asked_of_pairs(read_views(staging), PAIRWISE)
    assert [p.order for p in posed] == ["ab", "ba", "ab", "ba"]
    assert posed[0].view.comparison_id == posed[1].view.comparison_id


def test_one_order_alone_can_be_asked(tmp_path: Path) -> None:
    staging = stage(tmp_path, SKY, GOOD, BAD, compare_two(GOOD, BAD))
    one = JudgeSettings(judge="pairwise", model="toy", orders="ba")
    assert [p.order for p in asked_of_pairs(read_views(staging), one)] == ["ba"]


def test_an_unreadable_reply_is_an_invalid_judgment_and_no_reject(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, compare_two(GOOD, BAD))
    answers = canned(tmp_path / "store", staging, ["neither", "tie"])
    count = run_label(staging, [PAIRWISE], answers)
    judgments = {j.order: j for j in Judgment.from_table(staging.read(Judgment))}
    assert count.rejects == ()
    assert (judgments["ab"].verdict, judgments["ba"].verdict) == ("invalid", "tie")
    assert judgments["ab"].rationale == reply("neither")


def test_a_judge_that_thinks_first_is_read_behind_its_thought(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, compare_two(GOOD, BAD))
    posed = asked_of_pairs(read_views(staging), PAIRWISE)
    thought = f"<think>\nPerhaps {reply('second')}?\n</think>\n\n{reply('tie')}"
    run_label(
        staging, [PAIRWISE], answered_files(tmp_path / "s", [(p.request, thought) for p in posed])
    )
    assert {j.verdict for j in Judgment.from_table(staging.read(Judgment))} == {"tie"}


def test_a_verifier_prefers_the_response_and_says_the_numbers(tmp_path: Path) -> None:
    comparison = compare_two(GOOD, BAD)
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, comparison)
    run_label(staging, [OVERLAP], answered_files(tmp_path / "store", []))
    (judgment,) = of_comparisons(staging)
    better = "a" if comparison.response_ids[0] == GOOD.response_id else "b"
    assert (judgment.verdict, judgment.annotator_id) == (better, "reference_overlap@1")
    assert judgment.order is None
    assert judgment.rationale.startswith("chrf to the reference: a ")


def test_a_verifier_measures_a_response_once_however_many_comparisons_it_stands_in(
    tmp_path: Path,
) -> None:
    third = answer(SKY, "Ask a physicist.")
    pairs = [compare_two(GOOD, BAD), compare_two(GOOD, third), compare_two(BAD, third)]
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, third, *pairs)
    counts = run_label(staging, [OVERLAP], answered_files(tmp_path / "store", []))
    said = Judgment.from_table(staging.read(Judgment))
    of_responses = [j for j in said if j.subject_kind == "response"]
    assert sorted(j.subject_id for j in of_responses) == sorted(
        r.response_id for r in (GOOD, BAD, third)
    )
    scores = {j.subject_id: {r.attribute: r.score for r in j.ratings} for j in of_responses}
    assert scores[GOOD.response_id]["chrf"] > scores[BAD.response_id]["chrf"]
    assert {j.comparison_id for j in said if j.verdict} == {c.comparison_id for c in pairs}
    assert (counts.n_in, counts.n_out) == (3, 3)


def test_what_a_verifier_doubts_of_one_response_counts_against_preferring_it(
    tmp_path: Path,
) -> None:
    says_much_twice = answer(SKY, "quick, sly, quick, sly, " * 20)
    loops = answer(SKY, "I do not know this at all. " * 9)
    staging = stage(
        tmp_path / "run", SKY, says_much_twice, loops, compare_two(says_much_twice, loops)
    )
    run_label(staging, [VerifierSettings(verifier="form")], answered_files(tmp_path / "store", []))
    (judgment,) = of_comparisons(staging)
    assert "fails repetitive" in judgment.rationale
    assert (judgment.verdict, judgment.annotator_id) == ("tie", "form@3")


def test_a_prompt_without_a_reference_is_rejected_by_name(tmp_path: Path) -> None:
    comparison = compare_two(SALT, SAND)
    staging = stage(tmp_path / "run", SEA, SALT, SAND, comparison)
    count = run_label(staging, [OVERLAP], answered_files(tmp_path / "store", []))
    assert (count.n_in, count.n_out) == (1, 0)
    record_id = f"reference_overlap@1 {comparison.comparison_id}"
    assert reasons(staging, "label") == {record_id: "no_reference"}


THIRD = answer(SKY, "Air.")
GROUP = Comparison(
    prompt_id=SKY.prompt_id,
    response_ids=(GOOD.response_id, BAD.response_id, THIRD.response_id),
    strategy="imported",
)


def test_a_group_of_three_is_judged_as_three_pairs(tmp_path: Path) -> None:
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, THIRD, GROUP, compare_two(GOOD, BAD))
    for _ in range(2):
        count = run_label(staging, [OVERLAP], answered_files(tmp_path / "store", []))
        assert (count.n_in, count.n_out) == (3, 3)
        assert staging.n_rows(Comparison) == 4
    judged = {j.comparison_id for j in of_comparisons(staging)}
    pairs = ((GOOD, BAD), (GOOD, THIRD), (BAD, THIRD))
    assert judged == {compare_two(*pair).comparison_id for pair in pairs}


def ranked(*best_first: str) -> Judgment:
    return Judgment(
        comparison_id=GROUP.comparison_id,
        annotator_id="human:ada",
        kind="human",
        verdict="tie",
        ranking=best_first or None,
    )


def test_a_ready_ranking_of_a_group_counts_for_each_pair_and_stays(tmp_path: Path) -> None:
    ranking = ranked(GOOD.response_id, THIRD.response_id, BAD.response_id)
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, THIRD, GROUP, ranking)
    count = run_label(staging, [], answered_files(tmp_path / "store", []))
    assert (count.n_in, count.n_out) == (3, 3)
    said = {j.comparison_id: j for j in Judgment.from_table(staging.read(Judgment))}
    assert said.pop(GROUP.comparison_id) == ranking
    for better, worse in ((GOOD, THIRD), (THIRD, BAD), (GOOD, BAD)):
        pair = compare_two(better, worse)
        verdict = said[pair.comparison_id].verdict
        assert pair.response_ids["ab".index(verdict)] == better.response_id


def test_a_ready_judgment_of_a_group_that_ranks_nobody_is_rejected(tmp_path: Path) -> None:
    mute = ranked()
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, THIRD, GROUP, mute)
    count = run_label(staging, [], answered_files(tmp_path / "store", []))
    assert (count.n_in, count.n_out) == (1, 0)
    assert reasons(staging, "label") == {mute.judgment_id: "no_ranking"}


def test_judgments_that_the_input_brought_stay(tmp_path: Path) -> None:
    comparison = compare_two(GOOD, BAD)
    human = Judgment(
        comparison_id=comparison.comparison_id, annotator_id="ann", kind="human", verdict="a"
    )
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, comparison, human)
    count = run_label(staging, [OVERLAP], answered_files(tmp_path / "store", []))
    assert (count.n_in, count.n_out, len(of_comparisons(staging))) == (1, 1, 2)


def test_where_nobody_labels_no_text_is_read(tmp_path: Path) -> None:
    pair = compare_two(GOOD, BAD)
    ready = Judgment(subject_id=pair.comparison_id, annotator_id="ann", kind="human", verdict="a")
    staging = stage(tmp_path / "run", SKY, GOOD, BAD, pair, ready)
    staging.path(Response, "read").write_bytes(b"what cannot be read")
    count = run_label(staging, [], answered_files(tmp_path / "store", []))
    assert (count.n_in, count.n_out) == (0, 0)
    assert staging.read(Judgment).num_rows == 1


def test_settings_of_a_judge_stand_beside_its_name_and_mark_the_annotator() -> None:
    (entry,) = TypeAdapter(LabelSettings).validate_python(
        [{"judge": "pairwise", "model": "toy", "guidelines": "- Short wins."}]
    )
    assert isinstance(entry, JudgeSettings)
    assert entry.options == {"guidelines": "- Short wins."}
    assert entry.annotator_id.startswith("pairwise@1:toy#")


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ([{"jugde": "pairwise"}], "an entry needs one of the keys 'judge' and 'verifier'"),
        ([{"verifier": "form"}, {"verifier": "form"}], "form@3 stands twice; leave one out"),
        ([{"verifier": "form", "x": 1}], "form has no setting 'x'; its settings: min_chars,"),
        ([{"verifier": "form", "min_chars": -1}], "min_chars of form is -1, wanted"),
    ],
)
def test_wrong_entries_are_named(entries: list[dict[str, object]], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        TypeAdapter(LabelSettings).validate_python(entries)


def test_an_unknown_judge_is_named_with_the_known_ones() -> None:
    with pytest.raises(
        ValidationError,
        match=r"no judge named 'pairwse' \(did you mean 'pairwise'\?\); known judges: .*pairwise",
    ):
        JudgeSettings(judge="pairwse", model="toy")
    with pytest.raises(ValidationError, match="no judge named 'pairwise@9'"):
        JudgeSettings(judge="pairwise@9", model="toy")


def test_a_judge_with_exemplars_reads_the_runs_gold_but_never_that_of_the_prompt(
    tmp_path: Path,
) -> None:
    sky, sea = compare_two(GOOD, BAD), compare_two(SALT, SAND)
    person = Judgment(
        comparison_id=sky.comparison_id,
        annotator_id="ann",
        kind="human",
        verdict="a",
        rationale="It says why.",
    )
    staging = stage(tmp_path, SKY, SEA, GOOD, BAD, SALT, SAND, sky, sea, person)
    staging.write(Gold, [Gold(comparison_id=sky.comparison_id, verdict="a", basis="checked")])
    entry = JudgeSettings(judge="pairwise", model="toy", options={"exemplars": 2})
    assert entry.annotator_id != PAIRWISE.annotator_id
    shown = shown_in(staging, read_views(staging), entry)
    pages = {
        p.view.prompt.prompt_id: p.request.messages[-1].text() for p in asked_of_pairs(shown, entry)
    }
    assert "It says why." in pages[SEA.prompt_id]
    assert "<example-" not in pages[SKY.prompt_id]


def test_gold_that_contradicts_itself_makes_no_exemplar(tmp_path: Path) -> None:
    sky = compare_two(GOOD, BAD)
    staging = stage(tmp_path, SKY, GOOD, BAD, sky)
    told = [Gold(comparison_id=sky.comparison_id, verdict=v, basis=v) for v in ("a", "b")]
    staging.write(Gold, told)
    assert known_verdicts(staging) == {}
