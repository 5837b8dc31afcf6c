"""A verifier's hard gate over a judge's score, through the real steps: what breaks a constraint loses, however well it is rated."""

import json
from pathlib import Path
from typing import ClassVar

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
    stage,
)
from winnow.annotation.judge import Reading
from winnow.annotation.verifier import VERIFIERS, Finding, Measurement, Verifier
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.label import label
from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.labels import Label
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response

PROMPT = ask("Name a river, in one word and without a stop.")
PLAIN, FLOWERY = answer(PROMPT, "Rhine"), answer(PROMPT, "The lovely Rhine.")
PAIR = compare_two(PLAIN, FLOWERY)
PLAIN_IS = "ab"[PAIR.response_ids.index(PLAIN.response_id)]
FLOWERY_IS = "ba"[PAIR.response_ids.index(PLAIN.response_id)]


@pytest.fixture
def two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register a verifier that measures two constraints for the time of a test."""
    monkeypatch.setattr(VERIFIERS, "_kinds", dict(VERIFIERS._kinds))

    @VERIFIERS.register("told", version=1)
    class ToldVerifier(Verifier):
        needs: ClassVar[str] = "nothing"
        reads: ClassVar[str | None] = None

        def examine(self, prompt: Prompt, response: Response) -> Finding:
            text = response.text or ""
            parts = (
                Measurement(name="one_word", score=float(len(text.split()) == 1)),
                Measurement(name="no_stop", score=float("." not in text)),
            )
            score = sum(part.score for part in parts) / 2
            return Finding(response_id=response.response_id, score=score, parts=parts)

        def compare(self, a: Finding, b: Finding) -> Reading:
            return Reading(verdict="tie", rationale="it gates")


def reply(request: ChatRequest) -> Completion:
    rating = 5 if "lovely" in str(request.messages[-1].content) else 3
    return completion(request, json.dumps({"critique": "c", "rating": rating}))


@pytest.mark.parametrize(
    ("gates", "winner", "why"),
    [
        ({}, FLOWERY_IS, "against"),
        ({"told": 1}, PLAIN_IS, "fails: told 0, wanted 1"),
        ({"told.no_stop": 1}, PLAIN_IS, "fails: told.no_stop 0, wanted 1"),
        ({"told": 0}, FLOWERY_IS, "against"),
    ],
)
def test_what_fails_the_gate_loses_however_well_it_is_rated(
    tmp_path: Path, two_parts: None, gates: dict[str, float], winner: str, why: str
) -> None:
    staging = stage(tmp_path / "run", PROMPT, PLAIN, FLOWERY, PAIR)
    model = StoredModel(tmp_path / "store", reply)
    judge = JudgeSettings.model_validate({"judge": "rating", "model": "toy", "pointwise": True})
    verifier = VerifierSettings.model_validate({"verifier": "told"})
    label(staging, [judge, verifier], RUN, models={"toy": TOY}, answer=model.answer, beam=BEAM)
    rule = {"of": "rating@*", "also": ["told@*"], "gates": gates, "weights": {"quality": 1}}
    settings = AggregateSettings.model_validate({"method": "majority", "combine": [rule]})
    aggregate_judgments(staging, settings, RUN)
    (combined,) = CombinedVerdict.from_table(staging.read(CombinedVerdict))
    assert combined.verdict == winner and why in combined.why
    (found,) = Label.from_table(staging.read(Label))
    assert (found.p_a > found.p_b) == (winner == "a")
