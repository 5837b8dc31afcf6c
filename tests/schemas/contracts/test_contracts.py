import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests import toy
from winnow.schemas.base import Record
from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.comparisons import Comparison
from winnow.schemas.contracts import CONTRACTS
from winnow.schemas.cycles import Cycle
from winnow.schemas.effects import FilterEffect
from winnow.schemas.heard import Anchor, Heard
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.panel_turns import PanelTurn
from winnow.schemas.preferences import Preference
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionSource, MeasuredFigure, Proof, Rubric
from winnow.schemas.sampled import Sampled
from winnow.schemas.selections import Selection
from winnow.schemas.shortcuts import Shortcut
from winnow.schemas.strengths import Standing, Strength
from winnow.warehouse.audit import audit
from winnow.warehouse.staging import Staging

Rows = list[dict[str, Any]]
Break = Callable[[Rows], Rows]
NAN = math.nan
BEST, MIDDLE, WORST, _, CURT = (r.response_id for r in toy.responses())
FOREIGN_VOTE = toy.judgments()[-1].judgment_id
CALL = {"name": "weigh", "arguments": "{}", "id": None}
RATING = {"attribute": "help", "score": 1.0}


def twice(rows: Rows) -> Rows:
    return [*rows, rows[0]]


def parent_of_itself(rows: Rows) -> Rows:
    return [{**rows[0], "parent_id": rows[0]["response_id"]}, *rows[1:]]


def first(**changes: Any) -> Break:
    return lambda rows: [{**rows[0], **changes}, *rows[1:]]


def every(**changes: Any) -> Break:
    return lambda rows: [{**row, **changes} for row in rows]


def of_response(**changes: Any) -> Break:
    about = {"subject_kind": "response", "subject_id": BEST, "comparison_id": None, "verdict": None}
    return first(**{**about, "order": None, **changes})


def swapped(rows: Rows) -> Rows:
    sides = {"chosen_id": rows[0]["rejected_id"], "rejected_id": rows[0]["chosen_id"]}
    return first(**sides)(rows)


def copied(**changes: Any) -> Break:
    return lambda rows: [*rows, {**rows[0], **changes}]


def say(content: str | None) -> Rows:
    return [
        {"role": "user", "content": content, "parts": [], "tool_calls": [], "tool_call_id": None}
    ]


def cycle(**changes: Any) -> Break:
    links = [c.comparison_id for c in toy.comparisons()]
    sound = {
        "run_id": toy.RUN_ID,
        "comparison_id": links[0],
        "prompt_id": toy.prompts()[0].prompt_id,
        "response_ids": [BEST, MIDDLE, WORST],
        "comparison_ids": links,
        "evidence": [1.0, 2.0, 3.0],
    }
    return lambda _: [{**sound, **changes}]


def sampled(**changes: Any) -> Break:
    counts = {"n_requests": 6, "n_failed": 1, "n_unfinished": 1, "n_responses": 4}
    parts = {"n_empty": 0, "n_cut_off": 1, "n_with_thought": 4, "n_end_unknown": 0}
    of = {"run_id": toy.RUN_ID, "stage": "sample", "model": "tiny", "model_revision": ""}
    sound = {**of, **counts, **parts}
    return lambda _: [{**sound, **changes}]


def selected(**changes: Any) -> Break:
    of = {"run_id": toy.RUN_ID, "name": "weak", "subjects": "responses"}
    return lambda _: [{**of, "subject_id": BEST, "place": 1, **changes}]


def told(**changes: Any) -> Break:
    of = {"judgment_id": toy.judgments()[0].judgment_id, "model": "tiny", "text": "a", "note": ""}
    opening = {**of, "turn": 1, "round": 1, "role": "member 1", "saw": [], "request_id": "r1"}
    answer = {**opening, "turn": 2, "round": 2, "saw": [1], "request_id": "r2", "verdict": "a"}
    return lambda _: [{**opening, "ratings": []}, {**answer, "ratings": [], **changes}]


def combined(**changes: Any) -> Break:
    sound = {
        "run_id": toy.RUN_ID,
        "judgment_id": toy.judgments()[0].judgment_id,
        "verdict": "a",
        "why": "safety 5 against 1",
    }
    return lambda _: [{**sound, **changes}]


