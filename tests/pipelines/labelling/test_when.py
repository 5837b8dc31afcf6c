"""Annotators that are asked only where the settings say, such as where a cheap judge is in doubt."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

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
    stage,
)
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import LabelSettings
from winnow.pipelines.labelling.when import When
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.label import label
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Label
from winnow.schemas.rejects import Reject
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

KINDS = ("sure", "torn", "tied", "mute")
"""What the small judge makes of a prompt: the same in both orders, the first shown, a tie, nothing readable."""
PROMPTS = [
    ask(f"Is this {kind}?", domain="code" if kind == "sure" else "prose", language="en",
        metadata=json.dumps({"level": n, "kind": kind}))
    for n, kind in enumerate(KINDS)
]  # fmt: skip
SIDES = {p.prompt_id: (answer(p, "Good one."), answer(p, "Bad one.")) for p in PROMPTS}
PAIRS = [compare_two(*SIDES[p.prompt_id]) for p in PROMPTS]
SMALL = {"judge": "pairwise", "model": "small"}
LARGE = {"judge": "pairwise", "model": "large"}


def reply(request: ChatRequest) -> Completion:
    page = str(request.messages[-1].content)
    first = "first" if page.find("Good one.") < page.find("Bad one.") else "second"
    kind = next(kind for kind in KINDS if f"Is this {kind}?" in page)
    said = {"sure": first, "torn": "first", "tied": "tie", "mute": "?"}[kind]
    if request.model == "large":
        said = first
    return completion(request, json.dumps({"critique": "c", "verdict": said}))


def both(request: ChatRequest) -> Completion:
    page = str(request.messages[-1].content)
    if "Good one." in page and "Bad one." in page:
        return reply(request)
    kind = next(kind for kind in KINDS if f"Is this {kind}?" in page)
    rating = 3 if kind == "tied" else 5 if "Good one." in page else 1
    return completion(request, json.dumps({"critique": "c", "rating": rating}))


def entries(*settings: dict[str, Any]) -> Any:
    return TypeAdapter(LabelSettings).validate_python(settings)


def labelled(
    root: Path, *settings: dict[str, Any], said: list[str] | None = None, **more: Any
) -> tuple[StageCount, Staging, StoredModel]:
    records = [one for pair in SIDES.values() for one in pair]
    staging = stage(root / "run", *PROMPTS, *records, *PAIRS)
    model = StoredModel(root / "store", both)
    models = {
        "small": TOY.model_copy(update={"name": "small", "model": "small"}),
        "large": PRICED.model_copy(update={"name": "large", "model": "large"}),
    }
    count = label(
        staging,
        entries(*settings),
        RUN,
        models=models,
        answer=model.answer,
        beam=BEAM,
        say=(said if said is not None else []).append,
        **more,
    )
    return count, staging, model


def asked_by(staging: Staging, annotator: str) -> set[str]:
    """Give the kinds of prompts that an annotator judged comparisons of."""
    kind = {pair.comparison_id: k for pair, k in zip(PAIRS, KINDS, strict=True)}
    judgments: Sequence[Judgment] = Judgment.from_table(staging.read(Judgment))
    return {
        kind[j.subject_id] for j in judgments if annotator in j.annotator_id and j.comparison_id
    }


def test_the_large_judge_is_asked_where_the_small_one_is_in_doubt_and_the_rest_is_counted(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    large = {**LARGE, "when": {"doubt_of": "pairwise:small"}}
    count, staging, model = labelled(tmp_path, SMALL, large, said=said)
    assert asked_by(staging, "large") == {"torn", "tied", "mute"}
    assert (count.n_in, count.n_out, len(model.asked)) == (16, 14, 14)
    assert (count.n_rejected, count.n_not_asked_for) == (0, 2)
    rejects = Reject.from_table(staging.read(Reject))
    assert {r.record_id.split()[1] for r in rejects} == {PAIRS[0].comparison_id}
    assert said == [
        "  label      pairwise@1:large: asked for 6 of 8 judgments, 2 not asked, which at its mean cost spares 1e-05"
    ]
    aggregate_judgments(staging, AggregateSettings(method="majority"), RUN)
    assert len(Label.from_table(staging.read(Label))) == 4


def test_whom_nobody_asks_twice_answers_from_the_store(tmp_path: Path) -> None:
    settings = SMALL, {**LARGE, "when": {"doubt_of": "pairwise:small"}}
    _, first, _ = labelled(tmp_path, *settings)
    count, again, model = labelled(tmp_path, *settings)
    assert not model.asked and count.n_reused == 14
    assert again.read(Judgment) == first.read(Judgment)


def test_how_sure_is_sure_enough_is_set(tmp_path: Path) -> None:
    large = {**LARGE, "when": {"doubt_of": "pairwise@1:small", "below": 0.51}}
    _, staging, _ = labelled(tmp_path, SMALL, large)
    assert asked_by(staging, "large") == {"torn", "tied", "mute"}


def test_a_verifier_and_a_judge_of_one_response_can_be_doubted(tmp_path: Path) -> None:
    one_by_one = {"judge": "rating", "model": "small", "pointwise": True}
    name = entries(one_by_one)[0].annotator_id
    _, staging, _ = labelled(tmp_path, one_by_one, {**LARGE, "when": {"doubt_of": name}})
    assert asked_by(staging, "large") == {"tied"}
    form = {"verifier": "form"}
    _, staging, _ = labelled(tmp_path / "2", form, {**LARGE, "when": {"doubt_of": "form"}})
    assert asked_by(staging, "large") == set(KINDS)  # all of them are ties for it


def test_what_was_said_in_a_step_before_counts(tmp_path: Path) -> None:
    _, staging, model = labelled(tmp_path, SMALL)
    models = {n: TOY.model_copy(update={"name": n, "model": n}) for n in ("small", "large")}
    settings = entries(SMALL, {**LARGE, "when": {"doubt_of": "pairwise:small"}})
    label(
        staging,
        settings,
        RUN,
        models=models,
        answer=model.answer,
        beam=BEAM,
        stage="label-2",
        stages_before=["label"],
    )
    assert asked_by(staging, "large") == {"torn", "tied", "mute"}


@pytest.mark.parametrize(
    ("when", "kinds"),
    [
        ({"domain": "code"}, {"sure"}),
        ({"domain": ["code", "prose"], "language": "en"}, set(KINDS)),
        ({"language": "de"}, set()),
        ({"metadata": {"level": 2}}, {"tied"}),
        ({"metadata": {"level": 2, "kind": "torn"}}, set()),
        ({"max_prompt_chars": 13}, {"sure", "torn", "tied", "mute"}),
        ({"max_prompt_chars": 12}, set()),
        ({"min_prompt_chars": 14}, set()),
    ],
)
def test_prompts_are_told_apart_by_what_they_are(
    tmp_path: Path, when: dict[str, Any], kinds: set[str]
) -> None:
    count, staging, _ = labelled(
        tmp_path, {**LARGE, "when": when}, {"verifier": "form", "when": when}
    )
    assert asked_by(staging, "large") == asked_by(staging, "form") == kinds
    assert (count.n_in, count.n_not_asked_for) == (12, 3 * (4 - len(kinds)))


def test_a_group_is_asked_about_where_one_of_its_pairs_is_in_doubt(tmp_path: Path) -> None:
    prompt = PROMPTS[1]
    good, bad = SIDES[prompt.prompt_id]
    third = answer(prompt, "Bad one. Really.")
    ids = (good.response_id, bad.response_id, third.response_id)
    group = Comparison(prompt_id=prompt.prompt_id, response_ids=ids, strategy="group")
    staging = stage(tmp_path / "run", prompt, good, bad, third, group)
    model = StoredModel(
        tmp_path / "store",
        lambda r: completion(
            r, '{"critique":"c","response_1":1,"response_2":2,"response_3":3}'
        ) if "response_3" in str(r.json_schema) else reply(r),
    )  # fmt: skip
    settings = entries(
        {"judge": "pairwise", "model": "toy"},
        {"judge": "ranking", "model": "toy", "when": {"doubt_of": "pairwise:toy"}},
    )
    count = label(staging, settings, RUN, models={"toy": TOY}, answer=model.answer, beam=BEAM)
    assert sum("response_3" in str(r.json_schema) for r in model.asked) == 2
    assert count.n_not_asked_for == 0


def test_what_cannot_be_doubted_is_said(tmp_path: Path) -> None:
    doubts = {**LARGE, "when": {"doubt_of": "pairwise:small"}}
    with pytest.raises(
        ValidationError, match=r"no such annotator among those asked before it \(none\)"
    ):
        entries(doubts, SMALL)
    twice = [SMALL, {**SMALL, "guidelines": "- Short wins."}, doubts]
    with pytest.raises(ValidationError, match="several of that name: give the whole name"):
        entries(*twice)
    with pytest.raises(ValidationError, match="verifiers measure before any judge is asked"):
        entries(SMALL, {"verifier": "form", "when": {"doubt_of": "pairwise:small"}})
    for wrong, why in (
        ({}, "when says nothing"),
        ({"domain": "x", "below": 0.7}, "doubt_of does not say whose"),
        ({"min_prompt_chars": 9, "max_prompt_chars": 3}, "no prompt fits"),
    ):
        with pytest.raises(ValidationError, match=why):
            When.model_validate(wrong)


def test_where_it_is_asked_is_no_part_of_who_it_is() -> None:
    plain, routed = entries(LARGE)[0], entries({**LARGE, "when": {"domain": "code"}})[0]
    assert plain.annotator_id == routed.annotator_id
    small, large = entries(SMALL, {**LARGE, "when": {"doubt_of": "pairwise:small"}})
    assert large.when.doubt_of == small.annotator_id
    assert entries(small.model_dump(), large.model_dump())[1] == large
