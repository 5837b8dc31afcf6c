"""`winnow rubrics`: bring rubrics in, look at them, edit, compare and write them out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from winnow.flows.commands.options import ReleaseArgument, WarehouseOption
from winnow.reports.terminal.console import Terminal, argument, say
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.plurals import agreeing, counted

if TYPE_CHECKING:
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.reports.terminal.rubrics import RubricLine
    from winnow.schemas.rubrics import Proof, Rubric
    from winnow.warehouse.catalog import Warehouse

app = typer.Typer(
    help="Rubrics and checklists: criteria that say why one response is better.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

_SHOWN = 20
"""Rubrics listed after steps over a release."""
_NAMED = 3
"""Rubrics named for each reason for which they are left out."""

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


StepsArgument = Annotated[
    Path,
    typer.Argument(
        help="Settings of the steps, a YAML file with `models` and `steps`.", show_default=False
    ),
]


@app.command()
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


@app.command()
def prove(
    release: ReleaseArgument, config: StepsArgument, warehouse: WarehouseOption = None
) -> None:
    """Prove the rubrics of the warehouse on held-out comparisons of a release, as a step prove says.

    Each rubric and criterion has to predict labels that it was not derived from. A later proof takes the place of an earlier one:
    what it refuses is no longer in force.

    - `winnow rubrics prove preferences@1 prove.yaml`
    """
    _go_over(release, config, warehouse, "prove")


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
        say(f"  next versions of {_names([one.name for one in came.changed])}")
    if came.outdated:
        n = len(came.outdated)
        say(
            f"  {n:,} {agreeing(n, 'is', 'are')} an older version of what is there, and {agreeing(n, 'changes', 'change')} "
            f"nothing: {_names(came.outdated)}"
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
    left_out = write_rubrics(chosen, out, form)
    say(f"{counted(len(chosen) - len(left_out), 'rubric')} in {argument(out)}")
    for why in dict.fromkeys(why for _, why in left_out):
        of_it = [name for name, reason in left_out if reason == why]
        say(f"  {len(of_it):,} left out ({why.replace('_', ' ')}): {_names(of_it)}")


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
    from winnow.reports.terminal.rubrics import rubrics_table

    with _open(warehouse) as opened:
        shelf = Shelf.of(opened)
    shown = shelf.in_versions() if every else shelf.newest
    if not shown:
        say("no rubrics; bring some in with winnow rubrics import FILE")
        return
    Terminal().print(rubrics_table(_line(shelf, rubric) for rubric in shown))


@app.command()
def show(rubric: RubricArgument, warehouse: WarehouseOption = None) -> None:
    """Show a rubric: its criteria with their levels, what was shown of each, and what it rests on.

    - `winnow rubrics show travel`
    - `winnow rubrics show travel@1`
    """
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.reports.terminal.rubrics import CriterionShown, rubric_view

    with _open(warehouse) as opened:
        shelf = Shelf.of(opened)
    found = shelf.find(rubric)
    proofs = _proofs(shelf, found)
    shown = [
        CriterionShown(one, proofs.get(one.criterion_id), shelf.sources_of(one))
        for one in shelf.criteria[found.rubric_id]
    ]
    prompt = shelf.prompts.get(str(found.prompt_id))
    Terminal().print(rubric_view(_line(shelf, found), prompt, shown))


@app.command()
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

    if (rubric is None) == (queue is None) or (file is not None and queue is not None):
        raise InvalidSettings(
            "name a rubric to edit, with --file or without, or a queue with --queue alone"
        )
    with _open(warehouse, read_only=False) as opened:
        if queue is not None:
            _edit_by_queue(opened, queue)
            return
        made = edit_rubric(opened, str(rubric), file)
        shelf = Shelf.of(opened)
    if made is None:
        say(f"{rubric} says what it did; nothing was changed")
        return
    _say_versions(shelf, [made])


@app.command()
def compare(old: RubricArgument, new: RubricArgument, warehouse: WarehouseOption = None) -> None:
    """Show which criteria came, went and were reworded from one rubric or version to another, and what was shown of each.

    - `winnow rubrics compare travel@1 travel@2`
    - `winnow rubrics compare travel trips`
    """
    from winnow.annotation.rubrics.comparing import compare_criteria
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.reports.terminal.rubrics import changes_view

    with _open(warehouse) as opened:
        shelf = Shelf.of(opened)
    one, other = shelf.find(old), shelf.find(new)
    changes = compare_criteria(shelf.criteria[one.rubric_id], shelf.criteria[other.rubric_id])
    proofs = {**_proofs(shelf, one), **_proofs(shelf, other)}
    Terminal().print(changes_view(shelf.reference(one), shelf.reference(other), changes, proofs))


def _go_over(release: str, config: Path, warehouse: Path | None, command: str) -> None:
    from winnow.flows.rubrics.over_release import go_over_release
    from winnow.flows.rubrics.shelf import Shelf
    from winnow.flows.settings.rubric_steps import DERIVES, PROVES, load_rubric_steps
    from winnow.flows.terminal.progress import RunProgress
    from winnow.reports.terminal.rubrics import refused_table, rubrics_table
    from winnow.warehouse.catalog import Warehouse

    allowed = DERIVES if command == "derive" else PROVES
    settings = load_rubric_steps(config, warehouse, allowed)
    console = Terminal()
    with RunProgress(console) as progress:
        made = go_over_release(settings, release, progress)
    with Warehouse.open(settings.warehouse, read_only=True) as opened:
        shelf = Shelf.of(opened)
    proven = {proof.rubric_id for proof in made.proofs}
    told = [r for i, r in shelf.rubrics.items() if r in made.rubrics or i in proven]
    if told:
        console.print("")
        console.print(rubrics_table(_line(shelf, rubric) for rubric in told[:_SHOWN]))
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
    from winnow.flows.rubrics.reviewing import take_over_reviews
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
            f"{agreeing(n, 'it is', 'they are')}: {_names([one.name for one in taken.outdated])}"
        )


def _say_versions(shelf: "Shelf", made: list["Rubric"]) -> None:
    for one in made:
        say(f"{shelf.reference(one)}, {one.rubric_id[:12]}")
    if any(shelf.state(one) == "not proven" for one in made):
        say("  what was derived counts once it is proven: winnow rubrics prove")


def _open(warehouse: Path | None, *, read_only: bool = True, create: bool = False) -> "Warehouse":
    from winnow.flows.settings.environment import load_warehouse
    from winnow.warehouse.catalog import Warehouse

    settings = load_warehouse(warehouse)
    return Warehouse.open(settings, read_only=read_only and not create, create=create)


def _line(shelf: "Shelf", rubric: "Rubric") -> "RubricLine":
    from winnow.reports.terminal.rubrics import RubricLine

    return RubricLine(
        shelf.reference(rubric),
        rubric,
        len(shelf.criteria[rubric.rubric_id]),
        next((one for one in shelf.proofs_of(rubric) if one.criterion_id is None), None),
        shelf.state(rubric),
    )


def _proofs(shelf: "Shelf", rubric: "Rubric") -> "dict[str, Proof]":
    found = [one for one in shelf.proofs_of(rubric) if one.criterion_id is not None]
    by_all = [one for one in found if one.annotator_id is None]
    return {str(one.criterion_id): one for one in by_all or found}


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
