from pathlib import Path

import pytest

from tests.pipelines.inference.asking import ask
from tests.pipelines.toy import BEAM, TOY
from winnow.pipelines.asking import handler
from winnow.pipelines.asking.answer import answer
from winnow.pipelines.asking.shards import RequestFolder, request_rows
from winnow.pipelines.inference import progress
from winnow.pipelines.inference.progress import HowFar, Trouble
from winnow.pipelines.inference.store import CompletionStore
from winnow.schemas.errors import CurationError, TransientError
from winnow.warehouse.places.folder import Folder


def test_what_fails_for_a_moment_is_borne_and_what_goes_on_failing_is_told() -> None:
    now, told = 0.0, list[CurationError]()
    trouble = Trouble(told.append, lambda: now)

    def fail(at: float, text: str) -> None:
        nonlocal now
        now = at
        with trouble.borne():
            raise TransientError(text)

    fail(0.0, "busy")
    fail(29.0, "busy")
    with trouble.borne():
        pass
    fail(31.0, "taken over")
    fail(60.0, "taken over")
    assert told == []
    fail(61.0, "taken over")
    assert list(map(str, told)) == ["taken over"]


class Waiting:
    """An engine that answers nothing until nobody waits for it any more."""

    def complete(self, requests, *_):  # type: ignore[no-untyped-def]
        for _ in requests:
            pass

    def close(self) -> None:
        """Nothing is open."""


def test_a_job_that_cannot_be_reported_any_more_ends_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_EVERY_S", 0.01)
    monkeypatch.setattr(progress, "_BORNE_S", 0.0)
    monkeypatch.setattr(Folder, "look_every_s", 0.0)
    folder = RequestFolder(tmp_path / "asking")
    folder.write([request_rows([ask(TOY, f"q{i}") for i in range(2)])])
    n_told = 0

    def lost(_: HowFar) -> None:
        nonlocal n_told
        n_told += 1
        if n_told > 1:
            raise TransientError("the run is being worked on by another process")

    monkeypatch.setattr(handler, "requests_in", endless)
    monkeypatch.setattr(handler, "open_engine", lambda *_: Waiting())
    store = CompletionStore(tmp_path / "store")
    with pytest.raises(TransientError, match="worked on by another process"):
        answer(folder, model=TOY, store=store, beam=BEAM, progress=lost)


def endless(*_: object):  # type: ignore[no-untyped-def]
    while True:
        yield ask(TOY, "q")
