import threading

import pytest

from winnow.pipelines.stopping import StopRequest
from winnow.schemas.errors import Stopped, StorageFull


def test_a_stop_ends_what_checks_for_it() -> None:
    request = StopRequest()
    request.check()
    request.make()
    with pytest.raises(Stopped):
        request.check()


def test_work_that_defers_a_stop_ends_with_it_when_it_is_done() -> None:
    request, done = StopRequest(), []
    with pytest.raises(Stopped), request.deferred():
        request.make()
        assert request.is_deferred
        done.append("what must not be broken off")
    assert done and not request.is_deferred


def test_an_error_of_deferring_work_is_not_hidden_by_the_stop() -> None:
    request = StopRequest()
    with pytest.raises(StorageFull), request.deferred():
        request.make()
        raise StorageFull("no space left")


def test_listeners_hear_of_a_stop_once_for_each_time_it_is_asked_for() -> None:
    request, heard = StopRequest(), []
    with request.listening(lambda: heard.append(threading.current_thread().name)):
        asking = threading.Thread(target=request.make, name="asking")
        asking.start()
        asking.join()
        request.make()
    request.make()
    assert heard == ["asking", threading.current_thread().name]


def test_who_begins_to_listen_after_the_stop_hears_of_it_at_once() -> None:
    request, heard = StopRequest(), []
    request.make()
    with request.listening(lambda: heard.append("stop")):
        assert heard == ["stop"]


@pytest.mark.parametrize(
    "error", [StorageFull("no space left"), OSError("read-only")], ids=["ours", "of the system"]
)
def test_a_listener_that_fails_keeps_no_other_from_hearing(error: Exception) -> None:
    request, heard = StopRequest(), []

    def fail() -> None:
        raise error

    with request.listening(fail), request.listening(lambda: heard.append("stop")):
        (trouble,) = request.make()
    assert trouble is error and heard == ["stop"]
