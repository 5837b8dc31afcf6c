import pytest
from pydantic import ValidationError

from winnow.warehouse.export import ExportSettings


def test_options_stand_beside_format_and_splits() -> None:
    settings = ExportSettings.model_validate(
        {"format": "trl", "variant": "reward", "splits": {"train": 0.9, "test": 0.1}}
    )
    assert settings.options == {"variant": "reward"}


def test_a_setting_that_the_format_does_not_have_is_refused() -> None:
    with pytest.raises(ValidationError, match="trl has no setting 'shape'; its settings: variant,"):
        ExportSettings.model_validate({"format": "trl", "shape": "round"})


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(
        ValidationError, match="no format named 'csv'; known formats: criterion_verdicts"
    ):
        ExportSettings.model_validate({"format": "csv"})
