import io
import re
from typing import Any

from rich.console import Console

from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.inference.notices import Notice
from winnow.pipelines.inference.progress import HowFar
from winnow.pipelines.inference.time_left import TimeLeft
from winnow.pipelines.inference.work import InWork
from winnow.schemas.runs import ReasonCount, StageCount

CAREFUL = "judge 2 of 3: pairwise@1 asks careful"
WIDTH = 80


def far(done: int, total: int, *, n_before: int = 0, **work: Any) -> HowFar:
    told = InWork(began_at=0, told_at=work.pop("worked_s", 0.0), **work) if work else None
    left = TimeLeft(150.0, is_most=not told.n_done) if told else None
    return HowFar(CAREFUL, done, total, n_before, told, left)


def test_what_was_not_drawn_is_not_said_to_be_rejected() -> None:
    page = io.StringIO()
    reasons = (ReasonCount(reason="over_cap", n=180), ReasonCount(reason="no_pair", n=2))
    compared = StageCount(
        stage="compare", unit="comparisons", n_in=488, n_out=306, rejects=reasons, seconds=0.1
    )
    RunProgress(Console(file=page, width=WIDTH)).end(compared)
    assert page.getvalue() == (
        "  compare        488 comparisons in,     306 out, 2 rejected (no_pair 2), 180 not drawn (over_cap 180)  0.1 s\n"
    )


def test_criteria_that_a_cap_left_out_are_said_to_have_no_room() -> None:
    page = io.StringIO()
    merged = StageCount(
        stage="merge",
        unit="criteria",
        n_in=10,
        n_out=4,
        rejects=(ReasonCount(reason="over_cap", n=6),),
        seconds=0.1,
    )
    RunProgress(Console(file=page, width=WIDTH)).end(merged)
    assert page.getvalue() == (
        "  merge           10 criteria in,       4 out, 6 beyond what a rubric takes (over_cap 6)  0.1 s\n"
    )


def test_one_record_is_told_as_one() -> None:
    page = io.StringIO()
    read = StageCount(stage="read", unit="prompts", n_in=1, n_out=1, seconds=0.1)
    RunProgress(Console(file=page, width=WIDTH)).end(read)
    assert page.getvalue() == "  read             1 prompt in,       1 out  0.1 s\n"


def log_of(*told: tuple[float, HowFar]) -> list[str]:
    """Give the lines of a log to which a job is told at such seconds."""
    clock = [0.0]
    page = io.StringIO()
    with RunProgress(Console(file=page, width=WIDTH), clock=lambda: clock[0]) as progress:
        progress.begin("label")
        for clock[0], now in told:
            progress.advance("label", now)
    return page.getvalue().splitlines()


