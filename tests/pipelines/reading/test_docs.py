from pathlib import Path

import pytest
import yaml

from winnow.pipelines.reading import Inputs
from winnow.pipelines.reading.defects import REASONS
from winnow.pipelines.reading.settings import (
    ComparisonSource,
    GoldSource,
    JudgmentSource,
    PromptSource,
)

PAGE = (Path(__file__).parents[3] / "docs" / "inputs.md").read_text(encoding="utf-8")


def test_the_settings_on_the_page_are_valid() -> None:
    text = PAGE.split("```yaml\n")[1].split("```")[0]
    inputs = Inputs.model_validate(yaml.safe_load(text))
    assert list(inputs.sources()) == ["prompts", "comparisons", "comparisons.judgments", "gold"]


@pytest.mark.parametrize("source", [PromptSource, ComparisonSource, JudgmentSource, GoldSource])
def test_every_column_that_may_be_mapped_is_on_the_page(source: type[PromptSource]) -> None:
    assert [c for c in source.known_columns if f"`{c}`" not in PAGE] == []


@pytest.mark.parametrize("name", REASONS)
def test_every_reason_is_on_the_page_with_its_meaning(name: str) -> None:
    reason = REASONS[name]
    is_malformed = "yes" if reason.is_malformed else "no"
    assert f"| `{name}` | {reason.meaning} | {is_malformed} |" in PAGE
