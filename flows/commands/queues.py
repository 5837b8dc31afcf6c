"""`winnow annotate push`, `pull` and `quality`: people's queues and what comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from winnow.flows.commands.options import WarehouseOption
from winnow.flows.settings.environment import load_warehouse
from winnow.reports.terminal.console import Terminal, say
from winnow.schemas.plurals import agreeing, counted

if TYPE_CHECKING:
    from winnow.annotation.queues.client import Client
    from winnow.warehouse.catalog import Warehouse

_NAMED = 3
"""Items named for each reason for which they are not shown."""

QueueArgument = Annotated[str, typer.Argument(help="Name of the queue.")]


def mount(app: typer.Typer) -> None:
    """Put the commands into the `winnow annotate` app."""
    for command in (push, pull, quality):
        app.command()(command)


def push(
    config: Annotated[
        Path | None, typer.Argument(help="Settings of the queue, a YAML file; none: all pairs.")
    ] = None,
    warehouse: WarehouseOption = None,
    suggestions: Annotated[
        bool,
        typer.Option(
            "--suggestions",
            help="Fill in what the labels so far say. Off by default: people lean to what is filled in, so their "
            "answers are no longer a judgment of their own, nor a measure of the judges.",
        ),
    ] = False,
) -> None:
    """Show people the comparisons of a release in Argilla, or, as a file with `rubrics` says, the rubrics of the warehouse.

    Pushing again adds what is missing and doubles nothing, also after a push that broke off. What is there stays as it
    was shown, with its suggestion or without.

    - `winnow annotate push`
    - `winnow annotate push queue.yaml`
    - `winnow annotate push --suggestions`
    """
    from winnow.annotation.queues.cards import by_reason
    from winnow.flows.people.queues import push_queue
    from winnow.flows.settings.queue import load_queue_settings

    console = Terminal()
    settings = load_queue_settings(config)
    with _client(warehouse) as client, _open(warehouse) as opened, _bar(console) as bar:
        advance = _advance(bar, "pushing")
        pushed = push_queue(opened, client, settings, advance, has_suggestions=suggestions)
    console.print(f"queue '{settings.name}': {pushed.n_new:,} new, {pushed.n_there:,} were there")
    if suggestions:
        console.print(
            f"  {counted(pushed.n_new, 'new item')} {agreeing(pushed.n_new, 'comes', 'come')} with a suggestion"
        )
    if pushed.n_unsuggested:
        console.print(
            f"  {pushed.n_unsuggested:,} that were there stay without one, since people may have answered them unswayed; "
            "to show suggestions with all, push under another 'name'"
        )
    for why, n in by_reason(pushed.unfit):
        ids = [subject_id[:12] for subject_id, reason in pushed.unfit if reason == why]
        more = f" and {n - _NAMED:,} more" if n > _NAMED else ""
        console.print(f"  {n:,} not shown ({why}): {', '.join(ids[:_NAMED])}{more}")


def pull(queue: QueueArgument = "pairwise", warehouse: WarehouseOption = None) -> None:
    """Take over what people answered, ask a third where two differ, and show some items again.

    The third is whoever annotates in the queue's workspace, or one of those whom the queue's file names as `people`.

    Answers are kept here whatever becomes of them in Argilla. With WINNOW_PSEUDONYM_KEY in the environment people
    appear under pseudonyms.

    - `winnow annotate pull`
    - `winnow annotate pull ratings`
    """
    from winnow.flows.people.further_opinions import ask_further
    from winnow.flows.people.parts import names_of_people
    from winnow.flows.people.queues import published_people, pull_queue

    console = Terminal()
    with _client(warehouse) as client, _open(warehouse) as opened:
        with _bar(console) as bar:
            pulled = pull_queue(
                opened.settings.kept,
                client,
                queue,
                names_of_people(),
                _advance(bar, "pulling"),
                published_people(opened),
            )
        further = ask_further(opened, client, queue, names_of_people())
    console.print(
        f"queue '{queue}': {counted(pulled.n_submitted, 'new answer')}, {pulled.n_discarded:,} discarded, "
        f"{counted(pulled.n_drafts, 'draft')} left alone"
    )
    if pulled.n_joined:
        console.print(
            f"joined {counted(pulled.n_joined, 'person', 'people')} who {agreeing(pulled.n_joined, 'was', 'were')} stored under a name and a pseudonym"
        )
    if further.n_thirds or further.n_adjudications:
        console.print(
            f"asked for {counted(further.n_thirds, 'third opinion')} and {counted(further.n_adjudications, 'decision')} of a senior"
        )
    if further.n_repeats:
        console.print(
            f"{counted(further.n_repeats, 'item')} {agreeing(further.n_repeats, 'is', 'are')} shown again, to measure people by themselves"
        )
    for why in further.waiting:
        console.print(why)


def quality(queue: QueueArgument = "pairwise", warehouse: WarehouseOption = None) -> None:
    """Say how far people agree with each other, with gold and with themselves, and how long they take.

    The views annotator_pairs, annotator_gold, annotator_repeats, annotator_position, annotator_drift and
    annotator_seconds tell the same of all published judgments; each release keeps its own figures.

    - `winnow annotate quality`
    - `winnow query "select * from annotator_gold"`
    """
    from winnow.flows.people.queues import queue_quality
    from winnow.reports.terminal.people import people_view

    console = Terminal()
    with _open(warehouse, read_only=True) as opened:
        found = queue_quality(opened, queue)
    console.print(people_view(found))


def _client(warehouse: Path | None) -> "Client":
    from winnow.flows.people.parts import connect

    return connect(load_warehouse(warehouse).path)


def _open(warehouse: Path | None, *, read_only: bool = False) -> "Warehouse":
    from winnow.warehouse.carrying import carry_over
    from winnow.warehouse.catalog import Warehouse

    settings = load_warehouse(warehouse)
    carry_over(settings, say)
    return Warehouse.open(settings, read_only=read_only, create=False)


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True)


def _advance(bar: Progress, what: str) -> Callable[[int, int], None]:
    task = bar.add_task(what, total=None)
    return lambda n_done, n_total: bar.update(task, completed=n_done, total=n_total)
