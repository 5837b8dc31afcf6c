"""Commands for the person who reads, compares and exports releases."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from winnow.flows.commands.options import ReleaseArgument, WarehouseOption
from winnow.reports.terminal.console import Terminal, console_of_data, say
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.outputs import ending_of, refuse_unwritable
from winnow.schemas.plurals import counted


def mount(app: typer.Typer) -> None:
    """Put the commands into the `winnow` app."""
    for command in (query, releases, show, compare, export, report):
        app.command()(command)


def query(
    sql: Annotated[str, typer.Argument(help="SQL as DuckDB speaks it.")],
    at: Annotated[
        str | None,
        typer.Option(help="See the warehouse as it was when this release was published."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the rows to a .parquet, .csv, .tsv, .jsonl or .json file."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Show all rows and whole texts, as a pipe does.")
    ] = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Ask the warehouse in SQL; works while a run publishes.

    Tables: prompts, responses, comparisons, judgments, gold, labels, annotators, preferences, rejects, runs,
    releases, rubrics, criteria, heard, anchors, combined_verdicts, cycles, strengths, standings, shortcuts,
    sampled.

    Views: preference_texts, each preference with its texts; annotator_pairs, _gold, _repeats, _position, _drift,
    _seconds and release_alphas, _people, _pairs: how good annotators are; run_judgments, what the labels of each run
    rest on; replaced_judgments, what was changed or withdrawn.

    Example: `winnow query "select reason, count(*) from rejects group by reason"`
    """
    import duckdb

    from winnow.flows.output_checks import check_beside
    from winnow.flows.settings.environment import load_warehouse
    from winnow.reports.terminal.query import query_table
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.files import ENDINGS, write_rows

    settings = load_warehouse(warehouse)
    if out is not None:
        ending_of(out, ENDINGS)
        check_beside(out, settings)
    with Warehouse.open(settings, read_only=True) as opened:
        try:
            rows = opened.query(sql, at=at)
        except (duckdb.Error, UnicodeError) as error:
            raise InvalidSettings(f"the query does not work: {error}") from None
    if out is None:
        console_of_data().print(query_table(rows, full=full))
    else:
        write_rows(rows, out)
        say(f"{counted(rows.num_rows, 'row')} in {out}")


def releases(warehouse: WarehouseOption = None) -> None:
    """List the releases.

    Example: `winnow releases`
    """
    from winnow.flows.settings.environment import load_warehouse
    from winnow.reports.terminal.releases import releases_table
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.releases import releases as list_releases

    with Warehouse.open(load_warehouse(warehouse), read_only=True) as opened:
        Terminal().print(releases_table(list_releases(opened)))


def show(release: ReleaseArgument, warehouse: WarehouseOption = None) -> None:
    """Show what a release holds, how it was labelled and where it comes from.

    Example: `winnow show preferences@1`
    """
    from winnow.flows.settings.environment import load_warehouse
    from winnow.reports.release.shortcuts import read_shortcuts
    from winnow.reports.terminal.alarm import alarm_lines
    from winnow.reports.terminal.releases import release_view
    from winnow.reports.terminal.shortcuts import shortcut_table
    from winnow.reports.terminal.summary import findings
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.provenance import provenance_of

    with Warehouse.open(load_warehouse(warehouse), read_only=True) as opened:
        provenance = provenance_of(opened, release)
        found = read_shortcuts(opened, provenance.release.release, provenance.run.run_id)
        shown = [*findings(opened, provenance), *([shortcut_table(found)] if found else [])]
        Terminal().print(release_view(provenance, shown, alarm_lines(opened, provenance)))


def compare(old: ReleaseArgument, new: ReleaseArgument, warehouse: WarehouseOption = None) -> None:
    """Show what was added, dropped and flipped from one release to another, and why.

    Example: `winnow compare preferences@1 preferences@2`
    """
    from winnow.flows.settings.environment import load_warehouse
    from winnow.reports.terminal.releases import compare_view
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.releases import compare as compare_releases

    with Warehouse.open(load_warehouse(warehouse), read_only=True) as opened:
        Terminal().print(compare_view(compare_releases(opened, old, new)))


def export(
    release: ReleaseArgument,
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    format: Annotated[str, typer.Option(help="Format, such as trl, openrlhf or jsonl.")] = "trl",
    splits: Annotated[
        str | None, typer.Option(help="Shares of the prompts, such as train=0.9,test=0.1.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option(help="Option of the format, such as variant=reward.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier export in the folder.")
    ] = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Write a release as a datasets folder that a trainer loads.

    All rows of one prompt stand in one split, and so do prompts that nearly say the same. What a format cannot hold, such as ties, is left out and counted.

    Example: `winnow export preferences@1 --format trl --splits train=0.9,test=0.1 --out my-preferences`
    """
    from winnow.flows.output_checks import check_beside
    from winnow.flows.settings.environment import load_warehouse
    from winnow.pipelines.rubrics.exported import rubrics_in_force
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.export import export as write_export

    options: dict[str, Any] = _pairs("--option", option or [])
    shares = _shares(splits) if splits else None
    settings = load_warehouse(warehouse)
    check_beside(out, settings)
    with Warehouse.open(settings, read_only=True) as opened:
        done = write_export(
            opened,
            release,
            format,
            out,
            splits=shares,
            overwrite=overwrite,
            rubrics=partial(rubrics_in_force, opened),
            **options,
        )
    rows = ", ".join(f"{name} {n:,}" for name, n in done.n_rows.items())
    left_out = ", ".join(f"{reason} {n:,}" for reason, n in done.n_left_out.items())
    say(f"{done.path}: {rows}" + (f"; left out: {left_out}" if left_out else ""))
    for note in done.notes:
        say(f"note: {note}")


def report(
    release: ReleaseArgument,
    out: Annotated[
        Path | None, typer.Option(help="HTML file; where none is named, in the warehouse.")
    ] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Write one HTML page that shows a release and how far it can be trusted.

    Example: `winnow report preferences@1 --out report.html`
    """
    from winnow.flows.output_checks import check_beside
    from winnow.flows.settings.environment import load_warehouse
    from winnow.reports.release import write_report
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.releases import release as find_release

    settings = load_warehouse(warehouse)
    if out is not None:
        ending_of(out, (".html",))
        check_beside(out, settings)
    with Warehouse.open(settings, read_only=True) as opened:
        name = find_release(opened, release).release
        place = out or opened.settings.folders.report(name)
        refuse_unwritable({"--out": place})
        say(str(write_report(opened, name, place)))


def _pairs(option: str, texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for name, equals, value in pairs:
        if not (name and equals and value):
            raise InvalidSettings(f"{option}: {name!r} is no name=value")
    return {name: value for name, _, value in pairs}


def _shares(text: str) -> dict[str, float]:
    named = _pairs("--splits", text.split(","))
    try:
        return {name: float(share) for name, share in named.items()}
    except ValueError:
        raise InvalidSettings(
            f"--splits: {text!r} wants a number for each split, such as train=0.9,test=0.1"
        ) from None
