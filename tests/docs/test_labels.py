import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from winnow.pipelines.filters import FILTERS
from winnow.pipelines.labelling.settings import LabelSettings
from winnow.pipelines.steps.aggregate import AggregateSettings
from winnow.pipelines.steps.assemble import AssembleSettings
from winnow.pipelines.steps.compare import CompareSettings
from winnow.pipelines.steps.keep import FilterSettings
from winnow.pipelines.steps.sample import SampleSettings
from winnow.pipelines.steps.sequence import StepSettings

PAGE = Path(__file__).parents[2] / "docs" / "labels.md"
PARTS: dict[str, Any] = {
    "sample": tuple[SampleSettings, ...],
    "compare": CompareSettings,
    "label": LabelSettings,
    "aggregate": AggregateSettings,
    "keep": tuple[FilterSettings, ...],
    "assemble": AssembleSettings,
    "steps": tuple[StepSettings, ...],
}


def test_the_settings_on_the_page_are_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    all_settings = [yaml.safe_load(block) for block in blocks]
    assert set(all_settings[0]) == set(PARTS) - {"steps"}
    for settings in all_settings:
        for name, part in settings.items():
            TypeAdapter(PARTS[name]).validate_python(part)


def test_every_filter_stands_on_the_page_with_its_default() -> None:
    text = PAGE.read_text("utf-8")
    for name in set(FILTERS) - {"empty_response", "identical_responses"}:
        default = FILTERS[name].model_fields["threshold"].default  # type: ignore[attr-defined]
        assert re.search(rf"\| `{name}` \|.*\| {default} \|", text)
