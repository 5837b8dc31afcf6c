"""Commands for the person who schedules runs: run, validate, status, doctor."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.options import WarehouseOption

SettingsArgument = Annotated[Path, typer.Argument(help="Settings of the run, a YAML file.")]


def mount(app: typer.Typer) -> None:
    """Put the commands into the `winnow` app."""
    for command in (run, validate, status, doctor, maintain):
        app.command()(command)


def run(config: SettingsArgument, warehouse: WarehouseOption = None) -> None:
    """Run a curation from prompts to a published release.

    A run that was killed is continued by the same command: no answered request is asked again. A run that is
    done already says so and starts no model.

    Example: `winnow run examples/quickstart/quickstart.yaml`
    """
    from flows.run import run_curation
    from flows.settings import load_settings

    run_curation(load_settings(config, warehouse), Console())


def validate(config: SettingsArgument, warehouse: WarehouseOption = None) -> None:
    """Check settings, models and inputs and say what a run would do, without calling a model.

    Example: `winnow validate run.yaml`
    """
    from flows.curation import Curation
    from flows.plan import plan
    from flows.progress import RunProgress
    from flows.rounds_settings import RoundsSettings, load_any_settings

    console = Console()
    settings = load_any_settings(config, warehouse)
    curation = Curation(settings, RunProgress(console))
    budget = settings.rounds.budget if isinstance(settings, RoundsSettings) else 0
    planned = plan(settings, n_gold_to_come=budget)
    for count in planned.read:
        curation.progress.end(count)
    for line in planned.found:
        curation.progress.say(f"  read       {line}")
    console.print(f"  sample     {planned.n_sampled:,} requests")
    console.print(f"  compare    {planned.n_comparisons_most:,} comparisons at most")
    for judge, n_requests in planned.n_judged_most.items():
        console.print(f"  label      {n_requests:,} requests at most by {judge}")
    command = "run"
    if isinstance(settings, RoundsSettings):
        console.print(f"  rounds     {settings.rounds.plan}", soft_wrap=True)
        command = "rounds"
    console.print(
        f"{config} is fine: [bold]winnow {command} {config}[/bold] publishes {planned.release}@N",
        soft_wrap=True,
    )


def status(warehouse: WarehouseOption = None) -> None:
    """List runs: working, stopped half-way, waiting for people, and published.

    Example: `winnow status`
    """
    from flows.environment_settings import load_warehouse
    from flows.status import status_table
    from warehouse.catalog import Warehouse

    settings = load_warehouse(warehouse)
    with Warehouse.open(settings, read_only=True) as opened:
        Console().print(status_table(opened))


def doctor(
    config: Annotated[
        Path | None, typer.Argument(help="Settings of a run, to look at its servers as well.")
    ] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Look at what is installed and reachable, and say how to get what is missing.

    Exits with status 1 where something that is there, or that the settings name, does not work.

    Example: `winnow doctor run.yaml`
    """
    from flows.doctor import examine, findings_table
    from flows.environment_settings import load_warehouse

    place, endpoints = load_warehouse(warehouse), {}
    if config:
        from flows.rounds_settings import load_any_settings

        settings = load_any_settings(config, warehouse)
        place, endpoints = settings.warehouse, settings.endpoints()
    findings = list(examine(place.path, endpoints))
    Console().print(findings_table(findings))
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


def maintain(
    min_age_h: Annotated[
        float,
        typer.Option(help="Spare what is younger, in hours; 0 only while nobody else publishes."),
    ] = 24.0,
    warehouse: WarehouseOption = None,
) -> None:
    """Merge small files, forget snapshots that no release names, and remove what failed runs left.

    No release changes: each can be queried and exported as before.

    Example: `winnow maintain`
    """
    from flows.environment_settings import load_warehouse
    from warehouse.catalog import Warehouse
    from warehouse.maintain import maintain as maintain_warehouse

    with Warehouse.open(load_warehouse(warehouse), create=False) as opened:
        done = maintain_warehouse(opened, min_age_h=min_age_h)
    for name, n in asdict(done).items():
        typer.echo(f"{name.removeprefix('n_').replace('_', ' ')}: {n:,}")
