"""Probes at work over real judges with a planted weakness: the altered side wins where the judge falls for it, and nowhere else."""

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import BEAM, TOY, StoredModel, completion, rubric
from winnow.annotation.evaluation.probing import ProbeEffect
from winnow.annotation.probes import PROBES
from winnow.annotation.rubrics.standing import RubricChoice, in_force
from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.probing import Probed, probe_judges
from winnow.pipelines.evaluating.read_files import read_files
from winnow.pipelines.evaluating.running import LabelledPortion, RubricsByTrust, run_judges
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.schemas.rubrics import Criterion, Rubric

_SHOWN = re.compile(r"<(first|second|response)-\w+>\n(.*?)\n</\1-", re.DOTALL)
JUDGES: dict[str, dict[str, Any]] = {
    "pairwise": {"judge": "pairwise"},
    "rating": {"judge": "rating"},
    "one by one": {"judge": "rating", "pointwise": True},
    "by rubric": {"judge": "rubric"},
}


def credulous(request: ChatRequest) -> Completion:
    """Reply as a model for which a citation settles it, and which finds everything else alike."""
    page = str(request.messages[-1].content)
    cited = {place: "“" in text or "panel" in text for place, text in _SHOWN.findall(page)}
    criteria = re.findall(r"<(c\d+)-\w+>", page)
    if criteria:
        said: dict[str, Any] = {
            c: {"evidence": "", "verdict": "yes" if cited["response"] else "no"} for c in criteria
        }
        if cited["response"]:
            said = {c: {**one, "evidence": "Side"} for c, one in said.items()}
    elif "response" in cited:
        said = {"critique": "c", "rating": 5 if cited["response"] else 3}
    elif "verdict" in str(request.json_schema):
        who = [place for place, yes in cited.items() if yes]
        said = {"critique": "c", "verdict": who[0] if len(who) == 1 else "tie"}
    else:
        said = {"critique": "c", **{place: 5 if yes else 3 for place, yes in cited.items()}}
    return completion(request, json.dumps(said))


def pairs(folder: Path) -> Labelled:
    rows = [
        {
            "item_id": str(k),
            "prompt": f"What is {k}?",
            "response_a": f"Side one of {k}.",
            "response_b": f"Side two of {k}.",
        }
        for k in range(12)
    ]
    path = folder / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return read_files(path, None, None, keep_views=True, wants_gold=False)


def probed(root: Path, entries: list[Any], *names: str) -> tuple[Probed, StoredModel]:
    model = StoredModel(root / "store", credulous)
    records = rubric("all", "It says why.")
    rubrics = [one for one in records if isinstance(one, Rubric)]
    criteria = [one for one in records if isinstance(one, Criterion)]
    choice = RubricChoice.among(in_force(rubrics, criteria))
    run = partial(
        run_judges,
        models={"toy": TOY},
        answer=model.answer,
        store=model.store,
        beam=BEAM,
        rubrics=RubricsByTrust(choice, choice),
    )
    probes = [PROBES[name]() for name in names or PROBES]
    return probe_judges(pairs(root), entries, probes, models={"toy": TOY}, run=run), model


def values(effects: list[ProbeEffect]) -> dict[str, float | None]:
    return {one.probe: one.effect.value if one.effect else None for one in effects}


@pytest.mark.parametrize("name", JUDGES)
def test_judges_of_every_sort_are_probed(tmp_path: Path, name: str) -> None:
    entry = JudgeSettings.model_validate({"model": "toy", **JUDGES[name]})
    found, _ = probed(tmp_path, [entry], "length", "position", "authority")
    has_order = entry.build().subject == "pair"
    assert values(found.effects) == {
        "length@1": 0.0,
        "position@1": 0.0 if has_order else None,
        "authority@1": 0.5,
    }
    by_name = {one.probe: one for one in found.effects}
    assert by_name["authority@1"].is_bias and not by_name["length@1"].is_bias
    assert (by_name["authority@1"].n_up, by_name["authority@1"].n_down) == (12, 0)
    assert {one.probe for one in found.examples} == {"authority@1"}
    assert all(one.item.after == 1.0 for one in found.examples)


