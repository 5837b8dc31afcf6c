"""`winnow rubrics derive`, `merge`, `prove` and `edit`: what makes rubrics, measures them and replaces them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from winnow.flows.commands.options import ReleaseArgument, WarehouseOption
from winnow.reports.terminal.console import Terminal, say
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.plurals import agreeing, counted, some_of

if TYPE_CHECKING:
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.schemas.rubrics import Rubric
    from winnow.warehouse.catalog import Warehouse

_SHOWN = 20
"""Rubrics listed after steps over a release."""

StepsArgument = Annotated[
    Path,
    typer.Argument(
        help="Settings of the steps, a YAML file with `models` and `steps`.", show_default=False
    ),
]


def mount(app: typer.Typer) -> None:
    """Put the commands into the `winnow rubrics` app."""
    for command in (derive, merge, prove, edit):
        app.command()(command)


def derive(
    release: ReleaseArgument, config: StepsArgument, warehouse: WarehouseOption = None
) -> None:
    """Derive rubrics from a release, merge and prove them, as the steps of a settings file say.

    The file lists the steps derive, merge and prove in order, with the models that they ask. What comes of them is added to the
    warehouse: rubrics, criteria with what each rests on, proofs, and what was refused and why. The release stays as it is. What was
    answered before is not asked again.

    - `winnow rubrics derive preferences@1 derive.yaml`
    """
    _go_over(release, config, warehouse, "derive")


def merge(
    release: ReleaseArgument, config: StepsArgument, warehouse: WarehouseOption = None
) -> None:
    """Merge the derived rubrics of the warehouse whose criteria say the same, as a step merge says, and prove what comes of it.

    The file lists the steps merge and, where wanted, prove, with the models that they ask. The release gives the verdicts on criteria by
    which they are weighed. Rubrics that people wrote stay as they are; what is merged into another or refused is no longer in force.

    - `winnow rubrics merge preferences@1 merge.yaml`
    """
    _go_over(release, config, warehouse, "merge")


def prove(
    release: ReleaseArgument, config: StepsArgument, warehouse: WarehouseOption = None
) -> None:
    """Prove the rubrics of the warehouse on held-out comparisons of a release, as a step prove says.

    Each rubric and criterion has to predict labels that it was not derived from. A later proof takes the place of an earlier one:
    what it refuses is no longer in force.

    - `winnow rubrics prove preferences@1 prove.yaml`
    """
    _go_over(release, config, warehouse, "prove")


def edit(
    rubric: Annotated[
        str | None,
        typer.Argument(
            help="Name of a rubric, or the beginning of its id; its newest version is edited.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="What the rubric is to say, as `winnow rubrics export` writes it; left out, an editor opens.",
            show_default=False,
        ),
    ] = None,
    queue: Annotated[
        str | None,
        typer.Option(
            "--queue",
            help="Queue of rubric reviews whose answers, as last pulled, are to become the next versions.",
            show_default=False,
        ),
    ] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Edit a rubric in your editor, from a file, or as people did in a queue; what comes of it is its next version.

    The version before stays, and stays what releases were judged by. The editor is the one that VISUAL or EDITOR names. In a queue
    a criterion goes where more people reject than keep it, and is reworded where half of those who keep it reword it.

    - `winnow rubrics edit travel`
    - `winnow rubrics edit travel --file travel.yaml`
    - `winnow rubrics edit --queue review`
    """
    from winnow.flows.rubrics.editing import edit_rubric
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.flows.settings.environment import load_warehouse
    from winnow.warehouse.catalog import Warehouse

    if (rubric is None) == (queue is None) or (file is not None and queue is not None):
        raise InvalidSettings(
            "name a rubric to edit, with --file or without, or a queue with --queue alone"
        )
    with Warehouse.open(load_warehouse(warehouse), create=False) as opened:
        if queue is not None:
            _edit_by_queue(opened, queue)
            return
        made = edit_rubric(opened, str(rubric), file)
        shelf = Shelf.of(opened)
    if made is None:
        say(f"{rubric} says what it did; nothing was changed")
        return
    _say_versions(shelf, [made])


def _go_over(release: str, config: Path, warehouse: Path | None, command: str) -> None:
    from winnow.flows.curation.over_release import go_over_release
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.flows.rubrics.shown import line_of
    from winnow.flows.settings.rubric_steps import DERIVES, MERGES, PROVES, load_rubric_steps
    from winnow.flows.terminal.progress import RunProgress
    from winnow.reports.terminal.rubrics import refused_table, rubrics_table
    from winnow.warehouse.catalog import Warehouse

    allowed = {"derive": DERIVES, "merge": MERGES}.get(command, PROVES)
    settings = load_rubric_steps(config, warehouse, allowed)
    console = Terminal()
    with RunProgress(console) as progress:
        made = go_over_release(settings, release, progress)
    if not made.is_new:
        say("this was done before; nothing was asked, and nothing is new")
    with Warehouse.open(settings.warehouse, read_only=True) as opened:
        shelf = Shelf.of(opened)
    proven = {proof.rubric_id for proof in made.proofs}
    told = [r for i, r in shelf.rubrics.items() if r in made.rubrics or i in proven]
    if told:
        console.print("")
        console.print(rubrics_table(line_of(shelf, rubric) for rubric in told[:_SHOWN]))
    if len(told) > _SHOWN:
        say(f"and {len(told) - _SHOWN:,} more: winnow rubrics list")
    refused = [(one.reason, one.detail) for one in made.rejects]
    if refused:
        console.print("")
        console.print(refused_table(refused))
    n_kept = sum(shelf.state(rubric) == "in force" for rubric in told)
    say(
        f"{made.release}: {counted(len(made.rubrics), 'new rubric')} of {counted(len(made.criteria), 'criterion', 'criteria')}, "
        f"{counted(len(made.proofs), 'proof')}; {n_kept:,} of {counted(len(told), 'rubric')} in force"
    )


def _edit_by_queue(warehouse: "Warehouse", queue: str) -> None:
    from winnow.flows.people.rubric_reviews import take_over_reviews
    from winnow.flows.rubrics.shelf import Shelf

    taken = take_over_reviews(warehouse, queue)
    if not taken.versions:
        say(
            f"queue '{queue}' changes no rubric; what people answer comes with winnow annotate pull {queue}"
        )
    _say_versions(Shelf.of(warehouse), taken.versions)
    if taken.dropped:
        say(f"  {counted(len(taken.dropped), 'criterion', 'criteria')} dropped")
    if taken.outdated:
        n = len(taken.outdated)
        say(
            f"  {n:,} {agreeing(n, 'was', 'were')} changed otherwise since, and {agreeing(n, 'stays', 'stay')} as "
            f"{agreeing(n, 'it is', 'they are')}: {some_of(one.name for one in taken.outdated)}"
        )


def _say_versions(shelf: "Shelf", made: list["Rubric"]) -> None:
    for one in made:
        say(f"{shelf.reference(one)}, {one.rubric_id[:12]}")
    if any(shelf.state(one) == "not proven" for one in made):
        say("  what was derived counts once it is proven: winnow rubrics prove")
