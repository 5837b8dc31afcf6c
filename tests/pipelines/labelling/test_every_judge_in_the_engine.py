"""Every judge there is asks the real engine, and a second run with the same store asks nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import (
    BEAM,
    RUN,
    answer,
    ask,
    compare_two,
    requests_of,
    rubric,
    stage,
)
from winnow.annotation.judge import JUDGES
from winnow.pipelines.asking.answer import AnsweredRequests
from winnow.pipelines.asking.answer import answer as answer_requests
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.rejects import Reject
from winnow.schemas.rubrics import Criterion, Rubric

pytestmark = pytest.mark.engine

SKY = ask("Why is the sky blue?", reference="Air scatters blue light.")
THREE = [
    answer(SKY, text) for text in ("Air scatters blue.\n\nSo it is.", "It is painted.", "Sea.")
]
GROUP = Comparison(
    prompt_id=SKY.prompt_id, response_ids=tuple(r.response_id for r in THREE), strategy="group"
)
BRIEF = {"max_critique_chars": 20}
SETTINGS: dict[str, dict[str, Any]] = {
    "pairwise": {**BRIEF, "probability": True},
    "rating": {**BRIEF, "probability": True},
    "ranking": {**BRIEF, "orders": "cyclic"},
    "rubric": {"max_quote_chars": 8},
    "correctness": BRIEF,
    "steps": {"max_reason_chars": 20},
    "panel": {"members": [{**BRIEF}, {**BRIEF, "role": "Doubt."}], "exchanges": 1},
    "debate": {**BRIEF, "evidence": 2, "max_reason_chars": 10, "max_quote_chars": 20},
    "advocates": {**BRIEF, "max_point_chars": 20},
    "implicit_reward": {"reference_model": "other"},
    "follow_up": {"aspects": {"right": {"positive": ["Yes."], "negative": ["No."]}}},
}
"""Settings that keep replies short, by judge."""
OF_PAIRS = {"pairwise", "rating", "panel", "debate"}


@pytest.mark.parametrize("name", sorted(set(JUDGES) - {"reward"}))
def test_it_says_valid_things_of_everything_and_pays_once(
    name: str, tiny: ModelRef, tiny_engine: Engine, tmp_path: Path
) -> None:
    # A reward model is another engine: tests/pipelines/labelling/test_exact_scores.py.
    entry = JudgeSettings.model_validate({"judge": name, "model": "tiny", **SETTINGS.get(name, {})})
    store, asked = CompletionStore(tmp_path / "store"), list[str]()

    def answering(requests: RequestFolder, **more: Any) -> AnsweredRequests:
        asked.extend(request.request_id for request in requests_of(requests))
        return answer_requests(requests, store=store, beam=BEAM, **more)

    def run(folder: str) -> tuple[int, list[Judgment]]:
        pairs = [compare_two(THREE[0], THREE[1])] if name in OF_PAIRS else [GROUP]
        staging = stage(tmp_path / folder, SKY, *THREE, *pairs)
        records = rubric("all", "It is short.")
        staging.write(Rubric, [one for one in records if isinstance(one, Rubric)])
        staging.write(Criterion, [one for one in records if isinstance(one, Criterion)])
        models = {"tiny": tiny, "other": tiny}
        count = label(staging, [entry], RUN, models=models, answer=answering, beam=BEAM)
        assert Reject.from_table(staging.read(Reject)) == []
        assert count.n_in == count.n_out
        return count.n_reused, Judgment.from_table(staging.read(Judgment))

    _, said = run("first")
    assert {j.annotator_id for j in said} == {entry.annotator_id}
    if entry.build().subject == "response":
        assert {r.response_id for r in THREE} <= {j.subject_id for j in said}
    else:
        assert {j.order for j in said} == {"ab", "ba"}
    # The stand-in writes what the schema wants and no more sense than that: what it says is read, or invalid with its text.
    assert all(j.verdict != "invalid" or j.rationale for j in said)
    known = store.known(set(asked))
    assert known == set(asked)
    n_asked = len(asked)
    n_reused, again = run("second")
    assert again == said
    assert set(asked[n_asked:]) <= known
    assert n_reused > 0