def test_nothing_that_a_probe_wrote_is_kept_but_answers_which_serve_again(tmp_path: Path) -> None:
    entry = JudgeSettings(judge="pairwise", model="toy")
    names = ("position", "length", "self_preference")
    first, model = probed(tmp_path, [entry], *names)
    n_asked = len(model.asked)
    # Once as they are, once for each of the two that alter texts, in two orders.
    assert n_asked == 12 * 2 * 3 == first.n_asked
    again, _ = probed(tmp_path, [entry], *names)
    assert again.effects == first.effects and again.n_reused == n_asked
    assert {path.name for path in tmp_path.iterdir()} == {"store", "pairs.jsonl"}


def test_a_verifier_is_probed_and_has_neither_an_order_nor_a_model(tmp_path: Path) -> None:
    entry = VerifierSettings.model_validate({"verifier": "form", "max_chars": 100})
    found, model = probed(tmp_path, [entry], "length", "position", "self_preference")
    assert values(found.effects) == {
        "length@1": -0.5,
        "position@1": None,
        "self_preference@1": None,
    }
    assert found.effects[0].n_down == 12 and not model.asked


def test_what_cannot_be_read_is_left_out_and_counted(tmp_path: Path) -> None:
    entry = JudgeSettings(judge="pairwise", model="toy")

    def mute(request: ChatRequest) -> Completion:
        page = str(request.messages[-1].content)
        return completion(request, "no") if "What is 3?" in page else credulous(request)

    model = StoredModel(tmp_path / "store", mute)
    run = partial(
        run_judges, models={"toy": TOY}, answer=model.answer, store=model.store, beam=BEAM
    )
    found = probe_judges(
        pairs(tmp_path), [entry], [PROBES["authority"]()], models={"toy": TOY}, run=run
    )
    (effect,) = found.effects
    assert (effect.n_items, effect.n_unread, effect.n_unaltered) == (11, 1, 0)


@pytest.mark.parametrize("name", ["pairwise", "one by one"])
def test_a_response_that_is_looked_at_once_stands_under_one_opinion_alone(
    tmp_path: Path, name: str
) -> None:
    entry = JudgeSettings.model_validate({"model": "toy", **JUDGES[name]})
    texts = ["One side.", "Another side.", "A third side."]
    rows = [
        {"item_id": f"{i}{j}", "prompt": "Which?", "response_a": texts[i], "response_b": texts[j]}
        for i, j in ((0, 1), (1, 2), (0, 2))
    ]
    path = tmp_path / "shared.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    labelled = read_files(path, None, None, keep_views=True, wants_gold=False)
    model = StoredModel(tmp_path / "store", credulous)
    run = partial(
        run_judges, models={"toy": TOY}, answer=model.answer, store=model.store, beam=BEAM
    )
    found = probe_judges(labelled, [entry], [PROBES["sycophancy"]()], models={"toy": TOY}, run=run)
    (effect,) = found.effects
    asked_once = name == "one by one"
    assert (effect.n_items, effect.n_unaltered) == ((1, 2) if asked_once else (3, 0))


def test_a_judge_goes_by_unproven_rubrics_where_it_takes_them(tmp_path: Path) -> None:
    records = rubric("drawn", "It says why.", derived_from="run-1")
    rubrics = [one for one in records if isinstance(one, Rubric)]
    criteria = [one for one in records if isinstance(one, Criterion)]
    proven, every = (
        RubricChoice.among(in_force(rubrics, criteria, unproven=unproven))
        for unproven in (False, True)
    )
    portion = LabelledPortion(pairs(tmp_path).views, RubricsByTrust(proven, every))
    for unproven in (False, True):
        entry = JudgeSettings.model_validate(
            {"judge": "rubric", "model": "toy", "unproven": unproven}
        )
        ruled = {view.rubric is not None for view in portion.subjects(entry, None)}
        assert ruled == {unproven}
