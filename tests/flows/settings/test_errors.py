from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from winnow.flows.settings.errors import invalid_settings


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    model: str
    max_tokens: Annotated[int, Field(le=100)] = 10


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    sample: list[Inner] = []


def explain(data: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(data)
    return str(invalid_settings(Path("run.yaml"), Outer, caught.value))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            {"name": "x", "sampel": []},
            "run.yaml: unknown key 'sampel'; did you mean 'sample'? known keys: name, sample",
        ),
        (
            {"name": "x", "sample": [{"model": "m", "max_token": 3}]},
            "run.yaml: unknown key 'sample[0].max_token'; did you mean 'max_tokens'? "
            "known keys: max_tokens, model",
        ),
        (
            {"name": "x", "sample": [{"model": "m", "max_tokens": 400}]},
            "run.yaml: sample[0].max_tokens is 400, wanted less than or equal to 100",
        ),
        ({"name": 3}, "run.yaml: name is 3, wanted text; put it in quotes"),
        ({}, "run.yaml: name is missing; add it"),
    ],
)
def test_every_error_names_file_key_value_and_way_out(data: object, text: str) -> None:
    assert explain(data) == text


def test_no_more_than_five_errors_are_listed() -> None:
    assert explain({f"k{i}": 0 for i in range(9)}).splitlines()[-1] == "run.yaml: and 5 more"
