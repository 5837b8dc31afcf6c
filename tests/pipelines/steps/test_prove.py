"""Rubrics are proven by judges on comparisons that they were not derived from."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from tests.pipelines.toy import (
    BEAM,
    RUN,
    TOY,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    reasons,
    rubric,
    stage,
)
from winnow.annotation.rubrics.standing import in_force
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.when import When
from winnow.pipelines.rubrics.holding_out import held_out
from winnow.pipelines.steps import ProveStep, StepContext
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import CriterionVerdict, Gold, Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

TOPICS = [
    "rivers",
    "kings",
    "moons",
    "bees",
    "salt",
    "iron",
    "snow",
    "chess",
    "bread",
    "clocks",
    "glass",
    "tides",
    "roads",
    "wolves",
    "maps",
    "silk",
]
CITES, POLITE, LOOSE = "Source", "Dear reader", "more or less"
RUBRIC_JUDGE = JudgeSettings(judge="rubric", model="toy", options={"unproven": True})
PAIR_JUDGE = JudgeSettings(
    judge="pairwise", model="toy", options={"rubric": True, "unproven": True}
)


class Model(StoredModel):
    """Finds a criterion met where the response holds its words; without a rubric it takes what is shown first."""

    def __init__(self, root: Path) -> None:
        def reply(request: ChatRequest) -> Completion:
            page = str(request.messages[-1].content)
            criteria = re.findall(r"<(c\d+)-\w+>\n(.*)\n</c", page)
            if "<response-" not in page:
                return completion(request, json.dumps(_of_two(page, criteria)))
            said = {
                name: {
                    "evidence": "",
                    "verdict": "yes" if text in _shown(page, "response") else "no",
                }
                for name, text in criteria
            }
            return completion(request, json.dumps(said))

        super().__init__(root, reply)


class Writer(Model):
    """Judges as `Model`, and derives from two responses what the better one says, or always the same."""

    def __init__(self, root: Path, *, follows_labels: bool) -> None:
        super().__init__(root)
        judged = self.reply

        def reply(request: ChatRequest) -> Completion:
            page = str(request.messages[-1].content)
            found = re.search(r"The (first|second) response was found better", page)
            if found is None:
                return judged(request)
            is_cited = CITES in _shown(page, found[1]) or not follows_labels
            text, quote = (CITES, "a book") if is_cited else (LOOSE, "are what they are")
            said = {"hard_rules": [], "principles": [{"quote": quote, "criterion": text}]}
            return completion(request, json.dumps(said))

        self.reply = reply


def _shown(page: str, name: str) -> str:
    return page.split(f"<{name}-")[1].split(f"</{name}-")[0]


def _of_two(page: str, criteria: list[Any]) -> dict[str, Any]:
    sides = {name: _shown(page, name) for name in ("first", "second")}
    met = {
        name: [side for side, shown in sides.items() if text in shown] for name, text in criteria
    }
    one_sided = [sides[0] for sides in met.values() if len(sides) == 1]
    verdict = "first" if not criteria else one_sided[0] if one_sided else "tie"
    said: dict[str, Any] = {"critique": "", "verdict": verdict}
    if criteria:
        names = {0: "neither", 2: "both"}
        said = {"criteria": {n: names.get(len(m)) or m[0] for n, m in met.items()}, **said}
    return said


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    """16 prompts, of each of which the answer with a source is better; every other answer is polite."""
    records: list[Any] = []
    gold = []
    for i, topic in enumerate(TOPICS):
        prompt = ask(f"What should one know about {topic}?", domain=("even", "odd")[i % 2])
        polite = [f"{POLITE}, " * ((i // 2) % 2), f"{POLITE}, " * ((i // 4) % 2)]
        good = answer(prompt, f"{polite[0]}{topic} matter. {CITES}: a book.")
        poor = answer(prompt, f"{polite[1]}{topic} are what they are, more or less.")
        pair = compare_two(good, poor)
        verdict = "a" if pair.response_ids[0] == good.response_id else "b"
        records += [prompt, good, poor, pair]
        gold.append(Gold(comparison_id=pair.comparison_id, verdict=verdict, basis="toy"))
    staging = stage(tmp_path / "staging", *records)
    staging.write(Gold, gold)
    return staging


def give(staging: Staging, *records: Record) -> None:
    for kind in (Rubric, Criterion, CriterionSource):
        staging.write(kind, [r for r in records if isinstance(r, kind)], part="given")


def prove(staging: Staging, model: StoredModel, **settings: Any) -> tuple[StageCount, list[str]]:
    lines: list[str] = []
    at = StepContext(
        staging,
        RUN,
        "prove",
        models={"toy": TOY},
        answer=model.answer,
        beam=BEAM,
        say=lines.append,
        warn=lines.append,
    )
    (count,) = ProveStep(**settings).work(at)
    return count, lines


def proofs(staging: Staging) -> dict[tuple[str, str | None, str | None], Proof]:
    found = Proof.from_table(staging.read(Proof))
    return {(p.rubric_id, p.criterion_id, p.annotator_id): p for p in found}


def test_judges_prove_what_predicts_the_labels_and_refuse_what_does_not(
    staging: Staging, tmp_path: Path
) -> None:
    give(staging, *rubric("good", CITES), *rubric("polite", POLITE))
    count, lines = prove(staging, Model(tmp_path), judges=(RUBRIC_JUDGE, PAIR_JUDGE))
    found = proofs(staging)
    assert {key: p.reason for key, p in found.items() if key[2] is None} == {
        ("good", None, None): None,
        ("good", f"good-{CITES}", None): None,
        ("polite", None, None): "not_above_chance",
        ("polite", f"polite-{POLITE}", None): "not_above_chance",
    }
    assert (count.n_in, count.n_out, count.unit) == (4, 2, "rubrics and criteria")
    assert reasons(staging, "prove") == {
        "polite": "not_above_chance",
        f"polite-{POLITE}": "not_above_chance",
    }
    good = found["good", None, None]
    assert (good.n_comparisons, good.n_tried) == (16, 2)
    assert good.gain is not None
    assert good.gain.value == 0.5  # without a rubric the model takes what is shown first
    by_pairs = found["good", None, PAIR_JUDGE.annotator_id]
    assert by_pairs.both_orders is not None
    assert by_pairs.both_orders.value == 1
    assert found["good", None, RUBRIC_JUDGE.annotator_id].both_orders is None
    said = "+25.0 points by rubrics (+15.3 to +34.7): right in 75.0 %, without in 50.0 %, of 32"
    judges = (PAIR_JUDGE, RUBRIC_JUDGE)
    assert lines == [f"  prove      {judge.annotator_id}: {said}" for judge in judges]


def test_nothing_is_asked_twice_and_the_same_is_proven(staging: Staging, tmp_path: Path) -> None:
    give(staging, *rubric("good", CITES))
    model = Model(tmp_path)
    prove(staging, model, judges=(RUBRIC_JUDGE,))
    first, n_asked = staging.read(Proof), len(model.asked)
    count, _ = prove(staging, model, judges=(RUBRIC_JUDGE,))
    assert (len(model.asked), count.n_reused) == (n_asked, n_asked)
    assert staging.read(Proof) == first
    assert not staging.n_rows(Judgment)


def test_judgments_that_are_there_prove_without_asking_anybody(
    staging: Staging, tmp_path: Path
) -> None:
    give(staging, *rubric("good", CITES), *rubric("unseen", POLITE))
    said = [
        Judgment(
            comparison_id=gold["comparison_id"],
            annotator_id="someone@1:model",
            kind="llm",
            order=order,
            verdict=gold["verdict"],
            rubric_id="good",
        )
        for gold in staging.read(Gold).to_pylist()
        for order in ("ab", "ba")
    ]
    staging.write(Judgment, said, part="recorded")
    model = Model(tmp_path)
    prove(staging, model)
    assert not model.asked
    assert proofs(staging)["good", None, None].is_kept
    assert reasons(staging, "prove")["unseen"] == "not_judged"


def test_verdicts_of_people_on_a_criterion_are_held_against_those_of_judges(
    staging: Staging, tmp_path: Path
) -> None:
    give(staging, *rubric("good", CITES))
    responses = staging.read(Response, ("response_id", "text")).to_pylist()
    said = [
        Judgment(
            subject_kind="response",
            subject_id=row["response_id"],
            annotator_id="human:ann",
            kind="human",
            criteria=(
                CriterionVerdict(
                    response_id=row["response_id"],
                    criterion_id=f"good-{CITES}",
                    verdict="no" if CITES in row["text"] else "yes",
                ),
            ),
        )
        for row in responses[:6]
    ]
    staging.write(Judgment, said, part="people")
    prove(staging, Model(tmp_path), judges=(RUBRIC_JUDGE,), without=False)
    proof = proofs(staging)["good", f"good-{CITES}", None]
    assert proof.people_agreement is not None
    assert (proof.reason, proof.people_agreement.value, proof.people_agreement.n) == (
        "people_disagree",
        0,
        6,
    )


def test_what_a_rubric_was_derived_from_proves_nothing_of_it(
    staging: Staging, tmp_path: Path
) -> None:
    held = held_out(staging).to_prove("all").to_pylist()
    assert 2 < len(held) < 14
    source = CriterionSource(criterion_id=f"derived-{CITES}", kind="comparison", subject_id=held[0])
    give(staging, *rubric("derived", CITES, derived_from="helpful@1"), source)
    prove(staging, Model(tmp_path), judges=(RUBRIC_JUDGE,), without=False)
    assert proofs(staging)["derived", None, None].n_comparisons == len(held) - 1
    edited = rubric("edited", CITES, derived_from="helpful@1", replaces="derived")
    give(staging, *rubric("derived", CITES, derived_from="helpful@1"), source, *edited)
    prove(staging, Model(tmp_path), judges=(RUBRIC_JUDGE,), without=False)
    assert {key[0] for key in proofs(staging)} == {"edited"}
    assert proofs(staging)["edited", None, None].n_comparisons == len(held) - 1


def verdict_on(response_id: str, criterion_id: str, **more: Any) -> Judgment:
    said = CriterionVerdict(response_id=response_id, criterion_id=criterion_id, verdict="no")
    return Judgment.model_validate(
        {"subject_kind": "response", "subject_id": response_id, "criteria": [said], "kind": "llm"}
        | more
    )


@pytest.mark.parametrize("is_taken_back", [False, True], ids=["stands", "taken_back"])
def test_what_words_about_one_response_derived_is_not_proven_on_that_response(
    staging: Staging, tmp_path: Path, is_taken_back: bool
) -> None:
    held = held_out(staging).to_prove("all").to_pylist()
    pairs = staging.read(Comparison, ("comparison_id", "response_ids")).to_pylist()
    said_of = next(row["response_ids"][0] for row in pairs if row["comparison_id"] == held[0])
    said = Judgment(
        subject_kind="response", subject_id=said_of, annotator_id="human:ann", kind="human"
    )
    later = said.model_copy(update={"supersedes": said.judgment_id, "judgment_id": "later"})
    staging.write(Judgment, [said, *[later] * is_taken_back], part="people")
    source = CriterionSource(
        criterion_id=f"derived-{CITES}", kind="judgment", subject_id=said.judgment_id
    )
    give(staging, *rubric("derived", CITES, derived_from="helpful@1"), source)
    prove(staging, Model(tmp_path), judges=(RUBRIC_JUDGE,), without=False)
    assert proofs(staging)["derived", None, None].n_comparisons == len(held) - 1


def test_what_was_read_from_the_words_a_criterion_was_drawn_from_is_no_judges_verdict_on_it(
    staging: Staging, tmp_path: Path
) -> None:
    criterion = f"good-{CITES}"
    drawn = CriterionSource(
        criterion_id=criterion, kind="judgment", subject_id="words", request_id="asked"
    )
    give(staging, *rubric("good", CITES), drawn)
    read = [
        verdict_on(one, criterion, annotator_id="feedback@1:toy", request_id="asked")
        for one in staging.read(Response, ("response_id",))["response_id"].to_pylist()
    ]
    staging.write(Judgment, read, part="derive")
    prove(staging, Model(tmp_path), judges=(RUBRIC_JUDGE,), without=False)
    found = proofs(staging)
    assert {key[2] for key in found if key[2]} == {RUBRIC_JUDGE.annotator_id}
    assert found["good", criterion, None].judge_agreement is None
    assert found["good", criterion, None].people_agreement is None


def test_the_rubric_of_another_prompt_that_serves_as_well_leaves_no_gain(
    staging: Staging, tmp_path: Path
) -> None:
    give(staging, *rubric("even", CITES, domain="even"), *rubric("odd", CITES, domain="odd"))
    prove(staging, Model(tmp_path), judges=(PAIR_JUDGE,))
    assert proofs(staging)["even", None, None].is_kept
    prove(staging, Model(tmp_path), judges=(PAIR_JUDGE,), control=True)
    proof = proofs(staging)["even", None, None]
    assert proof.reason == "no_gain"
    assert proof.detail == (
        "accuracy +0.0 points beside judging with the rubric of another prompt (+0.0 to +0.0), "
        "which what adds nothing does in 100 %, wanted 5 % at most"
    )


def test_several_samples_are_asked_for_by_themselves(staging: Staging, tmp_path: Path) -> None:
    give(staging, *rubric("good", CITES))
    warm = RUBRIC_JUDGE.model_copy(update={"temperature": 0.7})
    model = Model(tmp_path)
    prove(staging, model, judges=(warm,), without=False, samples=3)
    assert sorted({r.sample_index for r in model.asked}) == [0, 1, 2]
    assert len(model.asked) == 3 * 32
    with pytest.raises(ValueError, match=r"judges\[0\] has temperature 0"):
        ProveStep(judges=(RUBRIC_JUDGE,), samples=3)


def test_a_judge_that_knows_no_rubric_cannot_prove_one() -> None:
    with pytest.raises(ValueError, match="judges by no rubric"):
        ProveStep(judges=(JudgeSettings(judge="pairwise", model="toy"),))


def test_a_judge_that_is_shown_one_order_cannot_prove_a_rubric() -> None:
    with pytest.raises(ValueError, match=r"judges\[0\] is shown one order"):
        ProveStep(judges=(PAIR_JUDGE.model_copy(update={"orders": "ab"}),))


def test_a_judge_that_is_asked_only_of_some_cannot_prove_a_rubric() -> None:
    with pytest.raises(ValueError, match=r"judges\[0\] has a when, but is asked everywhere here"):
        ProveStep(judges=(RUBRIC_JUDGE.model_copy(update={"when": When(domain=("code",))}),))


def test_a_baseline_that_names_nobody_is_said_so(staging: Staging, tmp_path: Path) -> None:
    give(staging, *rubric("good", CITES))
    _, lines = prove(staging, Model(tmp_path), baselines={"someone@1:model": "nobody"})
    assert any("baselines" in line and "nobody, someone@1:model" in line for line in lines)


def test_judging_without_a_rubric_asks_only_about_what_is_tried(
    staging: Staging, tmp_path: Path
) -> None:
    give(staging, *rubric("even", CITES, domain="even"))
    prompt = Prompt.from_table(staging.read(Prompt).filter(pc.field("domain") == "even"))[0]
    more = answer(prompt, "Something else altogether, which nobody has judged.")
    first = Response.from_table(
        staging.read(Response).filter(pc.field("prompt_id") == prompt.prompt_id)
    )[0]
    staging.write(Response, [more], part="more")
    staging.write(Comparison, [compare_two(first, more)], part="more")
    model = Model(tmp_path)
    prove(staging, model, judges=(PAIR_JUDGE,))
    without = [r for r in model.asked if "<c1-" not in str(r.messages[-1].content)]
    assert len(without) == 2 * 8


def test_votes_by_a_part_of_a_rubric_prove_nothing_of_the_whole(
    staging: Staging, tmp_path: Path
) -> None:
    give(staging, *rubric("good", CITES, POLITE))
    pairs = staging.read(Comparison, ("comparison_id", "response_ids")).to_pylist()
    sides = {row["comparison_id"]: row["response_ids"] for row in pairs}

    def said(named: tuple[str, ...]) -> list[Judgment]:
        return [
            Judgment(
                comparison_id=gold["comparison_id"],
                annotator_id="someone@1:model",
                kind="llm",
                order=order,
                verdict=gold["verdict"],
                rubric_id="good",
                criteria=tuple(
                    CriterionVerdict(response_id=side, criterion_id=f"good-{text}", verdict="yes")
                    for text in named
                    for side in sides[gold["comparison_id"]]
                ),
            )
            for gold in staging.read(Gold).to_pylist()
            for order in ("ab", "ba")
        ]

    staging.write(Judgment, said((CITES,)), part="recorded")
    prove(staging, Model(tmp_path))
    assert proofs(staging)["good", None, None].both_orders is None
    staging.write(Judgment, said((CITES, POLITE)), part="recorded")
    prove(staging, Model(tmp_path))
    assert proofs(staging)["good", None, None].is_kept


def test_what_cannot_be_read_says_nothing_of_whether_a_criterion_applies(
    staging: Staging, tmp_path: Path
) -> None:
    give(staging, *rubric("good", CITES))
    responses = staging.read(Response, ("response_id",))["response_id"].to_pylist()
    said = [
        Judgment(
            subject_kind="response",
            subject_id=response_id,
            annotator_id="someone@1:model",
            kind="llm",
            rubric_id="good",
            criteria=(
                CriterionVerdict(
                    response_id=response_id,
                    criterion_id=f"good-{CITES}",
                    verdict="invalid" if i % 2 else "yes",
                ),
            ),
        )
        for i, response_id in enumerate(responses)
    ]
    staging.write(Judgment, said, part="recorded")
    prove(staging, Model(tmp_path))
    applies = proofs(staging)["good", f"good-{CITES}", None].applies
    assert applies is not None
    assert (applies.value, applies.n) == (1, 16)


def test_nobody_is_asked_about_a_rubric_of_which_nothing_is_left(
    staging: Staging, tmp_path: Path
) -> None:
    refused = {"is_kept": False, "reason": "over_cap", "n_comparisons": 0, "run_id": "r"}
    gone = Proof(rubric_id="gone", criterion_id=f"gone-{CITES}", **refused)  # type: ignore[arg-type]
    give(staging, *rubric("gone", CITES), *rubric("good", CITES))
    staging.write(Proof, [gone], part="merge")
    model = Model(tmp_path)
    prove(staging, model, judges=(RUBRIC_JUDGE,), without=False)
    assert {key[0] for key in proofs(staging)} >= {"good"}
    assert ("gone", None, None) not in proofs(staging)


def test_of_two_steps_in_a_run_what_the_later_one_keeps_is_in_force(
    staging: Staging, tmp_path: Path
) -> None:
    give(staging, *rubric("good", CITES))
    model, strict = Model(tmp_path), ProveStep(judges=(RUBRIC_JUDGE,), gain=0.9)
    again = ProveStep(judges=(RUBRIC_JUDGE,))
    at = StepContext(staging, RUN, "prove", models={"toy": TOY}, answer=model.answer, beam=BEAM)
    strict.work(at)
    assert not proofs(staging)["good", None, None].is_kept
    again.work(replace(at, stage="prove-2", before=(strict,)))
    stored = Proof.from_table(staging.read(Proof))
    whole = [p for p in stored if (p.criterion_id, p.annotator_id) == (None, None)]
    assert sorted((p.step, p.is_kept) for p in whole) == [(1, False), (2, True)]
    views = in_force(
        Rubric.from_table(staging.read(Rubric)), Criterion.from_table(staging.read(Criterion)), (), stored
    )  # fmt: skip
    assert [view.rubric.rubric_id for view in views] == ["good"]


FLIPPED = {"by": "contrast", "model": "toy", "reach": "all"}


def give_wide(staging: Staging) -> None:
    """Give a derived rubric for everything of two criteria, of which one predicts the labels."""
    wide = Rubric(rubric_id="wide", name="wide", source="contrast@1:toy", derived_from="before")
    texts = {"cites": CITES, "polite": POLITE}
    give(
        staging,
        wide,
        *(
            Criterion(criterion_id=i, rubric_id="wide", kind="checklist", text=text, source="toy")
            for i, text in texts.items()
        ),
    )


def controlled(staging: Staging, model: StoredModel) -> tuple[Proof, list[str]]:
    _, lines = prove(
        staging, model, judges=(RUBRIC_JUDGE,), flipped=FLIPPED, share=0.5, without=False
    )
    return proofs(staging)["wide", None, None], lines


def test_criteria_from_exchanged_labels_stand_beside_the_rubric_and_are_not_kept(
    staging: Staging, tmp_path: Path
) -> None:
    give_wide(staging)
    proof, lines = controlled(staging, Writer(tmp_path, follows_labels=True))
    assert proof.controls is not None
    assert (proof.controls.n_flipped, proof.controls.flipped_overlap) == (1, 0)
    (first, _) = proof.controls.sizes
    assert first.best is not None
    assert first.flipped is not None
    assert (first.best.value, first.flipped.value) == (1, 0)
    assert not [line for line in lines if "exchanged labels" in line]
    assert staging.read(Rubric)["rubric_id"].to_pylist() == ["wide"]
    assert {one.rubric_id for one in Proof.from_table(staging.read(Proof))} == {"wide"}


def test_a_writer_that_ignores_the_labels_is_told_by_its_exchanged_ones(
    staging: Staging, tmp_path: Path
) -> None:
    give_wide(staging)
    proof, lines = controlled(staging, Writer(tmp_path, follows_labels=False))
    assert proof.controls is not None
    assert proof.controls.flipped_overlap == 1
    assert proof.controls.sizes[0].flipped is not None
    assert proof.controls.sizes[0].flipped.value == 1
    assert lines[-1] == (
        "100 % of the criteria that contrast@1 derives from exchanged labels are those that the labels bring forth as well: "
        "they tell what the model likes, whatever the label"
    )


@pytest.mark.parametrize(
    ("flipped", "said"),
    [
        ({"by": "checklist", "model": "toy", "reach": "all"}, "flipped.by is 'checklist', which"),
        ({"by": "contrast", "model": "toy"}, "flipped.reach is 'prompt', of which too little"),
    ],
)
def test_what_gives_nothing_to_compare_is_refused(flipped: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ProveStep(judges=(RUBRIC_JUDGE,), flipped=flipped)


def test_exchanged_labels_need_a_judge_of_criteria() -> None:
    with pytest.raises(ValueError, match="flipped needs a judge that judges criterion by"):
        ProveStep(judges=(PAIR_JUDGE,), flipped=FLIPPED)
