"""Reading: prompts, ready responses, comparisons, judgments and gold from files and data sets into staging."""

from pipelines.reading.hashes import input_hashes
from pipelines.reading.intake import Say, say_nothing
from pipelines.reading.read import check_inputs, read_inputs
from pipelines.reading.settings import (
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
