import pytest

from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (
            Prompt,
            ("messages", "reference", "domain", "language", "source", "source_id", "metadata"),
        ),
        (Response, ("prompt_id", "text", "model", "source", "source_id")),
        (Comparison, ("prompt_id", "strategy", "source", "source_id")),
    ],
)
def test_records_hold_plain_rows_to_no_rule_that_reading_them_together_leaves_out(
    record: type[Record], fields: tuple[str, ...]
) -> None:
    """A rule that comes to these fields belongs into `pipelines/reading/plain/` too, as `validated` of its column.

    Judgments need none: each combination of their choices is validated as a record, and their numbers by their fields.
    """
    decorators = record.__pydantic_decorators__
    assert set(decorators.model_validators) == {"_fill_id"}
    assert not decorators.field_validators
    assert not [name for name in fields if record.model_fields[name].metadata]
