import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.pipelines.inference.asking import ask
from tests.pipelines.inference.fault_server import FaultServer, Reply, error, said, serving
from tests.pipelines.toy import TOY
from winnow.pipelines.asking import answer, shards
from winnow.pipelines.asking.complete import _clear_leftovers, complete
from winnow.pipelines.asking.shards import RequestFolder, request_rows
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference import vigil
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.progress import HowFar
from winnow.pipelines.inference.requests import Completion, Failure
from winnow.pipelines.inference.segment_files import list_segments
from winnow.pipelines.inference.store import CompletionStore
from winnow.schemas.errors import EndpointUnavailable, InvalidSettings
from winnow.warehouse.places.folder import Folder

KILLED = """
import sys
from pathlib import Path
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.asking.complete import complete
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.store import CompletionStore
from tests.pipelines.inference.asking import ask

model = ModelRef.model_validate_json(sys.argv[2])
requests = [ask(model, f"question {i}", sample_index=i % 2) for i in range(200)]
complete(requests, model=model, store=CompletionStore(Path(sys.argv[1])), beam=BeamSettings())
"""


def far(server: FaultServer, **fields: object) -> ModelRef:
    quick = {"timeout_s": 5.0, "deadline_s": 5.0, "max_backoff_s": 0.05}
    settings = OpenAIModel.model_validate({"model": "m", "urls": [server.url], **quick, **fields})
    return ModelRef(name="far", model="m", revision=None, path="m", settings=settings)


