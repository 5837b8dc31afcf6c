import threading
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pyarrow as pa
import pytest

from tests.pipelines.asking.test_complete import echo, far
from tests.pipelines.inference.asking import ask
from tests.pipelines.inference.fault_server import Reply, error, serving
from tests.pipelines.toy import TOY, completion
from winnow.pipelines.asking import answer as answering
from winnow.pipelines.asking import claims, shards
from winnow.pipelines.asking import handler as handling
from winnow.pipelines.asking.answer import answer
from winnow.pipelines.asking.attempt import Attempt, attempts_in, write_failures
from winnow.pipelines.asking.claims import Claims
from winnow.pipelines.asking.counts import FailedIds
from winnow.pipelines.asking.handler import Places, ShardHandler
from winnow.pipelines.asking.shards import RequestFolder, request_rows, whole
from winnow.pipelines.beam import BeamSettings, run_pipeline
from winnow.pipelines.inference.eager import start_for
from winnow.pipelines.inference.requests import Failure
from winnow.pipelines.inference.store import CompletionStore
from winnow.schemas.errors import EngineBroken, TransientError, WorkerLost
from winnow.warehouse.places.folder import Folder

BEAM = BeamSettings()


def test_what_became_of_requests_is_counted_from_files(tmp_path: Path) -> None:
    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        is_bad = body["messages"][0]["content"] == "q1"
        return error(400, "that is forbidden") if is_bad else echo(n, body)

    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    with serving(script) as server:
        model = far(server)
        asked = [ask(model, f"q{i}") for i in range(5)]
        again = asked[0].model_copy(update={"attempt": 1})
        folder.write([request_rows([*asked, again, asked[4]])])
        answered = answer(folder, model=model, store=store, beam=BEAM)
        assert len(server.calls) == 6
    counts = answered.counts
    assert (counts.n_requests, counts.n_first, counts.n_failed, counts.n_missing) == (6, 5, 1, 0)
    assert (counts.use.n_requests, counts.use.n_prompt_tokens, counts.use.n_tokens) == (5, 15, 10)
    assert (dict(counts.failed), counts.n_owed) == ({"status 400: that is forbidden": 1}, 0)
    assert answered.n_reused == 0
    assert list(folder.read_failures()) == [asked[1].request_id]


def test_a_request_in_several_shards_is_asked_once_by_whichever_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ROW_GROUP", 2)
    monkeypatch.setattr(answering, "_SLICE_GROUPS", 1)
    beam = BeamSettings(options={"direct_num_workers": 2, "direct_running_mode": "multi_threading"})
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    with serving(lambda n, body: Reply(body=echo(n, body).body, delay_s=0.02)) as server:
        model = far(server)
        asked = [ask(model, f"q{i}") for i in range(7)]
        for part in range(4):
            folder.write([request_rows(asked)], str(part))
        answered = answer(folder, model=model, store=store, beam=beam)
        assert len(server.calls) == 7
    assert answered.counts.use.n_requests == 7


def test_a_worker_whose_job_another_one_has_replaced_asks_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Folder, "look_every_s", 0.0)
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    attempt = Attempt(tmp_path / "asking/attempts/a")

    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        if n == 4:
            attempt.root.clear()
        return echo(n, body)

    with serving(script) as server:
        model = far(server, max_concurrency=2)
        folder.write([request_rows([ask(model, f"q{i}") for i in range(40)])])
        attempt.open()
        places = Places(store.place, folder.failures, attempt.root)
        parts = [whole(shard) for shard in folder.shards()]
        handler = ShardHandler(model, start_for(model), places, parts, {})
        (count,) = handler.run_inference([0], handler.load_model())
        assert count.n_completed == len(server.calls) <= 4 + 2 * 2
        (count,) = handler.run_inference([0], handler.load_model())
        assert count.n_completed == 0


def test_a_slice_that_a_worker_taken_for_dead_had_claimed_is_asked_by_one_job_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ROW_GROUP", 4)
    monkeypatch.setattr(answering, "_SLICE_GROUPS", 1)
    beam = BeamSettings(options={"direct_num_workers": 2, "direct_running_mode": "multi_threading"})
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")

    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        if n == 0:
            (attempt,) = attempts_in(folder.root)
            place = attempt.root.within("claims")
            with place.alone("claims.lock", 10.0):
                taken = {entry.name.split(".")[0] for entry in place.entries()}
                free = next(number for number in range(6) if str(number) not in taken)
                place.write(f"{free}.99.claim", lambda file: None)
        return echo(n, body)

    with serving(script) as server:
        model = far(server, max_concurrency=2)
        folder.write([request_rows([ask(model, f"q{i}") for i in range(24)])])
        answered = answer(folder, model=model, store=store, beam=beam)
        assert len(server.calls) == 24
    assert answered.counts.use.n_requests == 24


