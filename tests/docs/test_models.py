import re
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from winnow.pipelines.inference.models import ModelSettings
from winnow.pipelines.inference.server_trial import MOST_QUESTIONS, MOST_TOKENS

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")


def test_the_models_on_the_page_are_valid() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    TypeAdapter(dict[str, ModelSettings]).validate_python(yaml.safe_load(block)["models"])


def test_the_page_says_how_much_a_trial_asks() -> None:
    assert MOST_QUESTIONS == 5
    assert f"five questions of {MOST_TOKENS} tokens" in PAGE
