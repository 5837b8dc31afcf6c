"""Reading: prompts, ready responses, comparisons, judgments and gold from files and data sets into staging."""

from winnow.pipelines.reading.hashes import input_hashes
from winnow.pipelines.reading.intake import Say, say_nothing
from winnow.pipelines.reading.read import check_inputs, read_inputs
from winnow.pipelines.reading.settings import (
    ComparisonSource,
    GoldSource,
    Inputs,
    JudgmentSource,
    PromptSource,
)

__all__ = [
    "ComparisonSource",
    "GoldSource",
    "Inputs",
    "JudgmentSource",
    "PromptSource",
    "Say",
    "check_inputs",
    "input_hashes",
    "read_inputs",
    "say_nothing",
]