def test_a_job_whose_worker_cannot_have_the_lock_of_its_slices_ends_with_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_WAIT_S", 0.0)
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    with serving(echo) as server, Attempt.within(folder.root) as attempt:
        model = far(server)
        folder.write([request_rows([ask(model, "q0")])])
        places = Places(store.place, folder.failures, attempt.root)
        parts = [whole(shard) for shard in folder.shards()]
        handler = ShardHandler(model, start_for(model), places, parts, {})
        with attempt.root.within("claims").alone("claims.lock"):
            (count,) = handler.run_inference([0], handler.load_model())
        told = attempt.error()
        assert server.calls == [] and count.n_completed == 0
    assert isinstance(told, TransientError) and "claims.lock is held by process" in str(told)


def test_what_is_only_looked_up_starts_nothing_and_is_missing(tmp_path: Path) -> None:
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    with serving(echo) as server:
        model = far(server)
        folder.write([request_rows([ask(model, "q0")])])
        answer(folder, model=model, store=store, beam=BEAM)
        folder.write([request_rows([ask(model, "q0"), ask(model, "q1")])])
        answered = answer(folder, model=model, store=store, beam=BEAM, stored_only=True)
        assert len(server.calls) == 1
    assert (answered.counts.n_missing, answered.n_reused) == (1, 1)


def test_a_worker_goes_on_with_other_slices_while_an_answer_of_its_first_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ROW_GROUP", 4)
    monkeypatch.setattr(answering, "_SLICE_GROUPS", 1)
    beam = BeamSettings(options={"direct_num_workers": 2, "direct_running_mode": "multi_threading"})
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    all_others = threading.Semaphore(0)

    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        if n > 0:
            all_others.release()
        elif not all(all_others.acquire(timeout=10) for _ in range(23)):
            return error(400, "the others were not asked meanwhile")
        return echo(n, body)

    with serving(script) as server:
        model = far(server, max_concurrency=2, timeout_s=60.0, deadline_s=60.0)
        folder.write([request_rows([ask(model, f"q{i}") for i in range(24)])])
        answered = answer(folder, model=model, store=store, beam=beam)
        assert len(server.calls) == 24
    assert dict(answered.counts.failed) == {}


@pytest.mark.parametrize("act", ["join", "is_over"], ids=["joining", "looking"])
def test_a_worker_that_cannot_reach_its_job_says_so_as_one_that_is_broken(
    act: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    folder.write([request_rows([ask(TOY, "q")])])
    with Attempt.within(folder.root) as attempt:
        places = Places(store.place, folder.failures, attempt.root)
        parts = [whole(shard) for shard in folder.shards()]
        handler = ShardHandler(TOY, start_for(TOY), places, parts, {})
        with monkeypatch.context() as broken:
            kind = Claims if act == "join" else Attempt
            broken.setattr(kind, act, Mock(side_effect=TransientError("cannot be reached")))
            handler.run_inference([0], handler.load_model())
        assert str(attempt.error()) == "cannot be reached"


def test_an_engine_that_broke_is_dropped_also_where_nothing_can_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    folder.write([request_rows([ask(TOY, "q")])])
    engine, drop = Mock(), Mock()
    engine.complete.side_effect = EngineBroken("models.mill: vLLM broke down")
    monkeypatch.setattr(handling, "drop_engine", drop)
    with Attempt.within(folder.root) as attempt:
        places = Places(store.place, folder.failures, attempt.root)
        parts = [whole(shard) for shard in folder.shards()]
        handler = ShardHandler(TOY, start_for(TOY), places, parts, {})
        monkeypatch.setattr(Attempt, "fail", Mock(side_effect=TransientError("cannot be reached")))
        with pytest.raises(TransientError):
            handler.run_inference([0], engine)
    drop.assert_called_once_with(engine)


def test_each_file_of_failures_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, n_read = Folder(tmp_path), Counter[str]()
    failed = FailedIds(failures)
    opened = Folder.open

    def counted(place: Folder, name: str) -> pa.NativeFile:
        n_read[name] += 1
        return opened(place, name)

    monkeypatch.setattr(Folder, "open", counted)
    ids = pa.array(["a", "b", "c"])
    assert failed.among(ids) == set()
    for i in "abx":
        write_failures(failures, [Failure(request_id=i, reason="refused", detail="status 400")])
        failed.among(ids)
    assert failed.among(ids) == {"a", "b"}
    assert failed.among(ids[:1]) == {"a"}
    assert list(n_read.values()) == [1, 1, 1]


def test_after_a_lost_worker_only_what_is_answered_is_told_as_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, store = RequestFolder(tmp_path / "asking"), CompletionStore(tmp_path / "store")
    told: list[tuple[int, int, int]] = []
    jobs = iter(["lost", "well"])

    def lose_one(build: Any, beam: BeamSettings) -> None:
        if next(jobs) == "lost":
            store.append([completion(request, "grain") for request in asked[:3]])
            raise WorkerLost("a worker was lost", said="a worker was lost")
        run_pipeline(build, beam)

    monkeypatch.setattr(answering, "run_pipeline", lose_one)
    with serving(echo) as server:
        model = far(server)
        asked = [ask(model, f"q{i}") for i in range(8)]
        folder.write([request_rows(asked)])
        answer(
            folder,
            model=model,
            store=store,
            beam=BEAM,
            progress=lambda now: told.append((now.n_before, now.n_done, now.n_total)),
        )
    assert told[:2] == [(0, 0, 8), (3, 3, 8)]
    assert told[-1] == (3, 8, 8)
