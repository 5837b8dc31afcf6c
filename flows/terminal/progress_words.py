"""How far a job is, in words."""

from collections.abc import Iterator

from winnow.pipelines.inference.progress import HowFar
from winnow.schemas.durations import rough_duration
from winnow.schemas.plurals import counted


def line_of(now: HowFar) -> str:
    """Write all of it in one line, as a log has it."""
    parts = [
        f"{now.n_done:,} of {counted(now.n_total, 'request')} done{_before(now)}",
        *_working(now),
    ]
    if now.work and now.work.n_done and now.work.worked_s > 0:
        parts.append(f"{now.work.n_done / now.work.worked_s:,.1f} requests/s")
    if left := left_of(now):
        parts.append(left)
    return f"{now.asking}: {', '.join(parts)}"


def detail_of(now: HowFar) -> str:
    """Return who asks and what is in work, as stands below the bar; the bar shows how much is done."""
    return ", ".join([now.asking, *_working(now)])


def left_of(now: HowFar) -> str:
    """Say how long it will still take; nothing where that is unknown or nothing is left."""
    if now.left is None or now.n_done == now.n_total:
        return ""
    return f"{'at most' if now.left.is_most else 'about'} {rough_duration(now.left.seconds)} left"


def _before(now: HowFar) -> str:
    return f" ({now.n_before:,} of them before)" if now.n_before else ""


def _working(now: HowFar) -> Iterator[str]:
    """Say what is in work and how fast it goes; what was answered before is no part of the speed."""
    work = now.work
    if work is None:
        return
    if work.n_in_work:
        yield f"{work.n_in_work:,} in work"
    if work.n_tokens and work.worked_s > 0:
        yield f"{counted(work.n_tokens, 'token')} ({work.n_tokens / work.worked_s:,.0f}/s)"