def screen_of(now: HowFar) -> list[str]:
    """Give the lines that a terminal of 80 columns shows last."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=WIDTH, color_system=None)
    with RunProgress(console) as progress:
        progress.begin("label")
        progress.advance("label", now)
        progress._bar.refresh()
        shown = screen.getvalue()
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\f", shown)
    return [line for line in re.split(r"[\r\n\f]+", plain) if line.strip()][-2:]


def test_a_stage_begins_without_the_count_of_the_stage_before() -> None:
    screen = io.StringIO()
    with RunProgress(Console(file=screen, force_terminal=True, width=100)) as progress:
        progress.begin("sample")
        progress.advance("sample", far(98, 98, n_done=98, n_tokens=500, worked_s=5.0))
        progress.begin("compare")
    last = [line for line in re.split(r"[\r\n]", screen.getvalue()) if "compare" in line][-1]
    assert "0/?" in last


def test_a_log_says_at_once_who_asks_which_model_and_how_much() -> None:
    assert log_of((0.0, far(0, 80))) == [f"  label      {CAREFUL}: 0 of 80 requests done"]


def test_a_log_has_lines_at_intervals_that_grow_up_to_five_minutes() -> None:
    working = far(0, 80, n_in_work=64, n_tokens=10, worked_s=1.0)
    lines = log_of(*((float(s), working) for s in range(2000)))
    assert len(lines) == 1 + len([15, 45, 105, 225, 465, 765, 1065, 1365, 1665, 1965])


def test_a_log_says_nothing_again_until_somebody_works() -> None:
    assert len(log_of(*((float(s), far(0, 80)) for s in range(600)))) == 1


def test_a_log_says_once_at_the_end_how_fast_it_went() -> None:
    over = far(80, 80, n_done=80, n_tokens=800, worked_s=10.0)
    lines = log_of((0.0, far(0, 80)), (1.0, over), (2.0, over), (900.0, over))
    assert lines[1:] == [
        f"  label      {CAREFUL}: 80 of 80 requests done, 800 tokens (80/s), 8.0 requests/s"
    ]


def test_a_log_tells_tokens_while_nothing_is_answered() -> None:
    working = far(0, 80, n_in_work=64, n_tokens=12_800, worked_s=100.0)
    assert log_of((0.0, working)) == [
        f"  label      {CAREFUL}: 0 of 80 requests done, 64 in work, 12,800 tokens (128/s), at most 2 min left"
    ]


def test_what_was_answered_before_counts_as_done_but_not_as_speed() -> None:
    resumed = far(920, 1000, n_before=900, n_done=20, n_in_work=8, n_tokens=1000, worked_s=10.0)
    (line,) = log_of((0.0, resumed))
    assert "920 of 1,000 requests done (900 of them before), 8 in work" in line
    assert "1,000 tokens (100/s), 2.0 requests/s, about 2 min left" in line


def test_the_next_judge_has_a_line_at_once() -> None:
    second = far(0, 80)
    third = second._replace(asking="judge 3 of 3: rating@1 asks careful")
    assert len(log_of((0.0, second), (1.0, second), (2.0, third))) == 2


def test_a_terminal_of_80_columns_folds_nothing() -> None:
    working = far(12_345, 100_000, n_done=12_345, n_in_work=512, n_tokens=123_456_789, worked_s=1e4)
    bar, detail = screen_of(working)
    assert "label" in bar and "12345/100000" in bar and "about 2 min left" in bar
    assert detail.strip().startswith(f"{CAREFUL}, 512 in work, ")
    assert len(bar.rstrip()) <= WIDTH and len(detail.rstrip()) <= WIDTH


def test_judging_beside_sampling_has_a_bar_and_a_line_of_its_own_until_sampling_ends() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=WIDTH, color_system=None)
    with RunProgress(console) as progress:
        progress.begin("sample")
        progress.advance("sample", far(40, 80, n_done=40, n_tokens=400, worked_s=20.0))
        progress.advance("label", far(7, 30, n_done=7, n_tokens=70, worked_s=20.0))
        progress._bar.refresh()
        both = screen.getvalue()
        progress.end(StageCount(stage="sample", unit="requests", n_in=80, n_out=80, seconds=1.0))
        n_before = len(screen.getvalue())
        progress._bar.refresh()
        after = screen.getvalue()[n_before:]
    for shown in ("40/80", "7/30", "400 tokens (20/s)", "70 tokens (4/s)"):
        assert shown in both
    assert "label" not in after


def test_two_jobs_at_once_have_lines_of_a_log_at_intervals_of_their_own() -> None:
    clock, page = [0.0], io.StringIO()
    with RunProgress(Console(file=page, width=WIDTH), clock=lambda: clock[0]) as progress:
        progress.begin("sample")
        for clock[0] in map(float, range(14)):
            progress.advance("sample", far(40, 80, n_done=40, n_tokens=400, worked_s=20.0))
            progress.advance("label", far(7, 30, n_done=7, n_tokens=70, worked_s=20.0))
    assert [line.split()[0] for line in page.getvalue().splitlines()] == ["sample", "label"]


def test_a_log_does_not_tell_each_of_the_small_jobs_beside_a_stage() -> None:
    clock, page = [0.0], io.StringIO()
    with RunProgress(Console(file=page, width=WIDTH), clock=lambda: clock[0]) as progress:
        progress.begin("sample")
        for clock[0] in map(float, range(40)):
            n = 10 * int(clock[0])
            progress.advance("label", far(n, n, n_done=n, n_tokens=n, worked_s=1.0))
    assert len(page.getvalue().splitlines()) == 1 + len([15])


def test_what_one_of_two_jobs_waits_for_is_not_over_because_the_other_waits_for_nothing() -> None:
    page = io.StringIO()
    progress = RunProgress(Console(file=page, width=WIDTH), clock=lambda: 1.0)
    for _ in range(3):
        progress.stand({"w": Notice(what="waiting", text="for sieve")}, job="label")
        progress.stand({})
    assert page.getvalue() == "  waiting    for sieve\n"
