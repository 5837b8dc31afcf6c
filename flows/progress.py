"""What a person sees while a run works: a moving line in a terminal, plain lines in a log."""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from flows.waiting import Waiting
from pipelines.inference.notices import Notice
from schemas.runs import StageCount

_LOG_EVERY_S = 15.0


_CURRENT: ContextVar["RunProgress | None"] = ContextVar("progress", default=None)


class RunProgress:
    """Show stages as they work and as they end.

    Within `with progress:` it is the one that `RunProgress.current()` gives, so that a flow, whose arguments have
    to be plain, finds it.
    """

    @classmethod
    def current(cls) -> "RunProgress":
        """Give the progress that is shown now, or a new one that prints plain lines."""
        return _CURRENT.get() or cls(Console())

    def __init__(self, console: Console) -> None:
        """Show on `console`; it decides by being a terminal or not."""
        self.console = console
        self._bar = Progress(
            TextColumn("  {task.description:<12}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, visible=False, rate="")
        self._waiting = Waiting()
        self._stage_started = self._last_line = time.monotonic()

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
        self._stage_started = self._last_line = time.monotonic()
        self._bar.remove_task(self._task)  # a reset would keep the last stage's total
        self._task = self._bar.add_task(stage, total=None, rate="")

    def advance(self, stage: str, n_done: int, n_total: int, n_tokens: int) -> None:
        """Say how many requests of a stage are done and how many tokens that made."""
        if n_tokens == 0:  # the engine may still be starting, so the clock is not
            self._stage_started = time.monotonic()
            self._bar.update(self._task, completed=n_done, total=n_total, rate="")
            return
        elapsed = max(time.monotonic() - self._stage_started, 1e-6)
        rate = f"{n_done / elapsed:,.1f} requests/s, {n_tokens / elapsed:,.0f} tokens/s"
        self._bar.update(self._task, completed=n_done, total=n_total, rate=rate)
        if not self.console.is_terminal and time.monotonic() - self._last_line > _LOG_EVERY_S:
            self._last_line = time.monotonic()
            left_s = elapsed / max(n_done, 1) * (n_total - n_done)
            self.console.print(
                f"  {stage}: {n_done} of {n_total}, {rate}, about {left_s:.0f} s left"
            )

    def stand(self, notices: Mapping[str, Notice]) -> None:
        """Say what workers wait for: at once, again at intervals, and that they go on.

        Args:
            notices: What stands now, by worker.
        """
        for notice in self._waiting.due(notices, time.monotonic()):
            self._stand_out(notice.what, notice.text)

    def end(self, count: StageCount) -> None:
        """Say what a stage made of what went in."""
        self._bar.update(self._task, visible=False)
        rejects = sum(r.n for r in count.rejects)
        reasons = ", ".join(f"{r.reason} {r.n:,}" for r in count.rejects)
        line = f"  {count.stage:<10} {count.n_in:>7,} {count.unit} in, {count.n_out:>7,} out"
        line += f", {rejects:,} rejected ({reasons})" if rejects else ""
        line += f", {count.n_reused:,} already paid for" if count.n_reused else ""
        self.say(f"{line}  [dim]{count.seconds:.1f} s[/dim]")

    def note(self, line: str) -> None:
        """Print what one should not miss on a line of its own; what looks like markup in it stands for itself."""
        self._stand_out("note", line)

    def warn(self, what: str) -> None:
        """Print a warning, as `note` does."""
        self._stand_out("warning", what)

    def allow(self, what: str) -> None:
        """Print what would stop the run but for its settings, as `note` does."""
        self._stand_out("allowed", what)

    def _stand_out(self, kind: str, what: str) -> None:
        self.console.print(Text(f"  {kind:<10} {what}", style="yellow"), soft_wrap=True)

    def say(self, line: str) -> None:
        """Print a line of its own, never folded."""
        self.console.print(line, highlight=False, soft_wrap=True)
