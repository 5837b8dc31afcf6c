from pathlib import Path

from winnow.pipelines.inference.notices import Teller, at_work
from winnow.pipelines.inference.work import InWork, Work, together


def test_work_tells_what_is_in_it_and_what_is_over() -> None:
    now = [100.0]
    work = Work(clock=lambda: now[0], wall_clock=lambda: now[0])
    work.begin("a")
    now[0] += 4
    work.begin("b")
    work.generate(30)
    now[0] += 2
    told = work.now()
    assert (told.n_in_work, told.n_tokens, told.ages_s, told.youngest_s) == (2, 30, 8, 2)
    work.end("a", 50)
    work.generate(10)
    work.end("never begun")
    told = work.now()
    assert (told.n_in_work, told.n_done, told.n_tokens, told.worked_s) == (1, 1, 60, 6)
    assert (told.done_s, told.done_s2) == (6, 36)


def test_what_several_workers_tell_is_added_up_and_stands_when_one_is_done(tmp_path: Path) -> None:
    assert at_work(tmp_path) is None
    done = InWork(began_at=10, told_at=20, n_done=3, n_tokens=30, done_s=9, done_s2=27)
    busy = InWork(began_at=20, told_at=25, n_in_work=2, n_tokens=8, ages_s=6, youngest_s=2)
    Teller(tmp_path).at_work(done)
    Teller(tmp_path).at_work(busy)
    both = at_work(tmp_path)
    assert both == together([done, busy])
    assert both is not None
    assert (both.worked_s, both.n_done, both.n_in_work, both.n_tokens) == (15, 3, 2, 38)
    assert both.youngest_s == 2