def heard(**changes: Any) -> Break:
    return lambda _: [
        {"run_id": toy.RUN_ID, "judgment_id": toy.judgments()[0].judgment_id, **changes}
    ]


def anchored(**changes: Any) -> Break:
    sound = {"run_id": toy.RUN_ID, "comparison_id": COMPARED, "verdict": "a", "basis": "exam"}
    return lambda _: [{**sound, **changes}]


def strength(**changes: Any) -> Break:
    sound = {
        "run_id": toy.RUN_ID,
        "prompt_id": toy.prompts()[0].prompt_id,
        "response_id": BEST,
        "strength": 0.5,
        "n_won": 1,
        "n_tied": 1,
        "n_lost": 0,
        "win_rate": 0.75,
        "rank": 1,
        "n_ranked": 3,
        "n_comparisons": 2,
    }
    return lambda _: [{**sound, **changes}]


def effect(**changes: Any) -> Break:
    counts = {name: 2 for name in FilterEffect.model_fields if name.startswith("n_")}
    row = {"run_id": "r", "position": 1, "filter": "margin", "threshold": 0.1, "target": None}
    return lambda rows: [*rows, {**row, **counts, **changes}]


def standing(**changes: Any) -> Break:
    sound = {
        "run_id": toy.RUN_ID,
        "model": "toy-writer",
        "part": 0,
        "n_prompts": 2,
        "n_comparisons": 3,
        "n_won": 2,
        "n_tied": 1,
        "n_lost": 2,
        "tie_rate": 0.2,
        "win_rate": 0.5,
        "win_rate_low": 0.4,
        "win_rate_high": 0.6,
        "label_win_rate": 0.5,
        "label_win_rate_low": 0.3,
        "label_win_rate_high": 0.7,
        "strength": 0.0,
        "strength_low": -0.5,
        "strength_high": 0.5,
    }
    return lambda _: [{**sound, **changes}]


