"""`winnow rubrics`: bring rubrics in, look at them, compare and write them out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from winnow.flows.commands import rubric_changes
from winnow.flows.commands.options import WarehouseOption
from winnow.reports.terminal.console import Terminal, argument, say
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.plurals import agreeing, counted, some_of

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse

app = typer.Typer(
    help="Rubrics and checklists: criteria that say why one response is better.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
rubric_changes.mount(app)

RubricArgument = Annotated[
    str,
    typer.Argument(
        help="Name of a rubric, for its newest version, name@2, or the beginning of its id.",
        show_default=False,
    ),
]
FormOption = Annotated[
    str | None,
    typer.Option(
        "--form",
        help="winnow, levels (1-to-5), nemo_gym, open_instruct, oumi, rubrichub, tinker, trl or verl; left out, what the keys "
        "of the first row show.",
        show_default=False,
    ),
]


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files of rubrics: .yaml, .json, .jsonl or .parquet.", show_default=False
        ),
    ],
    form: FormOption = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Bring rubrics of files into the warehouse, with their prompts; no run and no release is needed.

    What is there already changes nothing. A rubric that says something else than the newest one of its name for the same prompt
    or domain becomes its next version; versions are never changed.

    - `winnow rubrics import rubrics.yaml`
    - `winnow rubrics import prompts.parquet --form levels --warehouse my-warehouse`
    """
    from winnow.flows.rubrics.bringing_in import bring_in
    from winnow.flows.rubrics.files import read_rubrics

    found = [one for file in files for one in read_rubrics(file, form)]
    with _open(warehouse, create=True) as opened:
        came = bring_in(opened, found)
    say(
        f"{counted(len(found), 'rubric')}: {len(came.new):,} new, {len(came.changed):,} changed, {came.n_there:,} "
        f"{agreeing(came.n_there, 'was', 'were')} there"
    )
    if came.changed:
        say(f"  next versions of {some_of(one.name for one in came.changed)}")
    if came.outdated:
        n = len(came.outdated)
        say(
            f"  {n:,} {agreeing(n, 'is', 'are')} an older version of what is there, and {agreeing(n, 'changes', 'change')} "
            f"nothing: {some_of(came.outdated)}"
        )


@app.command()
def export(
    out: Annotated[
        Path,
        typer.Argument(help="File to write: .yaml, .json, .jsonl or .parquet.", show_default=False),
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Rubrics, by name or id; none: all in force.", show_default=False),
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--form",
            help="winnow, which carries all there is, levels, nemo_gym, open_instruct, oumi, rubrichub, tinker, trl or verl.",
        ),
    ] = "winnow",
    unproven: Annotated[
        bool, typer.Option("--unproven", help="Derived ones that were not proven as well.")
    ] = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Write rubrics into a file; what was imported from one comes out equal.

    A rubric that the form cannot carry whole is left out and named. Those in force are written without the criteria that a
    proof refused; one that is named is written whole.

    - `winnow rubrics export rubrics.yaml`
    - `winnow rubrics export travel.jsonl travel --form oumi`
    """
    from winnow.flows.output_checks import check_beside
    from winnow.flows.rubrics.files import write_rubrics
    from winnow.flows.rubrics.shelf import Shelf

    with _open(warehouse) as opened:
        check_beside(out, opened.settings, option="OUT")
        shelf = Shelf.of(opened)
    chosen = (
        [shelf.written(shelf.find(name)) for name in names]
        if names
        else shelf.written_in_force(unproven=unproven)
    )
    if not chosen:
        raise InvalidSettings(
            "no rubric of the warehouse is in force, so there is nothing to write; --unproven takes derived ones that were not proven, "
            "and winnow rubrics list says what there is"
        )
    left_out = write_rubrics(chosen, out, form)
    say(f"{counted(len(chosen) - len(left_out), 'rubric')} in {argument(out)}")
    for why in dict.fromkeys(why for _, why in left_out):
        of_it = [name for name, reason in left_out if reason == why]
        say(f"  {len(of_it):,} left out ({why.replace('_', ' ')}): {some_of(of_it)}")


@app.command("list")
def list_(
    every: Annotated[
        bool, typer.Option("--all", help="Versions that were replaced as well.")
    ] = False,
    warehouse: WarehouseOption = None,
) -> None:
    """List the rubrics of the warehouse: what each is for, who wrote it, what was shown of it, and whether it is in force.

    `right` is how often it chooses the response that the label does, with its interval, on comparisons that it does not come from.

    - `winnow rubrics list`
    - `winnow rubrics list --all`
    """
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.flows.rubrics.shown import line_of
    from winnow.reports.terminal.rubrics import rubrics_table

    with _open(warehouse) as opened:
        shelf = Shelf.of(opened)
    shown = shelf.in_versions() if every else shelf.newest
    if not shown:
        say("no rubrics; bring some in with winnow rubrics import FILE")
        return
    Terminal().print(rubrics_table(line_of(shelf, rubric) for rubric in shown))


@app.command()
def show(rubric: RubricArgument, warehouse: WarehouseOption = None) -> None:
    """Show a rubric: its criteria with their levels, what was shown of each, and what it rests on.

    - `winnow rubrics show travel`
    - `winnow rubrics show travel@1`
    """
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.flows.rubrics.shown import line_of, origin_of, proofs_by_criterion
    from winnow.reports.terminal.rubrics import CriterionShown, rubric_view

    with _open(warehouse) as opened:
        shelf = Shelf.of(opened)
        found = shelf.find(rubric)
        origin = origin_of(opened, found.derived_from) if found.derived_from else ""
    proofs = proofs_by_criterion(shelf, found)
    shown = [
        CriterionShown(one, proofs.get(one.criterion_id), shelf.sources_of(one))
        for one in shelf.criteria[found.rubric_id]
    ]
    prompt = shelf.prompts.get(str(found.prompt_id))
    Terminal().print(rubric_view(line_of(shelf, found), prompt, shown, origin))


@app.command()
def compare(old: RubricArgument, new: RubricArgument, warehouse: WarehouseOption = None) -> None:
    """Show which criteria came, went and were reworded from one rubric or version to another, and what was shown of each.

    - `winnow rubrics compare travel@1 travel@2`
    - `winnow rubrics compare travel trips`
    """
    from winnow.annotation.rubrics.comparing import compare_criteria
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.flows.rubrics.shown import proofs_by_criterion
    from winnow.reports.terminal.rubrics import changes_view

    with _open(warehouse) as opened:
        shelf = Shelf.of(opened)
    one, other = shelf.find(old), shelf.find(new)
    changes = compare_criteria(shelf.criteria[one.rubric_id], shelf.criteria[other.rubric_id])
    proofs = {**proofs_by_criterion(shelf, one), **proofs_by_criterion(shelf, other)}
    Terminal().print(changes_view(shelf.reference(one), shelf.reference(other), changes, proofs))


def _open(warehouse: Path | None, *, read_only: bool = True, create: bool = False) -> "Warehouse":
    from winnow.flows.settings.environment import load_warehouse
    from winnow.warehouse.catalog import Warehouse

    settings = load_warehouse(warehouse)
    return Warehouse.open(settings, read_only=read_only and not create, create=create)
