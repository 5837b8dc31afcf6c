import errno
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path
from unittest.mock import Mock
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import EndpointConnectionError
from s3fs import S3File

from tests.warehouse.servers import free_port
from winnow.schemas.errors import InvalidSettings, StorageFull, TransientError
from winnow.warehouse.places import leases, object_store
from winnow.warehouse.places.at import place_at
from winnow.warehouse.places.place import Place
from winnow.warehouse.settings import S3Settings

pytestmark = pytest.mark.server

HOLDER = """
import sys, time
from winnow.warehouse.places.at import place_at
from winnow.warehouse.settings import S3Settings
place = place_at(sys.argv[1], S3Settings.model_validate_json(sys.argv[2]))
with place.alone(".lock") as lock:
    print(lock.is_held, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["folder", "object store"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path) if request.param == "folder" else f"s3://winnow/{uuid4().hex}"


@pytest.fixture
def place(address: str, s3: S3Settings) -> Place:
    return place_at(address, s3)


def hold(address: str, s3: S3Settings) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, address, s3.model_dump_json()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def said(holder: "subprocess.Popen[str]") -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


def names(place: Place) -> list[str]:
    return [entry.name for entry in place.entries() if not entry.name.startswith(".")]


def test_what_was_written_is_listed_read_and_removed(place: Place) -> None:
    assert place.entries() == []
    place.write("b", lambda file: file.write(b"grain"))
    place.write("a", lambda file: file.write(b"old"))
    place.write("a", lambda file: file.write(b"chaff and wheat"))
    place.within("inner").write("c", lambda file: file.write(b"below"))
    assert [(entry.name, entry.size) for entry in place.entries()] == [("a", 15), ("b", 5)]
    assert (place.places(), place.within("inner").places()) == (["inner"], [])
    assert bytes(place.content("a")) == b"chaff and wheat"
    with place.open("a") as file:
        file.seek(6)
        assert file.read(3) == b"and"
    assert bytes(place.within("inner").content("c")) == b"below"
    place.remove("a")
    place.remove("a")
    assert names(place) == ["b"]


def test_what_is_not_there_is_said_as_such(place: Place) -> None:
    for read in (place.open, place.content, place.within("inner").content):
        with pytest.raises(FileNotFoundError):
            read("none")
    assert place.within("inner").entries() == []


def test_a_write_that_fails_leaves_the_file_as_it_was(place: Place) -> None:
    place.write("a", lambda file: file.write(b"old"))

    def fail(file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        place.write("a", fail)
    assert bytes(place.content("a")) == b"old"
    assert [entry.name for entry in place.entries()] == ["a"]


def test_a_place_is_the_same_in_another_process(place: Place) -> None:
    place.write("a", lambda file: file.write(b"grain"))
    again = pickle.loads(pickle.dumps(place))
    assert (again.address, bytes(again.content("a"))) == (place.address, b"grain")


def test_a_large_object_is_read_where_it_is_asked_for(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "_SMALL", 4)
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    place.write("a", lambda file: file.write(bytes(range(200))))
    with place.open("a") as file:
        file.seek(100)
        assert (file.read(2), file.size()) == (b"de", 200)
        assert isinstance(file, pa.NativeFile)


def test_of_two_processes_one_holds_a_lock_until_it_ends(
    place: Place, address: str, s3: S3Settings
) -> None:
    holder = hold(address, s3)
    assert said(holder) == "True"
    assert (place.holder(".lock") or "").startswith(f"process {holder.pid}")
    with place.alone(".lock") as lock, place.alone("another") as other:
        assert (lock.is_held, other.is_held) == (False, True)
    assert place.holder("another") is place.holder("never held") is None
    holder.communicate("")
    assert place.holder(".lock") is None
    with place.alone(".lock") as lock:
        assert lock.is_held
        second = hold(address, s3)
        assert said(second) == "False"
        second.communicate("")


def test_the_lock_of_a_killed_process_is_free_at_once(
    place: Place, address: str, s3: S3Settings
) -> None:
    holder = hold(address, s3)
    assert said(holder) == "True"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert place.holder(".lock") is None
    with place.alone(".lock") as lock:
        assert lock.is_held


def test_a_lock_is_waited_for(place: Place, address: str, s3: S3Settings) -> None:
    holder = hold(address, s3)
    assert said(holder) == "True"
    threading.Timer(0.3, holder.communicate, [""]).start()
    with place.alone(".lock", wait_s=60) as lock:
        assert lock.is_held


def test_a_lease_of_another_machine_is_taken_over_when_it_has_run_out_and_not_before(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(leases, "_machine", lambda: "elsewhere")
        lost = leases.Lease(place._system, place._key(".lock"))
        assert lost.take() and lost.renew() and lost.is_held
    with place.alone(".lock") as lock:
        assert not lock.is_held
    monkeypatch.setattr(leases, "LEASE_S", -1.0)
    late = leases.Lease(place._system, place._key(".lock"))
    assert late.take()
    assert not lost.renew()
    assert (lost.is_held, late.is_held) == (False, True)
    lost.free()
    assert late.renew()  # what was lost cannot be given back


def test_a_lease_whose_renewal_was_written_and_not_answered_is_held_still(s3: S3Settings) -> None:
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    lease = leases.Lease(place._system, place._key(".lock"))
    assert lease.take()
    before = lease._tag
    assert lease.renew()
    lease._tag = before
    assert lease.renew()


def test_a_lease_that_was_not_renewed_for_long_is_not_taken_for_held(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    monkeypatch.setattr(leases, "_SURE_S", -1.0)  # as when the machine slept
    lease = leases.Lease(place._system, place._key(".lock"))
    assert lease.take()
    assert not lease.is_held


def test_a_lease_outlives_moments_in_which_the_store_cannot_be_reached(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    monkeypatch.setattr(leases, "_RENEWALS", 3000)
    put, n_failed, is_renewed = leases.Lease._put, 0, threading.Event()

    def put_at_last(lease: leases.Lease, **condition: str) -> str | None:
        nonlocal n_failed
        if n_failed < 3:
            n_failed += 1
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1")
        is_renewed.set()
        return put(lease, **condition)

    def put_never(lease: leases.Lease, **condition: str) -> str | None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1")

    with place.alone(".lock") as lock:
        monkeypatch.setattr(leases.Lease, "_put", put_at_last)
        assert is_renewed.wait(60)
        assert lock.is_held
        monkeypatch.setattr(leases.Lease, "_put", put_never)


def test_a_store_that_gives_a_lock_to_everybody_is_not_used(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    put = leases.Lease._put
    monkeypatch.setattr(leases.Lease, "_put", lambda lease, **_: put(lease))
    with pytest.raises(InvalidSettings, match=r"s3://winnow ignores conditional writes.*a folder"):
        place.alone(".lock").__enter__()


def test_keys_of_an_object_store_come_from_the_environment_alone(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    object_store._system.cache_clear()
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InvalidSettings, match=r"AWS_SECRET_ACCESS_KEY is not in the environment"):
        place_at("s3://winnow/a", s3).entries()


def test_a_store_that_cannot_be_used_is_said_in_one_line(s3: S3Settings) -> None:
    nobody = s3.model_copy(update={"endpoint": f"127.0.0.1:{free_port()}"})
    with pytest.raises(TransientError, match=r"s3://winnow/a cannot be reached: .*warehouse\.s3"):
        place_at("s3://winnow/a", nobody).content("b")
    none = place_at("s3://no-such-bucket/a", s3)
    with pytest.raises(InvalidSettings, match="there is no bucket no-such-bucket; make it"):
        none.write("b", lambda file: file.write(b"grain"))


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EBUSY, "slow down"),
        OSError(errno.EIO, "no such code"),
        OSError(errno.EREMOTEIO, "internal error"),
        TimeoutError("it took too long"),
    ],
    ids=["busy", "unknown", "broken", "late"],
)
def test_a_store_that_is_overloaded_for_a_moment_is_tried_again(
    s3: S3Settings, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    monkeypatch.setattr(object_store, "_SMALL", 4)
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    place.write("a", lambda file: file.write(bytes(200)))
    monkeypatch.setattr(place._system, "cat_file", Mock(side_effect=error))
    with pytest.raises(TransientError, match="cannot be reached"):
        place.content("a")
    monkeypatch.setattr(S3File, "_fetch_range", Mock(side_effect=error))
    with place.open("a") as file, pytest.raises(TransientError, match="cannot be reached"):
        file.read(100)


def test_a_full_folder_for_drafts_is_named_and_not_the_store(
    s3: S3Settings, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    rows = pa.table({"bytes": pa.array([os.urandom(7 << 20)])})
    for write in (lambda file: file.write(bytes(7 << 20)), partial(pq.write_table, rows)):
        with pytest.raises(StorageFull, match=f"no space left in {small_disk}, .*TMPDIR"):
            place.write("a", write)
    assert (place.entries(), list(small_disk.iterdir())) == ([], [])


def test_another_disk_that_is_full_is_not_taken_for_the_folder_of_drafts(s3: S3Settings) -> None:
    def fail(file: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    with pytest.raises(OSError, match="No space left on device"):
        place.write("a", fail)
    assert place.entries() == []
