import re
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.pipelines.toy import answer, ask
from winnow.annotation.judges import JUDGES
from winnow.annotation.judges.likelihood import LikelihoodJudge
from winnow.flows.settings.run import CurationSettings
from winnow.schemas.judgments import Judgment, Rating
from winnow.schemas.responses import Response

PAGE = (Path(__file__).parents[2] / "docs" / "judges.md").read_text("utf-8")
BASE = {
    "name": "toy",
    "prompts": {"path": "prompts.jsonl"},
    "models": {"base": {"engine": "vllm", "model": "m"}},
}


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_the_settings_on_the_page_are_valid(block: str) -> None:
    CurationSettings.model_validate(BASE | yaml.safe_load(block))


def test_the_page_says_of_each_judge_by_numbers_when_to_use_it() -> None:
    by_numbers = {name for name, kind in JUDGES.items() if issubclass(kind, LikelihoodJudge)}
    for name in by_numbers | {"reward"}:
        assert f"| `{name}` |" in PAGE


def queries() -> duckdb.DuckDBPyConnection:
    """Give what a release holds of three prompts, whose shorter responses get the lower mean and the higher sum."""
    responses = [
        answer(ask(f"question {i}"), "word " * n)
        for i, sizes in enumerate(((2, 9), (5, 3), (4, 8)))
        for n in sizes
    ]
    scores = {r.response_id: float(len(r.text or "")) for r in responses}
    judgments = [
        Judgment(
            subject_kind="response",
            subject_id=i,
            annotator_id="reward@1:m",
            kind="reward_model",
            ratings=(
                Rating(response_id=i, attribute="reward", score=score),
                Rating(response_id=i, attribute="reward.minimum", score=-score),
            ),
        )
        for i, score in scores.items()
    ]
    con = duckdb.connect()
    con.register("judgments", Judgment.to_table(judgments))
    con.register("responses", Response.to_table(responses))
    return con


def test_the_queries_on_the_page_tell_the_scale_and_what_is_length() -> None:
    scale, length = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    with queries() as con:
        ((_, *found),) = con.execute(scale).fetchall()
        assert found == pytest.approx([25.833, 12.72], abs=0.01)
        assert con.execute(length).fetchall() == [
            ("reward@1:m", "reward", 1.0, 0.0, 1.0, 3),
            ("reward@1:m", "reward.minimum", -1.0, 1.0, 0.0, 3),
        ]
