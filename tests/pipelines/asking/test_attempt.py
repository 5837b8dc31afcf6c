import shutil
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from winnow.pipelines.asking.attempt import Attempt
from winnow.schemas.errors import InvalidSettings


def test_an_attempt_is_over_when_its_block_ends_although_workers_still_write_into_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    with Attempt.within(tmp_path) as attempt:
        assert not attempt.is_over()
    assert attempt.is_over()


def test_an_error_whose_cause_cannot_travel_does_where_dask_pickles_causes_too(
    tmp_path: Path,
) -> None:
    pytest.importorskip("distributed.core")
    with Attempt.within(tmp_path) as attempt:
        try:
            try:
                TypeAdapter(int).validate_python(lambda: None)
            except ValidationError as cause:
                raise InvalidSettings("models.mill: vLLM cannot run mill") from cause
        except InvalidSettings as error:
            attempt.fail(error)
        told = attempt.error()
    assert isinstance(told, InvalidSettings) and str(told) == "models.mill: vLLM cannot run mill"
