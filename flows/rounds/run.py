"""What `winnow rounds` does round the flow: show it, and say where the labels stand."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from rich.console import Console

from winnow.flows.curation.curation import Curation
from winnow.flows.curation.published import OpenRelease, at_hand, standing
from winnow.flows.curation.reading_ahead import read_ahead
from winnow.flows.curation.run import tell
from winnow.flows.prefect.server import starting_server
from winnow.flows.rounds.store import RoundsStore
from winnow.flows.settings.rounds import RoundsSettings
from winnow.flows.stopping import now
from winnow.flows.terminal.progress import RunProgress
from winnow.reports.terminal.console import styled
from winnow.reports.terminal.tables import RowTable, number, prose
from winnow.schemas.importing import importing
from winnow.schemas.rounds import RoundResult


def run_rounds(settings: RoundsSettings, console: Console, *, go_on: bool = False) -> str | None:
    """Run the flow and print what came of it.

    Args:
        settings: The run and its rounds.
        console: Where progress and table go.
        go_on: Begin the next round although people have not answered all of this one.

    Returns:
        Name of the release; None while people are to label.
    """
    path = settings.warehouse.path
    console.print(styled((settings.name, "bold"), f" into {path}"), soft_wrap=True)
    with ExitStack() as opened:
        with RunProgress(console) as progress:
            now("start")
            progress.begin("start")
            store = RoundsStore(path, settings.name)
            found = opened.enter_context(_standing(settings, store, progress))
            if found is None:
                server = opened.enter_context(starting_server())
                with importing():
                    from winnow.flows.rounds.flow import rounds

                    read_ahead(lambda: server.is_awaited)
                with server.reached():
                    release = rounds(settings, go_on)
                if release is not None:
                    found = opened.enter_context(at_hand(settings.warehouse, release))
        if results := store.results():
            console.print(rounds_table(results, settings.rounds.budget))
        if found is None:
            console.print("call the same command again when people have labelled")
            return None
        tell(found, settings, console)
        return found.release


@contextmanager
def _standing(
    settings: RoundsSettings, store: RoundsStore, progress: RunProgress
) -> Iterator[OpenRelease | None]:
    """Look for the release of rounds that are over and published, so that no flow is started; None where there is work."""
    if (why := store.why_over(settings.rounds)) is None:
        yield None
        return
    with standing(Curation(settings, progress, {"people": store.fingerprint()})) as found:
        if found:
            progress.say(f"rounds are over: {why}")
            progress.say(f"{found.release} was published before by this very run")
        yield found


def rounds_table(results: Sequence[RoundResult], budget: int) -> RowTable:
    """Show one row a round.

    Args:
        results: Of each round, in order.
        budget: Labels of people in all.
    """
    counts = ("round", "people", "kept", "flipped", "discarded", "coverage", "accuracy (95 %)")
    table = RowTable(*map(number, counts), prose("of labels that nobody looked at"))
    for r in results:
        table.add_row(
            str(r.round),
            f"{r.n_asked:,} / {budget:,}",
            f"{r.n_keep:,}",
            f"{r.n_flip:,}",
            f"{r.n_discard:,}",
            f"{r.coverage:.1%}",
            _with_interval(r.accuracy, r.low, r.high),
            f"{_with_interval(r.n_right / r.n_sample if r.n_sample else None, r.unseen_low, r.unseen_high)}, "
            f"{r.n_sample:,} random",
        )
    return table


def _with_interval(value: float | None, low: float, high: float) -> str:
    return "unknown" if value is None else f"{value:.3f} ({low:.3f} to {high:.3f})"
