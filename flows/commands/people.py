"""`winnow annotate people`: who may label, and how far each is."""

from typing import Annotated

import typer

from winnow.flows.commands.options import WarehouseOption
from winnow.flows.settings.environment import load_warehouse
from winnow.reports.terminal.console import Terminal, argument, say
from winnow.schemas.plurals import counted
from winnow.warehouse.carrying import carry_over

app = typer.Typer(
    help="Accounts of the people who label, and how far each of them is.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

AddressOption = Annotated[
    str | None,
    typer.Option(
        help="Address at which these people find the page; where nothing is said, what the server listens on.",
        show_default=False,
    ),
]
NameArgument = Annotated[str, typer.Argument(help="Name of the account.", show_default=False)]


@app.command()
def add(
    names: Annotated[
        list[str], typer.Argument(help="Names of the accounts, one or several.", show_default=False)
    ],
    warehouse: WarehouseOption = None,
    address: AddressOption = None,
) -> None:
    """Make accounts for people who label, and write for each a file to hand to that person alone.

    Passwords are random; each is in its own file, which only you can read, and in no log and on no screen. Whoever has
    an account keeps it. With ARGILLA_API_URL and ARGILLA_API_KEY (of an owner) the accounts are made in your own Argilla.

    - `winnow annotate people add ann bob`
    - `winnow annotate people add ann --address https://labels.example.org`
    """
    from winnow.flows.people.accounts import people_of

    console = Terminal()
    settings = load_warehouse(warehouse)
    with people_of(settings, address) as people:
        for way_in in people.add(list(dict.fromkeys(names))):
            had = "" if way_in.is_new else "has an account already; "
            if way_in.file is None:
                told = f"{had}winnow annotate people reset {way_in.name} makes a new password"
            else:
                told = f"{had}hand to {way_in.name} alone: {argument(way_in.file)}"
            console.print(f"{way_in.name}: {told}", soft_wrap=True)
        _say_who_can_come(console, people.address)


@app.command()
def reset(
    name: NameArgument,
    warehouse: WarehouseOption = None,
    address: AddressOption = None,
) -> None:
    """Give somebody a new password, and write it into a file to hand to that person alone; the old one ends.

    - `winnow annotate people reset ann`
    """
    from winnow.flows.people.accounts import people_of

    console = Terminal()
    settings = load_warehouse(warehouse)
    with people_of(settings, address) as people:
        way_in = people.reset(name)
        assert way_in.file is not None
        told = f"{name} has a new password; hand to {name} alone: {argument(way_in.file)}"
        console.print(told, soft_wrap=True)


@app.command()
def remove(
    name: NameArgument,
    warehouse: WarehouseOption = None,
) -> None:
    """Close somebody's account: they can no longer sign in and see no queue. Their answers stay.

    What they answered and was not pulled yet stays in Argilla, and the next pull takes it. Third opinions that wait for
    them are asked of others at the next pull. `add` with the same name opens the account again.

    - `winnow annotate people remove ann`
    """
    from winnow.flows.people.accounts import people_of

    console = Terminal()
    settings = load_warehouse(warehouse)
    carry_over(settings, say)
    with people_of(settings) as people:
        removed = people.remove(name)
    console.print(
        f"{name} can no longer sign in; all answers stay, and those not pulled yet come with the next pull"
    )
    if removed.n_taken_back:
        console.print(
            f"{counted(removed.n_taken_back, 'further opinion')} waited for {name}; the next pull asks others"
        )
    for queue in removed.queues:
        console.print(
            f"queue '{queue}' goes on without {name}; take the name out of its settings file before the next push"
        )


@app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(help="One person; nobody named: all.", show_default=False)
    ] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Show who there is and how far everybody is in each queue, as Argilla knows it now; pulls nothing.

    Waiting are items without enough answers that this person has not answered; skipped ones were discarded. When
    somebody was last active (UTC) is known of the Argilla that `winnow annotate up` starts, and of no other.

    - `winnow annotate people show`
    - `winnow annotate people show ann`
    """
    from winnow.flows.people.accounts import people_of
    from winnow.flows.people.progress import people_progress
    from winnow.flows.terminal.people_progress import progress_view

    settings = load_warehouse(warehouse)
    carry_over(settings, say)
    with people_of(settings) as people:
        Terminal().print(progress_view(people_progress(settings.people, people.client, name)))


def _say_who_can_come(console: Terminal, address: str) -> None:
    if address.startswith(("http://127.", "http://localhost")):
        console.print(
            f"{address} is reached from this machine alone; winnow annotate down, then winnow annotate up --host 0.0.0.0 "
            "lets others in, and people add with the same names writes the files anew"
        )
