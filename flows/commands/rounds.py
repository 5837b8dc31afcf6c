"""Command for the person who has people and models label in turns: rounds."""

from typing import Annotated

import typer

from winnow.flows.commands.options import WarehouseOption
from winnow.flows.commands.runs import SettingsArgument
from winnow.reports.terminal.console import Terminal


def mount(app: typer.Typer) -> None:
    """Put the command into the `winnow` app."""
    app.command()(rounds)


def rounds(
    config: SettingsArgument,
    warehouse: WarehouseOption = None,
    go_on: Annotated[
        bool,
        typer.Option(
            "--go-on", help="Begin the next round even if some of this one is unanswered."
        ),
    ] = False,
) -> None:
    """Let people and models take turns: read what people answered, judge, aggregate, and ask for the next round.

    Call it again whenever people have labelled. Once the budget is spent or the target met, it publishes a release
    based on their answers. A call that was killed is continued by the next.

    Example: `winnow rounds rounds.yaml`
    """
    from winnow.flows.curation.run import run_curation
    from winnow.flows.settings.rounds import load_rounds

    run_curation(load_rounds(config, warehouse), Terminal(), go_on=go_on)
