import re
from pathlib import Path

import pytest
import yaml

from winnow.annotation.judges import JUDGES
from winnow.annotation.judges.likelihood import LikelihoodJudge
from winnow.flows.settings.run import CurationSettings

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
