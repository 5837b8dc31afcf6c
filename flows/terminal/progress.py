"""What a person sees while a run works: a moving bar in a terminal, plain lines in a log."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
)
from rich.table import Column
from rich.text import Text

from winnow.flows.terminal.progress_words import detail_of, left_of, line_of
from winnow.flows.terminal.waiting import Waiting
from winnow.pipelines.inference.notices import Notice
from winnow.pipelines.inference.progress import HowFar
from winnow.reports.terminal.console import Terminal, styled
from winnow.reports.terminal.lines import Line
from winnow.schemas.plurals import agreeing
from winnow.schemas.runs import ReasonCount, StageCount

_FIRST_LINE_S = 15.0
_LONGEST_LINE_S = 300.0

_CURRENT: ContextVar["RunProgress | None"] = ContextVar("progress", default=None)


class RunProgress:
    """Show stages as they work and as they end.

    Within `with progress:` it is the one that `RunProgress.current()` gives, so that a flow, whose arguments have
    to be plain, finds it.
    """

    @classmethod
    def current(cls) -> "RunProgress":
        """Return the progress that is shown now, or a new one that prints plain lines."""
        return _CURRENT.get() or cls(Terminal())

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        """Show on `console`; it decides by being a terminal or not.

        Args:
            console: Where to.
            clock: Seconds on a clock that only goes forward.
        """
        self.console = console
        self._clock = clock
        self._bar = _Bar(
            TextColumn("  {task.description:<10}", markup=False, table_column=Column(no_wrap=True)),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}", markup=False, table_column=Column(no_wrap=True)),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._shown: dict[str, _Shown] = {}
        self._waiting: dict[str, Waiting] = defaultdict(Waiting)

    def __enter__(self) -> Self:
        self._token = _CURRENT.set(self)
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
        _CURRENT.reset(self._token)

    def begin(self, stage: str) -> None:
        """Say that a stage begins."""
        for shown in self._shown.values():  # a reset would keep the last stage's total
            self._bar.remove_task(shown.task)
        self._bar.details.clear()
        self._shown = {stage: self._show(stage)}

    def advance(self, stage: str, now: HowFar) -> None:
        """Say how far a job of a stage is: in a log at once, at intervals that grow from 15 s to 5 minutes, and at its end.

        A stage that was not begun is shown below the one that was, until that one ends. It has many small jobs, which are not told of
        one by one.
        """
        if stage not in self._shown:
            self._shown[stage] = self._show(stage, is_beside=True)
        shown = self._shown[stage]
        self._bar.details[stage] = detail_of(now)
        self._bar.update(shown.task, completed=now.n_done, total=now.n_total, left=left_of(now))
        if self.console.is_terminal:
            return
        if shown.is_line_due(now, self._clock()):
            self.console.print(Text(f"  {stage:<10} {line_of(now)}"), soft_wrap=True)

    def stand(self, notices: Mapping[str, Notice], job: str = "") -> None:
        """Say what workers wait for: at once, again at intervals, and that they go on.

        Args:
            notices: What stands now, by worker.
            job: Tells jobs apart that run at the same time.
        """
        for notice in self._waiting[job].due(notices, self._clock()):
            self._stand_out(notice.what, notice.text)

    def wait(self, notice: Notice | None) -> None:
        """Say what this process itself waits for, as `stand` does for workers; None where it goes on."""
        self.stand({"": notice} if notice else {})

    def end(self, count: StageCount) -> None:
        """Say what a stage made of what went in."""
        self._bar.details.clear()
        for shown in self._shown.values():
            self._bar.update(shown.task, visible=False)
        unit = agreeing(count.n_in, count.unit.removesuffix("s"), count.unit)
        line = f"  {count.stage:<10} {count.n_in:>7,} {unit} in, {count.n_out:>7,} out"
        line += _reasons(count.n_rejected, "rejected", count.rejected)
        line += _reasons(count.n_not_asked_for, count.not_asked_for_words, count.not_asked_for)
        line += f", {count.n_reused:,} already paid for" if count.n_reused else ""
        self.say(styled(f"{line}  ", (f"{count.seconds:.1f} s", "dim")))

    def note(self, line: str) -> None:
        """Print what one should not miss on a line of its own."""
        self._stand_out("note", line)

    def warn(self, what: str) -> None:
        """Print a warning, as `note` does."""
        self._stand_out("warning", what)

    def allow(self, what: str) -> None:
        """Print what would stop the run but for its settings, as `note` does."""
        self._stand_out("allowed", what)

    def _stand_out(self, kind: str, what: str) -> None:
        self.say(Text(f"  {kind:<10} {what}", style="yellow"))

    def say(self, line: str | Text) -> None:
        """Print a line of its own, no word of it broken; what looks like markup in it stands for itself."""
        self.console.print(Line(line), crop=False)

    def _show(self, stage: str, *, is_beside: bool = False) -> "_Shown":
        return _Shown(self._bar.add_task(stage, total=None, left=""), is_beside)


@dataclass
class _Shown:
    """A stage that is shown, and when its next line is due."""

    task: TaskID
    is_beside: bool
    job: tuple[str, int] | None = None
    is_over: bool = False
    next_line: float = 0.0
    line_every_s: float = _FIRST_LINE_S

    def is_line_due(self, now: HowFar, clock_s: float) -> bool:
        job = ("", 0) if self.is_beside else (now.asking, now.n_total)
        is_over = now.n_done == now.n_total and not self.is_beside
        if job != self.job:
            self.job, self.line_every_s = job, _FIRST_LINE_S
        elif now.work is None or (
            clock_s < self.next_line and (not is_over or self.is_over)
        ):  # nobody works yet, and why is said by a notice
            return False
        else:
            self.line_every_s = min(self.line_every_s * 2, _LONGEST_LINE_S)
        self.is_over = is_over
        self.next_line = math.inf if is_over else clock_s + self.line_every_s
        return True


def _reasons(n: int, what: str, reasons: Iterable[ReasonCount]) -> str:
    return f", {n:,} {what} ({', '.join(f'{r.reason} {r.n:,}' for r in reasons)})" if n else ""


class _Bar(Progress):
    """The bars, and below them one line on each job that they show, cut where the terminal ends."""

    def __init__(self, *columns: ProgressColumn, **more: Any) -> None:
        self.details: dict[str, str] = {}
        super().__init__(*columns, **more)

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return what is drawn."""
        yield self.make_tasks_table(self.tasks)
        for detail in list(self.details.values()):
            yield Text(f"  {detail}", style="dim", no_wrap=True, overflow="ellipsis")
