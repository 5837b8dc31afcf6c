"""`winnow annotate`: Argilla on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from winnow.annotation.argilla.server import ArgillaServer, Status, handout
from winnow.flows.commands.options import WarehouseOption
from winnow.reports.terminal.console import Terminal, argument, say
from winnow.reports.terminal.tables import RowTable, facts_table
from winnow.schemas.outputs import refuse_unwritable
from winnow.warehouse.folders import WarehouseFolders

_USUAL_HOME = Path(".winnow")

app = typer.Typer(
    help="Let people label in Argilla, on this machine or in an Argilla of your own.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command()
def up(
    warehouse: WarehouseOption = None,
    port: Annotated[
        int | None,
        typer.Option(
            help="Port of the page; the last one, else 6900, else a free one.",
            show_default=False,
            min=1,
            max=65535,
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on; 0.0.0.0 lets other machines in. This machine alone where nothing is said.",
            show_default=False,
        ),
    ] = None,
    annotator: Annotated[
        list[str] | None,
        typer.Option(
            help="Make an account for this person; may be given several times.", show_default=False
        ),
    ] = None,
    timeout_s: Annotated[
        float, typer.Option(help="Seconds the started server may take to answer.")
    ] = 120,
    environment: Annotated[
        Path | None,
        typer.Option(
            envvar="WINNOW_ARGILLA_ENV",
            help="Folder of the server's own Python environment; in the warehouse where nothing is said.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start Argilla with its page; where it runs already, nothing happens, and another --port or --host is refused.

    The first start makes the server an environment of its own (about a minute). It needs `redis-server`, and neither
    Docker nor Elasticsearch. Passwords are random; each person's is in a file of its own, to be handed to that person alone (`people add` makes
    further ones), and yours in one that only you can read.

    - `winnow annotate up --annotator ann --annotator bob`
    - `winnow annotate up --host 0.0.0.0 --port 8080` for a team in one network
    - `ARGILLA_DATABASE_URL=postgresql://... winnow annotate up` with PostgreSQL instead of SQLite
    """
    console = Terminal()
    server = ArgillaServer(_home(warehouse), port, host, environment=environment, say=console.print)
    server.up(timeout_s, annotators=annotator or ())
    known = server.credentials()
    names = ", ".join(account.name for account in (known.owner, *known.annotators))
    console.print(f"accounts: {names}")
    console.print(
        f"yours is '{known.owner.name}', its password and key are in {server.accounts_file}",
        soft_wrap=True,
    )
    for name in dict.fromkeys(annotator or ()):
        password = known.annotator(name).password
        file = handout.write(server.home, name, password, server.address_for_others())
        console.print(f"{name}: hand to {name} alone: {argument(file)}", soft_wrap=True)


@app.command()
def down(warehouse: WarehouseOption = None) -> None:
    """Stop what `winnow annotate up` started, and nothing else; labels, accounts and logs stay.

    - `winnow annotate down`
    """
    console = Terminal()
    if not ArgillaServer(_home(warehouse), say=console.print).down():
        console.print("Argilla was not running")


@app.command()
def status(warehouse: WarehouseOption = None) -> None:
    """Say whether Argilla answers, where, and which processes it consists of; status 1 where it does not answer.

    - `winnow annotate status`
    """
    found = ArgillaServer(_home(warehouse)).status()
    Terminal().print(_shown(found))
    raise typer.Exit(0 if found.is_answering else 1)


@app.command()
def logs(
    warehouse: WarehouseOption = None,
    n: Annotated[int, typer.Option("--lines", "-n", help="Lines of each part's log.")] = 50,
) -> None:
    """Show the last lines that server, worker and Redis wrote.

    - `winnow annotate logs -n 200`
    """
    say(ArgillaServer(_home(warehouse)).logs(n))


def _home(warehouse: Path | None) -> Path:
    home = warehouse or _USUAL_HOME
    refuse_unwritable({"--warehouse": home})
    return WarehouseFolders(home).argilla


def _shown(found: Status) -> RowTable:
    parts = {
        part: f"process {pid}" if pid else "not running" for part, pid in found.processes.items()
    }
    answers = "yes" if found.is_answering else "no"
    return facts_table(
        {"page": found.url or "not running", "answers": answers, **parts, "folder": found.home}
    )
