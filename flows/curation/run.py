"""What `winnow run` does round the flow: show it, export, and say what came of it."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from winnow.flows.curation.curation import Curation
from winnow.flows.curation.published import OpenRelease, at_hand, standing
from winnow.flows.curation.reading_ahead import read_ahead
from winnow.flows.prefect.server import starting_server
from winnow.flows.settings.run import CurationSettings
from winnow.flows.stopping import now
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.beam import check_cluster
from winnow.pipelines.rubrics.exported import rubrics_in_force
from winnow.reports.release import holds_report, write_report
from winnow.reports.terminal.console import argument, styled
from winnow.reports.terminal.lines import Line
from winnow.reports.terminal.rounds import rounds_table
from winnow.reports.terminal.summary import anchor_line, n_unread_replies, print_summary
from winnow.schemas.errors import CurationError, ExportFailed
from winnow.schemas.importing import importing
from winnow.schemas.plurals import agreeing, counted
from winnow.schemas.rounds import RoundResult
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import ExportSettings, export
from winnow.warehouse.provenance import provenance_of
from winnow.warehouse.settings import WarehouseSettings


def run_curation(
    settings: CurationSettings, console: Console, *, ask_again: bool = False, go_on: bool = False
) -> str | None:
    """Run the flow, write its exports, and print what came of it.

    A run that was published before starts no flow, and writes only what is missing of its report and exports.

    Args:
        settings: The run.
        console: Where progress and summary go.
        ask_again: Ask judges again for the replies that could not be read.
        go_on: Begin the next round of people although they have not answered all of the last one.

    Returns:
        Name of the release; None while people are to label.
    """
    _print(console, styled((settings.name, "bold"), f" into {settings.warehouse.path}"))
    with ExitStack() as opened:
        with RunProgress(console) as progress:
            now("start")
            progress.begin("start")
            curation = Curation(settings, progress, asks_again=ask_again)
            found = opened.enter_context(standing(curation))
            if found:
                if (rounds := _rounds_of(settings)) and rounds.why_over:
                    progress.say(f"rounds are over: {rounds.why_over}")
                progress.say(f"{found.release} was published before by this very run")
            else:
                check_cluster(settings.beam)
                server = opened.enter_context(starting_server())
                with curation.ready():
                    with importing():
                        from winnow.flows.curation.flow import curate

                        read_ahead(lambda: server.is_awaited, asks=bool(curation.models))
                    with server.reached():
                        release = curate(settings, ask_again=ask_again, go_on=go_on)
                if release is not None:
                    found = opened.enter_context(at_hand(settings.warehouse, release))
        if (rounds := _rounds_of(settings)) and rounds.results:
            console.print(rounds_table(rounds.results, rounds.budget))
        if found is None:
            console.print("call the same command again when people have labelled")
            return None
        tell(found, settings, console)
        return found.release


class _RoundsSoFar(NamedTuple):
    """Where the rounds of a run stand."""

    results: list[RoundResult]
    budget: int
    why_over: str | None


def _rounds_of(settings: CurationSettings) -> _RoundsSoFar | None:
    """Look where the rounds of a run stand; None for a run without."""
    if settings.rounds_step is None:
        return None
    from winnow.flows.rounds.store import RoundsStore

    store, rounds = (
        RoundsStore(settings.warehouse.kept, settings.name),
        settings.rounds_step.settings,
    )
    return _RoundsSoFar(store.results(), rounds.budget, store.why_over(rounds))


def tell(found: OpenRelease, settings: CurationSettings, console: Console) -> None:
    """Print what a release rests on, write its report and its exports, and say what to do next.

    The release is published: an export that fails keeps neither the report nor the other exports from being written.

    Raises:
        ExportFailed: Some export failed; all else is written, and the same command goes on with the rest.
    """
    release, warehouse = found
    now("report", f"{release} is published, and the same command writes what is missing")
    print_summary(warehouse, release, console)
    anchor = anchor_line(warehouse, release)
    n_owed = provenance_of(warehouse, release).run.n_owed
    _print(console, styled((release, "bold"), f" is published; {anchor}"))
    if n_owed:
        _print(
            console,
            f"  owed       {counted(n_owed, 'request')} failed: the same command asks {agreeing(n_owed, 'it', 'them')} again",
        )
    if n_unread := n_unread_replies(warehouse, release):
        _print(
            console,
            f"  unread     {counted(n_unread, 'reply', 'replies')} of judges: --ask-again asks for {agreeing(n_unread, 'it', 'them')} again",
        )
    report = settings.warehouse.folders.report(release)
    if not holds_report(warehouse, release, report):
        write_report(warehouse, release, report)
    _print(console, f"  report     {report}")
    failures = [f for w in settings.export if (f := _try_export(warehouse, release, w, console))]
    _say_what_next(console, settings, release)
    if failures:
        raise ExportFailed(
            f"{release} is published, but {len(failures):,} of {counted(len(settings.export), 'export')} failed: "
            f"{'; '.join(failures)}; put that right and give the same command again: it writes what is missing"
        )


def _try_export(
    warehouse: Warehouse, release: str, wanted: ExportSettings, console: Console
) -> str | None:
    """Write an export and say where it lies; gives, and says, why it failed."""
    try:
        folder = export_release(warehouse, release, wanted)
    except Exception as error:  # whatever it is, the release is there, and the others want theirs
        why = str(error) if isinstance(error, CurationError) else f"{type(error).__name__}: {error}"
        failed = f"{wanted.format}: {' '.join(why.split())}"
        _print(console, styled("  export     ", ("failed", "red"), f", {failed}"))
        return failed
    _print(console, f"  export     {folder}")
    return None


def _say_what_next(console: Console, settings: CurationSettings, release: str) -> None:
    where = f" --warehouse {argument(settings.warehouse.path)}"
    where = "" if settings.warehouse.path == WarehouseSettings().path else where
    for line in [
        "next:",
        f"  winnow show {release}{where}",
        f'  winnow query "select chosen, rejected, margin from preference_texts limit 5"{where}',
        f"  winnow export {release} --format jsonl --out my-preferences{where}",
    ]:
        console.print(styled(line), soft_wrap=True)  # a command that is copied is one line


def _print(console: Console, line: str | Text) -> None:
    console.print(Line(line), crop=False)


def export_release(warehouse: Warehouse, release: str, wanted: ExportSettings) -> Path:
    """Export a release; a whole export of the same is left as it is, any other in its place is replaced.

    Args:
        warehouse: Where the release lies.
        release: Name and number.
        wanted: Format, splits, options and, where not the default, the folder.

    Returns:
        The folder: `wanted.out`, or exports/<release>/<format and options> in the warehouse.
    """
    label = "-".join([wanted.format, *map(str, wanted.options.values())])
    folder = wanted.out or warehouse.settings.folders.export(release, label)
    options = {"splits": wanted.splits, **wanted.options}
    export(
        warehouse,
        release,
        wanted.format,
        folder,
        overwrite=True,
        keep_whole=True,
        rubrics=partial(rubrics_in_force, warehouse),
        **options,
    )
    return folder