COMPARED = toy.comparisons()[0].comparison_id
BREAKS: list[tuple[type[Record], str, type[Record], Break]] = [
    (Prompt, "no prompt comes twice", Prompt, twice),
    (Prompt, "a prompt has a message where anybody knows an answer to it", Prompt, first(messages=[])),
    (Prompt, "a prompt is not empty", Prompt, first(messages=say(" \n"))),
    (Prompt, "every role is a known one", Prompt, first(messages=[{**say("x")[0], "role": "bot"}])),
    (Prompt, "tools are JSON", Prompt, first(tools="{")),
    (Prompt, "metadata is a JSON object", Prompt, first(metadata="[4]")),
    (Response, "no response comes twice", Response, twice),
    (Response, "the prompt of a response exists", Response, first(prompt_id="x")),
    (Response, "a response without a text holds nothing else", Response, first(text=None, tool_calls=[CALL])),
    (Response, "samples are counted from 0", Response, first(sample_index=-1)),
    (Response, "tokens are counted from 0", Response, first(n_tokens=-1)),
    (Response, "the finish reason is a known one", Response, first(finish_reason="x")),
    (Response, "how a response was made is a known way", Response, first(made="x")),
    (Response, "the response that another was made from exists, and is another", Response, first(parent_id="x")),
    (Response, "the response that another was made from exists, and is another", Response, parent_of_itself),
    (Response, "steps begin in turns of the response, each after the one before", Response, first(steps=[{"turn": 1, "character": 0}])),
    (Response, "steps begin in turns of the response, each after the one before", Response, first(steps=[{"turn": 0, "character": c} for c in (4, 0)])),
    (Response, "a log-probability is a number up to 0", Response, first(logprob=NAN)),
    (Response, "a log-probability is a number up to 0", Response, first(logprob=0.5)),
    (Comparison, "no comparison comes twice", Comparison, twice),
    (Comparison, "the prompt of a comparison exists", Comparison, first(prompt_id="x")),
    (Comparison, "a comparison has two responses or more", Comparison, first(response_ids=[BEST])),
    (Comparison, "responses stand in the order of their ids, none twice", Comparison, first(response_ids=sorted([BEST, MIDDLE])[::-1])),
    (Comparison, "responses stand in the order of their ids, none twice", Comparison, first(response_ids=[BEST, BEST])),
    (Comparison, "the responses of a comparison exist", Comparison, first(response_ids=[BEST, "x"])),
    (Comparison, "the responses of a comparison answer its prompt", Comparison, first(response_ids=[BEST, CURT])),
    (Rubric, "no rubric comes twice", Rubric, twice),
    (Rubric, "the prompt of a rubric exists", Rubric, first(prompt_id="x")),
    (Rubric, "a rubric has a criterion", Criterion, every(rubric_id="x")),
    (Criterion, "no criterion comes twice", Criterion, twice),
    (Criterion, "the rubric of a criterion exists", Criterion, first(rubric_id="x")),
    (Criterion, "the kind is a known one", Criterion, first(kind="x")),
    (Criterion, "a criterion says something", Criterion, first(text=" ")),
    (Criterion, "a weight is a finite number", Criterion, first(weight=NAN)),
    (Criterion, "a validity lies in 0..1", Criterion, first(validity=1.5)),
    (Criterion, "a validity lies in 0..1", Criterion, first(validity=NAN)),
    (Criterion, "the importance is a known one", Criterion, first(importance="x")),
    (Criterion, "what a criterion requires exists", Criterion, first(requires=["x"])),
    (CriterionSource, "no source comes twice", CriterionSource, twice),
    (CriterionSource, "the criterion of a source exists", CriterionSource, first(criterion_id="x")),
    (CriterionSource, "the kind of a source is a known one", CriterionSource, first(kind="x")),
    (CriterionSource, "a source says what it is", CriterionSource, first(subject_id=" ")),
    (Proof, "no proof comes twice", Proof, twice),
    (Proof, "the rubric of a proof exists", Proof, first(rubric_id="x")),
    (Proof, "the criterion of a proof exists", Proof, first(criterion_id="x")),
    (Proof, "the reason of a proof is a known one", Proof, first(reason="x")),
    (Proof, "what is not kept has a reason, and nothing else has one", Proof, every(reason=None)),
    (Proof, "counts of a proof are possible", Proof, first(n_tried=0)),
    (Proof, "an accuracy lies in 0..1", Proof, first(accuracy=MeasuredFigure(value=1.5).model_dump())),
    (Sampled, "a model stands once in a step of a run", Sampled, lambda rows: twice(sampled()(rows))),
    (Sampled, "all requests are of one run", Sampled, lambda rows: [*sampled()(rows), *sampled(run_id="x")(rows)]),
    (Sampled, "every request failed, ended within a thought, or became a response", Sampled, sampled(n_failed=0)),
    (Sampled, "a part of the responses is no more than all", Sampled, sampled(n_cut_off=5)),
    (Selection, "a selection names a subject once", Selection, lambda rows: twice(selected()(rows))),
    (Selection, "all selections are of one run", Selection, lambda rows: [*selected()(rows), *selected(run_id="x")(rows)]),
    (Selection, "a selection is of a known kind", Selection, selected(subjects="judges")),
    (Selection, "what was selected exists", Selection, selected(subject_id="nowhere")),
    (Judgment, "no judgment comes twice", Judgment, twice),
    (Judgment, "the comparison of a judgment exists", Judgment, first(comparison_id="x")),
    (Judgment, "what was judged exists", Judgment, first(subject_id="x")),
    (Judgment, "what was judged exists", Judgment, of_response(subject_id="x")),
    (Judgment, "what was judged exists", Judgment, of_response(subject_kind="step", subject_id=BEST)),
    (Judgment, "the kind of subject is a known one", Judgment, first(subject_kind="x")),
    (Judgment, "a judgment names one subject", Judgment, first(comparison_id=None)),
    (Judgment, "a judgment names one subject", Judgment, of_response(comparison_id="x")),
    (Judgment, "a comparison gets a verdict, or a ranking", Judgment, first(verdict=None)),
    (Judgment, "only of a comparison is said which response is better", Judgment, of_response(verdict="a")),
    (Judgment, "only of a comparison is said which response is better", Judgment, of_response(strength=1)),
    (Judgment, "a judgment names responses of its subject only", Judgment, of_response(ratings=[{**RATING, "response_id": WORST}])),
    (Judgment, "the rubric of a judgment exists", Judgment, first(rubric_id="x")),
    (Judgment, "a ranking holds the responses of its comparison", Judgment, first(ranking=[BEST, WORST])),
    (Judgment, "ranks go up from 1, one for each response that is ranked", Judgment, first(ranking=[BEST, WORST], ranks=[2, 1])),
    (Judgment, "all that is ranked answers one prompt", Judgment, first(ranking=[BEST, MIDDLE, CURT])),
    (Judgment, "a judgment names responses of its subject only", Judgment, first(ratings=[{**RATING, "response_id": WORST}])),
    (Judgment, "a judgment says who judged", Judgment, first(annotator_id=" ")),
    (Judgment, "the kind is a known one", Judgment, first(kind="x")),
    (Judgment, "the order is a known one", Judgment, first(order="x")),
    (Judgment, "the verdict is a known one", Judgment, first(verdict="x")),
    (Judgment, "a strength lies in -3..3", Judgment, first(strength=4)),
    (Judgment, "a probability lies in 0..1", Judgment, first(probability=-0.5)),
    (Judgment, "a probability lies in 0..1", Judgment, first(probability=NAN)),
    (PanelTurn, "a turn stands once on the way to a judgment", PanelTurn, lambda rows: twice(told()(rows))),
    (PanelTurn, "the judgment that turns led to exists", PanelTurn, told(judgment_id="gone")),
    (PanelTurn, "turns and rounds are counted from 1", PanelTurn, told(turn=0)),
    (PanelTurn, "a turn saw turns of rounds before its own alone", PanelTurn, told(saw=[2])),
    (PanelTurn, "a turn saw turns of rounds before its own alone", PanelTurn, told(round=1)),
    (PanelTurn, "a turn saw turns of rounds before its own alone", PanelTurn, told(saw=[3])),
    (PanelTurn, "a turn says who spoke, and with which model", PanelTurn, told(role=" ")),
    (PanelTurn, "a turn names its completion", PanelTurn, told(request_id="")),
    (PanelTurn, "the verdict is a known one", PanelTurn, told(verdict="c")),
    (Gold, "no gold verdict comes twice", Gold, twice),
    (Gold, "the comparison of a gold verdict exists", Gold, first(comparison_id="x")),
    (Gold, "a gold verdict is a, b or tie", Gold, first(verdict="invalid")),
    (Label, "a comparison has one label a run", Label, twice),
    (Label, "the comparison of a label exists", Label, first(comparison_id="x")),
    (Label, "all labels are of one run", Label, first(run_id="x")),
    (Label, "p_a lies in 0..1", Label, first(p_a=1.5)),
    (Label, "p_b lies in 0..1", Label, first(p_b=-0.5)),
    (Label, "p_tie lies in 0..1", Label, first(p_tie=NAN)),
    (Label, "p_a, p_b and p_tie sum to 1", Label, first(p_tie=0.06)),
    (Label, "p_a, p_b and p_tie sum to 1", Label, first(p_a=NAN)),
    (Label, "the lower end of an interval lies in 0..1", Label, first(low=-0.5)),
    (Label, "the upper end of an interval lies in 0..1", Label, first(high=NAN)),
    (Label, "the lower end of an interval is not above the upper one", Label, first(low=0.6, high=0.5)),
    (Label, "an agreement lies in 0..1", Label, first(agreement=2.0)),
    (Label, "judgments are counted from 0", Label, first(n_judgments=-1)),
    (Annotator, "an annotator is measured once a run", Annotator, twice),
    (Annotator, "all annotators are of one run", Annotator, first(run_id="x")),
    (Annotator, "an annotator belongs to a group once", Annotator, first(groups=["x", "x"])),
    (Annotator, "a group has a name", Annotator, first(groups=[" "])),
    (Annotator, "the kind is a known one", Annotator, first(kind="x")),
    (Annotator, "judgments are counted from 0", Annotator, first(n_judgments=-1)),
    (Annotator, "invalid judgments are counted from 0", Annotator, first(n_invalid=-1)),
    (Annotator, "no more judgments are invalid than were given", Annotator, first(n_invalid=7)),
    (Annotator, "an order consistency lies in 0..1", Annotator, first(order_consistency=1.1)),
    (Annotator, "a position bias lies in -0.5..0.5", Annotator, first(position_bias=0.6)),
    (Annotator, "an accuracy lies in 0..1", Annotator, first(accuracy=NAN)),
    (Annotator, "a gold accuracy lies in 0..1", Annotator, first(gold_accuracy=-0.1)),
    (Annotator, "gold comparisons are counted from 0", Annotator, first(n_gold=-1)),
    (Annotator, "a weight is a finite number", Annotator, first(weight=math.inf)),
    (Annotator, "a model has a name", Annotator, first(model=" ")),
    (Annotator, "a version is no less than 0", Annotator, first(annotator_version=-1)),
    (Heard, "a judgment is heard once a run", Heard, lambda rows: twice(heard()(rows))),
    (Heard, "all judgments that were heard are of one run", Heard, lambda rows: [*heard()(rows), *heard(run_id="x")(rows)]),
    (Heard, "a judgment that was heard exists", Heard, heard(judgment_id="x")),
    (Anchor, "a gold verdict anchors once a run", Anchor, lambda rows: twice(anchored()(rows))),
    (Anchor, "all anchors are of one run", Anchor, lambda rows: [*anchored()(rows), *anchored(run_id="x")(rows)]),
    (Anchor, "the comparison of an anchor exists", Anchor, anchored(comparison_id="x")),
    (Anchor, "an anchor is a, b or tie", Anchor, anchored(verdict="invalid")),
    (CombinedVerdict, "the ratings of a judgment are combined once a run", CombinedVerdict, lambda rows: twice(combined()(rows))),
    (CombinedVerdict, "all combined verdicts are of one run", CombinedVerdict, lambda rows: [*combined()(rows), *combined(run_id="x")(rows)]),
    (CombinedVerdict, "the judgment of a combined verdict exists", CombinedVerdict, combined(judgment_id="x")),
    (CombinedVerdict, "what is combined was rated", CombinedVerdict, combined()),
    (CombinedVerdict, "the verdict is a known one", CombinedVerdict, combined(verdict="x")),
    (Cycle, "a comparison breaks one cycle a run", Cycle, lambda rows: twice(cycle()(rows))),
    (Cycle, "all cycles are of one run", Cycle, lambda rows: [*cycle()(rows), *cycle(run_id="x")(rows)]),
    (Cycle, "the prompt of a cycle exists", Cycle, cycle(prompt_id="x")),
    (Cycle, "a cycle has three responses or more", Cycle, cycle(response_ids=[BEST, MIDDLE])),
    (Cycle, "no response stands in a cycle twice", Cycle, cycle(response_ids=[BEST, MIDDLE, BEST])),
    (Cycle, "each link of a cycle has a comparison and its evidence", Cycle, cycle(evidence=[1.0, 2.0])),
    (Cycle, "the comparison that breaks a cycle is its first link", Cycle, cycle(comparison_id=toy.comparisons()[1].comparison_id)),
    (Cycle, "a cycle is broken where evidence is least", Cycle, cycle(evidence=[2.0, 1.0, 3.0])),
    (Cycle, "a cycle is broken where evidence is least", Cycle, cycle(evidence=[1.0, NAN, 3.0])),
    (Cycle, "the comparison of a link compares its two responses", Cycle, cycle()),
    (Cycle, "the comparison of a link has a label", Cycle, cycle(comparison_ids=[COMPARED, "x", "y"])),
    (Cycle, "each response of a cycle beats the next by the label", Cycle, cycle(response_ids=[MIDDLE, BEST, WORST])),
    (Strength, "a response has one strength a run", Strength, lambda rows: twice(strength()(rows))),
    (Strength, "all strengths are of one run", Strength, lambda rows: [*strength()(rows), *strength(run_id="x")(rows)]),
    (Strength, "the response of a strength exists and answers its prompt", Strength, strength(response_id="x")),
    (Strength, "the response of a strength exists and answers its prompt", Strength, strength(response_id=CURT)),
    (Strength, "a strength is a finite number", Strength, strength(strength=NAN)),
    (Strength, "a win rate lies in 0..1", Strength, strength(win_rate=NAN)),
    (Strength, "a win rate is that of the verdicts counted", Strength, strength(n_lost=1)),
    (Strength, "a win rate is that of the verdicts counted", Strength, strength(n_won=None)),
    (Strength, "a rank is one of the places there are", Strength, strength(rank=4)),
    (Strength, "three responses or more are ranked", Strength, strength(n_ranked=2)),
    (Strength, "a strength rests on a comparison", Strength, strength(n_comparisons=0)),
    (Standing, "a model has one standing a run", Standing, lambda rows: twice(standing()(rows))),
    (Standing, "all standings are of one run", Standing, lambda rows: [*standing()(rows), *standing(run_id="x")(rows)]),
    (Standing, "the model of a standing has a response", Standing, standing(model="x")),
    (Standing, "a win rate lies in 0..1", Standing, standing(win_rate=1.2)),
    (Standing, "an interval holds what it is of", Standing, standing(win_rate_low=0.55)),
    (Standing, "an interval holds what it is of", Standing, standing(strength_high=NAN)),
    (Standing, "an interval holds what it is of", Standing, standing(label_win_rate=None)),
    (Standing, "a win rate is that of the verdicts counted", Standing, standing(n_tied=3, n_lost=1)),
    (Standing, "a tie rate lies in 0..1", Standing, standing(tie_rate=NAN)),
    (Standing, "a strength is a finite number", Standing, standing(strength=math.inf)),
    (Standing, "a standing rests on a prompt", Standing, standing(n_prompts=0)),
    (Standing, "each prompt has a comparison", Standing, standing(n_comparisons=1)),
    (FilterEffect, "a filter's place is taken once a run", FilterEffect, lambda rows: twice(effect()(rows))),
    (FilterEffect, "all filter effects are of one run", FilterEffect, lambda rows: [*effect()(rows), *effect(run_id="x")(rows)]),
    (FilterEffect, "a filter's place is counted from 1", FilterEffect, effect(position=0)),
    (FilterEffect, "a filter keeps no more labels than there are", FilterEffect, effect(n_kept=99)),
    (FilterEffect, "no more gold labels are right than there are", FilterEffect, effect(n_right_without=99)),
    (Preference, "no preference comes twice", Preference, twice),
    (Preference, "a comparison is published once", Preference, copied(preference_id="x")),
    (Preference, "chosen and rejected are two responses", Preference, first(chosen_id=BEST, rejected_id=BEST)),
    (Preference, "chosen and rejected differ in what they say, unless tied", Response, every(text="same")),
    (Preference, "the prompt of a preference exists", Preference, first(prompt_id="x")),
    (Preference, "the prompt of a preference is not empty", Prompt, every(messages=say(None))),
    (Preference, "the comparison of a preference exists", Preference, first(comparison_id="x")),
    (Preference, "a preference and its comparison have one prompt", Preference, every(prompt_id=toy.prompts()[0].prompt_id)),
    (Preference, "chosen and rejected exist", Preference, first(rejected_id="x")),
    (Preference, "chosen and rejected are known", Response, every(text=None)),
    (Preference, "chosen and rejected are of the comparison", Preference, first(rejected_id=WORST)),
    (Preference, "chosen is the likelier one by the label", Preference, swapped),
    (Preference, "a preference rests on evidence", Preference, first(evidence=[])),
    (Preference, "the evidence of a preference exists", Preference, first(evidence=["x"])),
    (Preference, "the evidence of a preference is about its comparison", Preference, first(evidence=[FOREIGN_VOTE])),
    (Preference, "no unreadable judgment counts as evidence", Judgment, every(verdict="invalid")),
    (Preference, "a confidence lies in 0..1", Preference, first(confidence=1.1)),
    (Preference, "a margin lies in 0..1", Preference, first(margin=NAN)),
    (Preference, "a length-controlled margin lies in -1..1", Preference, first(length_controlled_margin=-1.1)),
    (Preference, "a length-controlled margin lies in -1..1", Preference, first(length_controlled_margin=NAN)),
    (Preference, "the split is a known one", Preference, first(split="dev")),
    (Preference, "all preferences of one prompt are in one split", Preference, copied(preference_id="x", split="test")),
    (Preference, "prompts that nearly say the same are in one split", Preference, lambda rows: [rows[0] | {"near_group": "x"}, rows[0] | {"near_group": "x", "preference_id": "x", "split": "test"}]),
    (Preference, "a prompt keeps the split that earlier releases gave it", Preference, copied(release="older@1", preference_id="x", split="test")),
    (Shortcut, "a shortcut is measured once a run", Shortcut, twice),
    (Shortcut, "all shortcuts are of one run", Shortcut, first(run_id="x")),
    (Shortcut, "the shortcut is a known one", Shortcut, first(shortcut="x")),
    (Shortcut, "a shortcut is measured on every decided preference", Preference, every(is_tied=True)),
    (Shortcut, "preferences that differ are counted from 0", Shortcut, first(n_differ=-1)),
    (Shortcut, "no more preferences differ than there are", Shortcut, first(n_differ=3)),
    (Shortcut, "no more preferences have gold than there are", Shortcut, first(n_gold=3)),
    (Shortcut, "the accuracy of a shortcut lies in 0..1", Shortcut, first(accuracy=NAN)),
    (Shortcut, "the accuracy lies in its interval, and that in 0..1", Shortcut, first(low=1.5)),
    (Shortcut, "the accuracy lies in its interval, and that in 0..1", Shortcut, first(high=NAN)),
    (Shortcut, "an area under the curve lies in 0..1", Shortcut, first(auc=NAN)),
    (Shortcut, "an accuracy on gold lies in 0..1", Shortcut, first(gold_accuracy=-0.5)),
    (Shortcut, "an accuracy on gold comes from gold", Shortcut, first(n_gold=0)),
    (Shortcut, "an excess over gold lies in -1..1", Shortcut, first(excess=NAN)),
    (Shortcut, "the threshold of a warning lies in 0.5..1", Shortcut, first(threshold=0.4)),
    (Shortcut, "the finding is a known one", Shortcut, first(finding="x")),
    (Shortcut, "what occurs nowhere does not warn", Shortcut, first(finding="absent", is_warning=True)),
    (Reject, "a stage rejects a record once, for one reason", Reject, copied(reason="other")),
    (Reject, "all rejects are of one run", Reject, copied(run_id="x")),
    (Reject, "the stage is the name of a step", Reject, first(stage="the last one")),
    (Reject, "a reject has a reason", Reject, first(reason="")),
    (Reject, "a rejected comparison is not published", Reject, first(record_id=COMPARED)),
]  # fmt: skip


