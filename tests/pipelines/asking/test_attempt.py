import errno
import shutil
from pathlib import Path
from unittest.mock import Mock

import pytest
from pydantic import TypeAdapter, ValidationError

from winnow.pipelines.asking.attempt import Attempt
from winnow.schemas.errors import EngineBroken, InvalidSettings, TransientError
from winnow.warehouse.places.folder import Folder


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


def test_a_place_that_cannot_be_cleared_hides_neither_the_answers_nor_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Folder, "clear", Mock(side_effect=TransientError("cannot be reached")))
    with Attempt.within(tmp_path):
        pass
    with pytest.raises(EngineBroken), Attempt.within(tmp_path):
        raise EngineBroken("models.mill: vLLM broke down")


def test_a_worker_whose_disk_is_broken_ends_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Folder, "write", Mock(side_effect=OSError(errno.EROFS, "read-only")))
    with pytest.raises(EngineBroken, match="broke down"):
        Attempt(tmp_path).fail(EngineBroken("models.mill: vLLM broke down"))