def echo(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
    return said(body["messages"][-1]["content"])


@pytest.fixture
def store(tmp_path: Path) -> CompletionStore:
    return CompletionStore(tmp_path / "completions")


def test_every_request_is_answered_and_stored(store: CompletionStore) -> None:
    with serving(echo) as server:
        model = far(server)
        asked = [ask(model, f"q{i}") for i in range(50)]
        answers = complete(asked, model=model, store=store, beam=BeamSettings())
    assert list(answers.results) == [r.request_id for r in asked]
    texts = [r.text for r in answers.results.values() if isinstance(r, Completion)]
    assert texts == [f"q{i}" for i in range(50)]
    assert store.get(r.request_id for r in asked) == answers.results
    assert (
        answers.counts.use.n_requests,
        answers.counts.use.n_prompt_tokens,
        answers.counts.use.n_tokens,
    ) == (
        50,
        150,
        100,
    )
    assert answers.n_reused == 0


def test_tokens_that_a_server_does_not_count_are_unknown_and_not_0(store: CompletionStore) -> None:
    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        reply = echo(n, body)
        counts = body["messages"][0]["content"] != "uncounted"
        return reply if counts else Reply(body={**reply.body, "usage": None})

    told: list[HowFar] = []
    with serving(script) as server:
        model = far(server)
        odd, good = ask(model, "uncounted"), ask(model, "counted")
        alone = complete([odd], model=model, store=store, beam=BeamSettings())
        both = complete(
            [odd, good],
            model=model,
            store=store,
            beam=BeamSettings(),
            progress=told.append,
        )
    assert (
        alone.counts.use.n_prompt_tokens,
        alone.counts.use.n_tokens,
        alone.counts.use.n_uncounted,
    ) == (None, None, 1)
    assert (
        both.counts.use.n_prompt_tokens,
        both.counts.use.n_tokens,
        both.counts.use.n_uncounted,
    ) == (3, 2, 1)
    last = told[-1]
    assert last.work is not None
    assert (last.n_done, last.n_total, last.work.n_tokens) == (2, 2, 2)


def test_a_request_given_twice_or_answered_before_is_not_asked_again(
    store: CompletionStore,
) -> None:
    with serving(echo) as server:
        model = far(server)
        first, second = ask(model, "first"), ask(model, "second")
        complete([first, first], model=model, store=store, beam=BeamSettings())
        answers = complete([second, first], model=model, store=store, beam=BeamSettings())
        assert [c.body["messages"][0]["content"] for c in server.calls] == ["first", "second"]
    assert answers.n_reused == 1
    assert answers.counts.use.n_requests == 2


def test_no_engine_is_started_when_nothing_is_missing(
    tiny: ModelRef, tiny_engine: Engine, store: CompletionStore
) -> None:
    asked = [ask(tiny, "hello"), ask(tiny, "x" * 200_000)]
    answers = complete(asked, model=tiny, store=store, beam=BeamSettings())
    unusable = tiny.model_copy(update={"path": "/nowhere"})
    again = complete(asked, model=unusable, store=store, beam=BeamSettings(runner="none"))
    assert again.results == answers.results
    assert [type(r) for r in again.results.values()] == [Completion, Failure]


def test_a_failure_comes_back_with_its_reason_beside_the_completions(
    store: CompletionStore,
) -> None:
    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        is_bad = body["messages"][0]["content"] == "bad"
        return error(400, "that is forbidden") if is_bad else echo(n, body)

    with serving(script) as server:
        model = far(server)
        asked = [ask(model, t) for t in ("good", "bad", "better")]
        answers = complete(asked, model=model, store=store, beam=BeamSettings())
    good, bad, better = answers.results.values()
    assert isinstance(bad, Failure)
    assert (bad.reason, bad.detail) == ("refused", "status 400: that is forbidden")
    assert isinstance(good, Completion)
    assert isinstance(better, Completion)
    assert answers.counts.use.n_requests == 2


def test_answers_before_an_outage_are_not_asked_for_again(store: CompletionStore) -> None:
    with serving(lambda n, body: echo(n, body) if n < 3 else error(503)) as server:
        model = far(server, max_concurrency=1)
        asked = [ask(model, f"q{i}") for i in range(6)]
        with pytest.raises(EndpointUnavailable, match=r"models\.far: no answer from"):
            complete(asked, model=model, store=store, beam=BeamSettings())
        assert len(store.get(r.request_id for r in asked)) == 3
        n_calls = len(server.calls)
        server.script = echo
        answers = complete(asked, model=model, store=store, beam=BeamSettings())
        assert len(server.calls) == n_calls + 3
    assert answers.n_reused == 3
    assert len(answers.results) == 6


def test_a_model_that_cannot_be_loaded_ends_the_job_with_the_reason(
    tiny: ModelRef, store: CompletionStore, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(
        '{"architectures": ["Windmill"], "model_type": "windmill"}'
    )
    broken = tiny.model_copy(update={"name": "mill", "model": "mill", "path": str(tmp_path)})
    with pytest.raises(InvalidSettings, match=r"models\.mill: vLLM cannot run mill: .*windmill"):
        complete([ask(broken, "hello")], model=broken, store=store, beam=BeamSettings())


def test_several_batches_run_on_several_workers(
    store: CompletionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "ROW_GROUP", 7)
    monkeypatch.setattr(answer, "_SLICE_GROUPS", 1)
    beam = BeamSettings(options={"direct_num_workers": 2, "direct_running_mode": "multi_threading"})
    with serving(echo) as server:
        model = far(server)
        asked = [ask(model, f"q{i}") for i in range(40)]
        answers = complete(asked, model=model, store=store, beam=beam)
        assert len(server.calls) == 40
    assert answers.counts.use.n_requests == 40


def test_progress_grows_to_the_total_failures_included(store: CompletionStore) -> None:
    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        return error(400) if n == 0 else Reply(body=said("grain").body, delay_s=0.2)

    told: list[HowFar] = []
    with serving(script) as server:
        model = far(server, max_concurrency=2)
        asked = [ask(model, f"q{i}") for i in range(31)]
        complete(asked[:1], model=model, store=store, beam=BeamSettings())
        complete(
            asked,
            model=model,
            store=store,
            beam=BeamSettings(),
            progress=told.append,
        )
    n_done = [now.n_done for now in told]
    assert n_done == sorted(n_done)
    assert (n_done[0], n_done[-1]) == (0, 31)
    assert {now.n_total for now in told} == {31}
    assert any(0 < n < 31 for n in n_done)
    assert told[-1].work is not None and told[-1].work.n_tokens == 62


def test_what_is_in_work_is_told_before_anything_is_answered(store: CompletionStore) -> None:
    is_seen = threading.Event()

    def script(n: int, body: dict[str, list[dict[str, str]]]) -> Reply:
        is_seen.wait()
        return echo(n, body)

    def watch(now: HowFar) -> None:
        if now.work and now.work.n_in_work == 4:
            assert (now.n_done, now.n_total, now.left) == (0, 9, None)
            assert now.asking == "judge 2 of 3: pairwise@1 asks far"
            is_seen.set()

    with serving(script) as server:
        model = far(server, max_concurrency=4, timeout_s=60.0, deadline_s=60.0)
        complete(
            [ask(model, f"q{i}") for i in range(9)],
            model=model,
            store=store,
            beam=BeamSettings(),
            progress=watch,
            asking="judge 2 of 3: pairwise@1 asks far",
        )
    assert is_seen.is_set()


def test_what_was_answered_before_is_no_part_of_the_speed(store: CompletionStore) -> None:
    told: list[HowFar] = []
    with serving(echo) as server:
        model = far(server)
        asked = [ask(model, f"q{i}") for i in range(103)]
        complete(asked[:100], model=model, store=store, beam=BeamSettings())
        complete(asked, model=model, store=store, beam=BeamSettings(), progress=told.append)
    assert {now.n_before for now in told} == {100}
    assert (told[0].n_done, told[-1].n_done) == (100, 103)
    assert told[-1].work is not None and told[-1].work.n_done == 3


def test_what_a_worker_waits_for_stands_until_the_job_goes_on_or_ends(
    store: CompletionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vigil, "_SAID_AFTER_S", 0.1)
    told: list[list[str]] = []
    with serving(lambda n, body: error(503, "loading")) as server:
        model = far(server, deadline_s=2.5)
        with pytest.raises(EndpointUnavailable):
            complete(
                [ask(model, "hello")],
                model=model,
                store=store,
                beam=BeamSettings(),
                progress=lambda *counts: None,
                on_notices=lambda notices: told.append([n.text for n in notices.values()]),
            )
    waits = [lines for lines in told if lines]
    assert waits
    assert all(f"for {server.url} status 503: loading, " in text for (text,) in waits)
    assert told[told.index(waits[0]) :] == waits


def test_nothing_but_the_store_is_left_of_a_job(store: CompletionStore) -> None:
    with serving(echo) as server:
        model = far(server)
        complete([ask(model, "hello")], model=model, store=store, beam=BeamSettings())
    left = [p.relative_to(store.place.folder) for p in store.place.folder.rglob("*") if p.is_file()]
    assert [p.suffix for p in left if p.name != ".lock"] == [".parquet"]


@pytest.mark.engine
@pytest.mark.server
def test_a_killed_job_started_again_gives_the_answers_of_an_unbroken_one(
    tiny_remote: ModelRef, store: CompletionStore, tmp_path: Path
) -> None:
    assert isinstance(tiny_remote.settings, OpenAIModel)
    slow = tiny_remote.settings.model_copy(update={"max_concurrency": 4})
    model = tiny_remote.model_copy(update={"settings": slow})
    asked = [ask(tiny_remote, f"question {i}", sample_index=i % 2) for i in range(200)]
    runner = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(store.place.folder), model.model_dump_json()],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    while not list_segments(store.place):
        assert runner.poll() is None
        time.sleep(0.01)
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    resumed = complete(asked, model=tiny_remote, store=store, beam=BeamSettings())
    other = CompletionStore(tmp_path / "other")
    unbroken = complete(asked, model=tiny_remote, store=other, beam=BeamSettings())
    assert 0 < resumed.n_reused < 200
    assert resumed.results == unbroken.results


def test_a_failure_for_turns_that_are_written_otherwise_now_is_asked_again(
    tiny: ModelRef, tmp_path: Path
) -> None:
    store = CompletionStore(tmp_path)
    words = ("System role not supported", "the JSON schema is no JSON")
    asked = [ask(tiny, text) for text in words]
    store.append(
        [
            Failure(request_id=r.request_id, reason="refused", detail=r.messages[0].text())
            for r in asked
        ]
    )
    known = complete(asked, model=tiny, store=store, beam=BeamSettings(), stored_only=True)
    assert list(known.results) == [asked[1].request_id]


def test_what_another_process_clears_away_at_the_same_time_is_no_error(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.symlink_to(tmp_path / "nowhere")  # listed, and not there when it is looked at
    _clear_leftovers(Folder(tmp_path))
    assert gone.is_symlink()


def test_what_a_job_left_that_was_killed_long_ago_is_cleared_away(tmp_path: Path) -> None:
    for name in ("old", "young"):
        RequestFolder(tmp_path / name).write([request_rows([ask(TOY, "q")])])
    for shard in (tmp_path / "old").rglob("*.parquet"):
        os.utime(shard, (0, 0))
    _clear_leftovers(Folder(tmp_path))
    assert Folder(tmp_path).places() == ["young"]