def break_rows(staging: Staging, record: type[Record], change: Break) -> None:
    rows = change(staging.read(record).to_pylist())
    for file in staging.files(record):
        file.unlink()
    staging.write(record, pa.Table.from_pylist(rows, schema=record.arrow_schema()))


@pytest.mark.parametrize(
    ("record", "description", "broken", "change"),
    BREAKS,
    ids=[f"{i}-{record.table}-{what}" for i, (record, what, _, _) in enumerate(BREAKS)],
)
def test_a_row_that_breaks_an_expectation_fails_it(
    tmp_path: Path, record: type[Record], description: str, broken: type[Record], change: Break
) -> None:
    staging = toy.stage(tmp_path)
    break_rows(staging, broken, change)
    result = audit(staging, contracts=[c for c in CONTRACTS if c.record is record])
    assert description in {check.description for check in result.failures}


def test_every_expectation_has_a_row_that_breaks_it() -> None:
    stated = {(c.record.table, e.description) for c in CONTRACTS for e in c.expectations()}
    assert stated == {(record.table, description) for record, description, _, _ in BREAKS}


def test_the_toy_run_keeps_every_contract(tmp_path: Path) -> None:
    result = audit(toy.stage(tmp_path))
    assert result.failures == []
    assert {check.contract for check in result.checks} == {c.record.table for c in CONTRACTS}


def test_a_tie_may_say_the_same_twice(tmp_path: Path) -> None:
    staging = toy.stage(tmp_path)
    break_rows(staging, Response, every(text="same"))
    break_rows(staging, Preference, every(is_tied=True))
    break_rows(staging, Shortcut, lambda rows: [])
    assert audit(staging).failures == []


def test_a_judgment_of_a_pair_may_hold_the_ranking_of_the_whole_group(tmp_path: Path) -> None:
    staging = toy.stage(tmp_path)
    break_rows(staging, Judgment, first(ranking=[WORST, MIDDLE, BEST]))
    assert audit(staging).failures == []
