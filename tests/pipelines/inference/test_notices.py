from pathlib import Path

from winnow.pipelines.inference.notices import Notice, Teller, current_notices

DOWN = Notice(what="waiting", text="for http://a: down")
OTHER = Notice(what="starting", text="the engine")


def test_each_worker_tells_one_thing_at_a_time(tmp_path: Path) -> None:
    first, second = Teller(tmp_path), Teller(tmp_path)
    first(DOWN)
    second(DOWN)
    second(OTHER)
    assert sorted(current_notices(tmp_path).values(), key=str) == [OTHER, DOWN]
    first(None)
    assert list(current_notices(tmp_path).values()) == [OTHER]


def test_what_is_said_once_stands_beside_what_the_worker_does(tmp_path: Path) -> None:
    tell = Teller(tmp_path)
    once = Notice(what="note", text="raise timeout_s", is_once=True)
    for notice in (DOWN, once, None):
        tell(notice)
    assert list(current_notices(tmp_path).values()) == [once]


def test_a_folder_that_is_gone_holds_no_notice_and_stops_no_work(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    Teller(gone)(DOWN)
    Teller(gone)(None)
    assert current_notices(gone) == {}
