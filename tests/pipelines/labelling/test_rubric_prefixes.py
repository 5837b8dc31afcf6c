"""The criteria of a response that are asked one by one share what stands before them, in the real engine."""

from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import BEAM, RUN, answer, ask, compare_two, requests_of, stage
from winnow.pipelines.asking.answer import AnsweredRequests
from winnow.pipelines.asking.answer import answer as answer_requests
from winnow.pipelines.asking.shards import RequestFolder
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
from winnow.schemas.rubrics import Criterion, Rubric

SKY = ask("Why is the sky blue?")
TWO = [answer(SKY, f"{how} scatters blue light. " * 20) for how in ("Air", "Dust")]
N_CRITERIA = 16


@pytest.mark.engine
def test_most_tokens_of_criteria_asked_one_by_one_come_from_the_prefix_cache(
    tiny: ModelRef, tiny_engine: Engine, tmp_path: Path
) -> None:
    staging = stage(tmp_path / "run", SKY, *TWO, compare_two(*TWO))
    staging.write(Rubric, [Rubric(rubric_id="sky", name="sky", source="ann")])
    criteria = [
        Criterion(criterion_id=f"{n}", rubric_id="sky", kind="checklist", text=f"Says {n}", source="ann")
        for n in range(N_CRITERIA)
    ]  # fmt: skip
    staging.write(Criterion, criteria)
    entry = JudgeSettings.model_validate(
        {"judge": "rubric", "model": "tiny", "criteria_at_once": 1, "max_quote_chars": 8}
    )
    store, asked = CompletionStore(tmp_path / "store"), list[str]()

    def answering(requests: RequestFolder, **more: Any) -> AnsweredRequests:
        asked.extend(request.request_id for request in requests_of(requests))
        return answer_requests(requests, store=store, beam=BEAM, **more)

    count = label(
        staging,
        [entry],
        RUN,
        models={"tiny": tiny},
        answer=answering,
        beam=BEAM,
    )
    assert (count.n_in, count.n_out) == (2, 2)
    told = store.get(asked).values()
    assert len(told) == 2 * N_CRITERIA
    cached, read = (
        sum(getattr(one, name) or 0 for one in told)
        for name in ("n_cached_tokens", "n_prompt_tokens")
    )
    assert cached > 0.8 * read
    assert {len(j.criteria) for j in Judgment.from_table(staging.read(Judgment))} == {N_CRITERIA}
