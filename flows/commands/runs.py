"""Commands for the person who schedules runs: run, plan, validate, status, doctor."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from winnow.flows.commands.options import WarehouseOption
from winnow.reports.terminal.console import Terminal, argument, say, styled
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.importing import importing

_MOST_HOURS = 1_000_000

SettingsArgument = Annotated[Path, typer.Argument(help="Settings of the run, a YAML file.")]


def mount(app: typer.Typer) -> None:
    """Put the commands into the `winnow` app."""
    for command in (run, plan, validate, status, doctor, maintain):
        app.command()(command)


def run(
    config: SettingsArgument,
    ask_again: Annotated[
        bool,
        typer.Option(
            "--ask-again",
            help="Ask judges once more for each reply that could not be read, and publish the result.",
        ),
    ] = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Run a curation from prompts to a published release.

    A run that was killed is continued by the same command: no answered request is asked again. A run that is
    done already says so, starts nothing, and writes what is missing of its report and exports. A reply without a
    readable verdict is kept. It is asked for again with --ask-again, and without it where the settings name another
    server or vLLM has another version.

    Example: `winnow run examples/quickstart/quickstart.yaml`
    """
    with importing():
        from winnow.flows.curation.run import run_curation
        from winnow.flows.settings.run import load_settings

    run_curation(load_settings(config, warehouse), Terminal(), ask_again=ask_again)


def plan(config: SettingsArgument, warehouse: WarehouseOption = None) -> None:
    """List the steps of a run: what each will ask, what of it is answered already, tokens, price, and what makes it new.

    Calls no model and no server, and leaves nothing behind. What follows from answers that are not there yet is counted at
    most; tokens are estimated. What is new is held against the newest published run of the same name.

    Example: `winnow plan run.yaml`
    """
    from winnow.flows.curation.curation import Curation
    from winnow.flows.curation.plan import plan as plan_of
    from winnow.flows.curation.plan_table import plan_lines, plan_table
    from winnow.flows.settings.rounds import load_any_settings
    from winnow.flows.terminal.progress import RunProgress

    console = Terminal()
    settings = load_any_settings(config, warehouse)
    curation = Curation(settings, RunProgress(console))
    planned = plan_of(curation, looks_up=True)
    if planned.published:
        say(f"{planned.published} was published before by this very run: nothing to ask")
        return
    for warning in planned.warnings:
        curation.progress.warn(warning)
    console.print(plan_table(planned))
    for line in plan_lines(planned):
        console.print(line, soft_wrap=True, highlight=False)
    console.print(
        styled(
            (_command(settings.rounds_step is not None, config), "bold"),
            f" publishes {settings.release}@N",
        ),
        soft_wrap=True,
    )


def validate(
    config: SettingsArgument,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline", help="Ask no server, not even the few tiny questions that try it."
        ),
    ] = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Check settings, models, inputs and servers, and say what a run would do.

    Every server is asked a few tiny questions in the way the run will ask it; that costs some hundred tokens each.
    Exits with status 1 where the run would stop.

    Example: `winnow validate run.yaml`
    """
    from winnow.flows.curation.curation import Curation
    from winnow.flows.curation.plan import plan as plan_of
    from winnow.flows.curation.plan_table import step_lines
    from winnow.flows.curation.validation import check_models
    from winnow.flows.settings.rounds import load_any_settings
    from winnow.flows.terminal.progress import RunProgress
    from winnow.pipelines.beam import check_cluster

    console = Terminal()
    settings = load_any_settings(config, warehouse)
    curation = Curation(settings, RunProgress(console))
    planned = plan_of(curation, looks_up=False)
    for count in planned.read:
        curation.progress.end(count)
    for line in step_lines(planned):
        console.print(line, soft_wrap=True)
    for warning in planned.warnings:
        curation.progress.warn(warning)
    if not offline:
        check_cluster(settings.beam)
    check_models(curation, planned.asks, asks_servers=not offline)
    if rounds := settings.rounds_step:
        console.print(f"  rounds     {rounds.settings.plan}", soft_wrap=True)
    console.print(
        styled(
            f"{config} is fine: ",
            (_command(settings.rounds_step is not None, config), "bold"),
            f" publishes {settings.release}@N",
        ),
        soft_wrap=True,
    )


def _command(has_rounds: bool, config: Path) -> str:
    return f"winnow {'rounds' if has_rounds else 'run'} {argument(config)}"


def status(warehouse: WarehouseOption = None) -> None:
    """List runs: working, stopped half-way, waiting for people, and published.

    Example: `winnow status`
    """
    from winnow.flows.commands.status import status_table
    from winnow.flows.settings.environment import load_warehouse
    from winnow.warehouse.carrying import carry_over
    from winnow.warehouse.catalog import Warehouse

    settings = load_warehouse(warehouse)
    carry_over(settings, say)
    with Warehouse.open(settings, read_only=True) as opened:
        Terminal().print(status_table(opened))


def doctor(
    config: Annotated[
        Path | None, typer.Argument(help="Settings of a run, to look at its servers as well.")
    ] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Look at what is installed and reachable, and say how to get what is missing.

    Every server that the settings name is asked a few tiny questions, which cost some hundred tokens each. Exits with status 1 where something that is there, or that the settings name, does not work.

    Example: `winnow doctor run.yaml`
    """
    from winnow.flows.commands.doctor import examine, examine_servers, findings_table
    from winnow.flows.settings.environment import load_warehouse

    place, settings = load_warehouse(warehouse), None
    if config:
        from winnow.flows.settings.rounds import load_any_settings

        settings = load_any_settings(config, warehouse)
        place = settings.warehouse
    findings = [*examine(place.path), *(examine_servers(settings) if settings else [])]
    Terminal().print(findings_table(findings))
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


def maintain(
    min_age_h: Annotated[
        float,
        typer.Option(
            help="Keep files younger than this many hours; 0 only while nobody else publishes."
        ),
    ] = 24.0,
    warehouse: WarehouseOption = None,
) -> None:
    """Merge small files, forget snapshots that no release names, and remove what failed runs left.

    No release changes: each can be queried and exported as before.

    Example: `winnow maintain`
    """
    from winnow.flows.settings.environment import load_warehouse
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.maintain import maintain as maintain_warehouse

    if not 0 <= min_age_h <= _MOST_HOURS:
        raise InvalidSettings(
            f"--min-age-h is {min_age_h:g}, wanted hours from 0 to {_MOST_HOURS:,}"
        )
    with Warehouse.open(load_warehouse(warehouse), create=False) as opened:
        done = maintain_warehouse(opened, min_age_h=min_age_h)
    for name, n in asdict(done).items():
        say(f"{name.removeprefix('n_').replace('_', ' ')}: {n:,}")
